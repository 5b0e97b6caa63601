"""What Prefect's UI shows of a run: audit, sampling progress, gates, effects, verdict, links; only where one looks."""

import os
import re
from pathlib import Path
from uuid import UUID

from prefect.artifacts import (
    create_link_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)

from flows.answer import answer_lines
from schemas.audit import Audit
from schemas.params import Infer
from schemas.results import Diagnostics, EffectSet, Verdict
from schemas.stages import StageName
from tasks.artifacts import read_document

DRAWN = re.compile(r": (\d+) draws in each of \d+ chains")
EFFECTIVE = re.compile(r"smallest effective number (\d+)")


def watched() -> bool:
    """Whether a server with a UI is there; nobody looks at the temporary one."""
    return bool(os.environ.get("PREFECT_API_URL"))


def key_of(study: str, what: str) -> str:
    """An artifact's key: lower case, digits and dashes, as Prefect wants it."""
    return f"{re.sub(r'[^a-z0-9]+', '-', study.lower()).strip('-') or 'study'}-{what}"


class Sampling:
    """The bar of stage infer, moved by the sentences that the sampler tells after each block of draws."""

    def __init__(self, study: str, settings: Infer) -> None:
        """Show an empty bar."""
        self._settings, self._share = settings, 0.0
        artifact = create_progress_artifact(0.0, key=key_of(study, "sampling"), description="Draws from the posterior")
        self._id = artifact if isinstance(artifact, UUID) else None

    def hear(self, sentence: str) -> None:
        """Move the bar if the sentence speaks of draws."""
        share = share_of(sentence, self._settings)
        if share is not None and self._id is not None:
            self._share = share
            update_progress_artifact(self._id, round(100 * share, 1), description=sentence)

    def close(self) -> None:
        """All is drawn, or nothing had to be."""
        if self._id is not None:
            update_progress_artifact(self._id, 100.0)


def share_of(sentence: str, settings: Infer) -> float | None:
    """How far a sampler is: effective draws of those wanted once it has mixed, draws of the most allowed before."""
    if (effective := EFFECTIVE.search(sentence)) is not None:
        return min(1.0, int(effective[1]) / settings.ess)
    if (drawn := DRAWN.search(sentence)) is not None:
        return min(1.0, int(drawn[1]) / settings.most_draws)
    return None


def tell_of(root: Path, study: str, stage: StageName) -> None:
    """Show what a finished stage wrote."""
    match stage:
        case "ingest":
            _audit(read_document(root / "data/audit.json", Audit), study)
        case "infer":
            _gates(read_document(root / "model/diagnostics.json", Diagnostics), study)
        case "estimate":
            _effects(read_document(root / "results/effects.json", EffectSet), study)
        case "report":
            _verdict(root, study)
        case _:
            return


def _audit(audit: Audit, study: str) -> None:
    rows = [
        {"variable": v.name, "unit": v.unit or "", "readings": v.readings, "steps": v.steps_observed,
         "missing": v.steps_missing, "longest gap": v.longest_gap}
        for v in audit.variables
    ]  # fmt: skip
    span = f"{audit.steps} steps of {audit.step}, {audit.first or 'no date'} to {audit.last or 'no date'}"
    create_table_artifact(rows, key=key_of(study, "audit"), description=f"Data: {span}")


def _gates(diagnostics: Diagnostics, study: str) -> None:
    rows = [
        {"graph": graph, "check": name, "passed": "yes" if gate.passed else "no", "value": gate.value,
         "threshold": gate.threshold, "hard": "yes" if gate.hard else "no"}
        for graph, gates in diagnostics.graphs.items()
        for name, gate in gates.items()
    ]  # fmt: skip
    failed = sum(row["passed"] == "no" for row in rows)
    told = f"Checks of sampler and predictions: {failed} of {len(rows)} failed"
    create_table_artifact(rows, key=key_of(study, "diagnostics"), description=told)


def _effects(effects: EffectSet, study: str) -> None:
    rows = [
        {"estimand": e.estimand, "horizon": e.horizon, "mean": e.mean, "q05": e.q05, "q95": e.q95, "unit": e.unit,
         "contrast": e.contrast}
        for e in effects.effects
        if e.graph == "pooled" and e.kind == "expected"
    ]  # fmt: skip
    create_table_artifact(rows, key=key_of(study, "effects"), description="Effects, pooled over candidate graphs")


def _verdict(root: Path, study: str) -> None:
    verdict = read_document(root / "results/verdict.json", Verdict)
    report = (root / "results/report.html").resolve()
    lines = answer_lines(verdict, read_document(root / "results/effects.json", EffectSet), report)
    title = f"# {verdict.question or f'{verdict.treatment} and {verdict.outcome}'}"
    create_markdown_artifact("\n\n".join([title, *lines]), key=key_of(study, "verdict"), description=lines[0])
    links = {"report": report, "recordings": (root / "recordings").resolve()}
    for what, path in links.items():
        create_link_artifact(path.as_uri(), key=key_of(study, what), link_text=path.name, description=f"The {what}")
