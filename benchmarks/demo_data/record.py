"""Record the demo study's language-model replies from the texts a person wrote (`replies/`), one per request."""

import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from schemas.params import StudyParams
from schemas.recording import Reply, Request
from schemas.results import VerdictName
from tasks.configure import ask
from tasks.explore import explore
from tasks.ingest import ingest
from tasks.llm.exchange import recording
from tasks.llm.inputs import Direction, NarrativeFacts
from tasks.llm.roles.narrative import narrate
from tasks.llm.store import Store
from tasks.settings import load_params

HERE = Path(__file__).parent
DEMO = HERE.parents[1] / "tasks" / "demo"
MODEL = "hand-written/demo"
NARRATED: tuple[tuple[VerdictName, Direction], ...] = (
    ("effect", "increase"),
    ("effect", "decrease"),
    ("no_meaningful_effect", "none"),
    ("cannot_tell", "none"),
)
"""Verdicts that a refit on another machine could reach; a refusal has no narrative of its own here."""


def main() -> None:
    """Rebuild `tasks/demo/recordings` from nothing."""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "study"
        (root / "recordings").mkdir(parents=True)
        shutil.copytree(DEMO / "raw", root / "data" / "raw")
        shutil.copy(DEMO / "params.yaml", root)
        params = load_params(root)
        ingest(root, params, _silent)
        explore(root, params, _silent)
        record(root, params)
        shutil.rmtree(DEMO / "recordings", ignore_errors=True)
        shutil.copytree(root / "recordings", DEMO / "recordings")
    sys.stdout.write(f"{len(list((DEMO / 'recordings').glob('*.json')))} recordings written\n")


def record(root: Path, params: StudyParams) -> None:
    """File the written replies under the requests that this study makes."""
    llm = params.configure.llm
    ask(root, params, recording(root, llm, _written(root, lambda request: request.prompt), parallel=1))
    for verdict, direction in NARRATED:
        facts = NarrativeFacts(verdict, direction, params.study.randomised, params.report.audience)
        name = f"narrative_{verdict}_{direction}"
        narrated = narrate(recording(root, llm, _written(root, lambda _, name=name: name)), facts, 1)
        if narrated.written_by != "model":
            raise ValueError(f"replies/{name}.json was rejected: {'; '.join(narrated.rejected)}")


def _written(root: Path, name_of: Callable[[Request], str]) -> Callable[[Request], Reply]:
    store = Store.of(root)

    def call(request: Request) -> Reply:
        text = (HERE / "replies" / f"{name_of(request)}.json").read_text(encoding="utf-8")
        reply = Reply(model=MODEL, content=text, finish_reason="stop")
        store.write(request, reply)
        return reply

    return call


def _silent(sentence: str) -> None:
    del sentence


if __name__ == "__main__":
    main()
