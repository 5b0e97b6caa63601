"""`causal-ssm history`: runs and verdicts, what changed between them, and any of them brought back."""

from pathlib import Path
from typing import Any, NamedTuple

from flows.provenance.changes import WORDS, changes
from flows.provenance.history import Past, bring_back, logs, pasts
from schemas.manifest import RunLog
from schemas.rounding import signed
from tasks.settings import load_params


class History(NamedTuple):
    """All runs of a study, oldest first."""

    runs: tuple[RunLog, ...]
    answers: dict[str, Past]
    since: tuple[str, ...]

    def lines(self) -> list[str]:
        """One line a run, then what the last one changed."""
        if not self.runs:
            return ["No run yet."]
        return [*(self._line(run) for run in self.runs), *self.since]

    def _line(self, run: RunLog) -> str:
        computed = [stage.stage for stage in run.stages if stage.status == "computed"]
        what = f"computed {', '.join(computed)}" if computed else "nothing to compute"
        past = self.answers.get(run.id)
        if run.error is not None or past is None:
            return f"{run.id}  {run.command}: {what}; {run.error or 'no answer written down'}"
        estimate = past.verdict.estimate
        number = (
            f" {signed(estimate.mean, 3)} [{signed(estimate.q05, 3)}, {signed(estimate.q95, 3)}] {estimate.unit}"
            if estimate
            else ""
        )
        return f"{run.id}  {past.steps} steps: {WORDS[past.verdict.verdict]}{number}; {what}"

    def document(self) -> dict[str, Any]:
        """The form that `--json` prints."""
        runs = [
            run.model_dump(mode="json")
            | {"answer": self.answers[run.id].model_dump(mode="json") if run.id in self.answers else None}
            for run in self.runs
        ]
        return {"runs": runs, "since_the_run_before": list(self.since)}


def history(root: Path) -> History:
    """Look at all runs.

    Raises:
        StudyError: no study there.
    """
    load_params(root)
    return History(logs(root), {past.id: past for past in pasts(root)}, since_last(root))


def since_last(root: Path) -> tuple[str, ...]:
    """What the last answer changed; empty with fewer than two answers or when nothing differs."""
    answers = pasts(root)
    if len(answers) < 2:
        return ()
    looks = len({past.content("data/panel.parquet") for past in answers})
    return changes(answers[-2], answers[-1], looks)


def brought_back(root: Path, run_id: str, target: Path) -> str:
    """Bring one run back.

    Raises:
        StudyError: it cannot be had.
    """
    bring_back(root, run_id, target)
    return (
        f"Everything that run {run_id} had written is in {target}; its report: {target / 'results/report.html'}.\n"
        f"To write the report anew with the present code: causal-ssm stage report {target}"
    )
