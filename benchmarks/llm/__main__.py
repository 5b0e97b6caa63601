"""Score the rules without a model, and a model: `python -m benchmarks.llm [--model NAME --base-url URL]`.

Replies are recorded in `--recordings` and asked for once; a run that was stopped goes on where it was.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random

from benchmarks.llm.backends import Answers, with_model, without_model
from benchmarks.llm.cases import CASES, Case
from benchmarks.llm.page import PARTS, Part, Row, page
from benchmarks.llm.scores import Score, edges_score, prior_score, roles_score
from schemas.params import Llm
from tasks.llm.budget import open_client
from tasks.llm.exchange import call_and_store, recording
from tasks.llm.store import Store

RESULTS = Path(__file__).parents[1] / "results"


def scored(case: Case, answers: Answers) -> Score:
    """The three scores of one backend on one case."""
    return Score(
        case.question,
        roles_score(case, answers.roles),
        edges_score(case, answers.edges),
        prior_score(case, answers.prior),
        answers.unusable,
    )


def drawn(number: int, seed: int) -> tuple[Case, ...]:
    """So many of the cases, which ones by the seed, in their order."""
    return tuple(CASES[i] for i in sorted(Random(seed).sample(range(len(CASES)), min(number, len(CASES)))))


def model_scores(llm: Llm, root: Path, cases: Sequence[Case], parts: frozenset[Part]) -> list[Score]:
    """Ask a model for each part of each case, recording every reply under `root`."""
    store, scores = Store.of(root), []
    store.folder.mkdir(parents=True, exist_ok=True)
    with open_client(llm) as client:
        for case in cases:
            answer = recording(root, llm, lambda request: call_and_store(request, store, client), parallel=1)
            scores.append(scored(case, with_model(case, answer, parts)))
            _say(str(scores[-1]))
    return scores


def main(words: Sequence[str] | None = None) -> None:
    """Print the table; with `--write` also into benchmarks/results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.llm", description=__doc__)
    parser.add_argument("--model", help="name of the model at the server; without it only the rules are scored")
    parser.add_argument("--base-url", help="OpenAI-compatible address such as http://127.0.0.1:8080/v1")
    parser.add_argument("--cases", type=int, default=len(CASES), help="so many of the cases, the same for each backend")
    parser.add_argument("--seed", type=int, default=0, help="which of them")
    parser.add_argument("--part", action="append", choices=PARTS, help="ask the model for this part only (repeatable)")
    parser.add_argument("--recordings", type=Path, default=Path(".llm-server/evaluation"))
    parser.add_argument("--max-tokens", type=int, default=1200, help="longest reply")
    parser.add_argument("--wordings", type=int, default=1, help="differently worded questions for priors, 1 to 5")
    parser.add_argument("--write", action="store_true", help="write benchmarks/results/llm.md and llm.json")
    given = parser.parse_args(words)
    cases, parts = drawn(given.cases, given.seed), frozenset(given.part or PARTS)
    rows = [Row("off", tuple(scored(case, without_model(case)) for case in cases), frozenset(PARTS))]
    if given.model:
        llm = Llm(
            mode="replay", model=given.model, base_url=given.base_url, max_tokens=given.max_tokens,
            timeout_seconds=900, max_calls=100_000, max_total_tokens=10**9, prior_samples=given.wordings,
        )  # fmt: skip
        rows.append(Row(given.model, tuple(model_scores(llm, given.recordings, cases, parts)), parts))
    text = page(rows)
    sys.stdout.write(text)
    if given.write:
        (RESULTS / "llm.md").write_text(text, encoding="utf-8")
        document = {row.backend: [score._asdict() for score in row.scores] for row in rows}
        (RESULTS / "llm.json").write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    main()
