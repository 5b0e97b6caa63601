"""What Prefect's UI shows of a run: audit, sampling progress, gates, effects, verdict, links; only where one looks."""

import os
import re
from base64 import b64encode
from pathlib import Path
from uuid import UUID

from prefect.artifacts import (
    create_image_artifact,
    create_link_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)

from flows.answer import answer_lines
from flows.serving.graph_picture import graph_picture, graph_sentence
from schemas.audit import Audit
from schemas.graph import GraphSet
from schemas.params import Infer
from schemas.results import Diagnostics, EffectSet, Verdict
from schemas.stages import StageName
from tasks.artifacts import read_document

MOST_FINDINGS = 5
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
        case "configure":
            _graph(read_document(root / "model/graphs.json", GraphSet), study)
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
        {"variable": v.name, "unit": v.unit or "", "readings": v.readings, "steps with a value": v.steps_observed,
         "steps without": v.steps_missing, "longest gap (steps)": v.longest_gap}
        for v in audit.variables
    ]  # fmt: skip
    span = f"{audit.steps} steps of {audit.step}, {audit.first or 'no date'} to {audit.last or 'no date'}"
    found = " ".join(finding.sentence for finding in audit.findings[:MOST_FINDINGS])
    more = f" And {len(audit.findings) - MOST_FINDINGS} more." if len(audit.findings) > MOST_FINDINGS else ""
    create_table_artifact(rows, key=key_of(study, "audit"), description=f"Data: {span}. {found}{more}".strip())


def _graph(graphs: GraphSet, study: str) -> None:
    """The primary graph as a picture in the page itself; no other program can read a file of this machine."""
    svg, told = graph_picture(graphs), graph_sentence(graphs)
    url = f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"
    create_image_artifact(url, key=key_of(study, "graph"), description=told)


def _gates(diagnostics: Diagnostics, study: str) -> None:
    rows = [
        {"graph": graph, "check": name.replace("_", " "), "passed": "yes" if gate.passed else "NO",
         "value": _short(gate.value), "threshold": _short(gate.threshold),
         "if it fails": "no answer" if gate.hard else "a warning", "in words": gate.sentence}
        for graph, gates in diagnostics.graphs.items()
        for name, gate in gates.items()
    ]  # fmt: skip
    failed = sum(row["passed"] == "NO" for row in rows)
    told = f"Checks of sampler and predictions: {failed} of {len(rows)} failed"
    create_table_artifact(rows, key=key_of(study, "diagnostics"), description=told)


def _effects(effects: EffectSet, study: str) -> None:
    rows = [
        {"effect": e.estimand.replace("_", " "), "steps later": e.horizon, "mean": _short(e.mean),
         "5 %": _short(e.q05), "95 %": _short(e.q95), "unit": e.unit or "", "contrast": e.contrast}
        for e in effects.effects
        if e.graph == "pooled" and e.kind == "expected"
    ]  # fmt: skip
    create_table_artifact(rows, key=key_of(study, "effects"), description="Effects, pooled over candidate graphs")


def _short(value: float | None) -> str:
    """Three digits: the table is for reading, `results/effects.parquet` for computing."""
    return "" if value is None else f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _verdict(root: Path, study: str) -> None:
    verdict = read_document(root / "results/verdict.json", Verdict)
    links = {"report": (root / "results/report.html").resolve(), "recordings": (root / "recordings").resolve()}
    first, *rest = answer_lines(verdict, read_document(root / "results/effects.json", EffectSet), links["report"])
    title = f"# {verdict.question or f'{verdict.treatment} and {verdict.outcome}'}"
    said = [title, f"**{first}**", *(f"- {line}" for line in rest[:-1]), *_unmet(verdict)]
    where = [f"- {what.capitalize()}: `{path}`" for what, path in links.items()]
    create_markdown_artifact("\n\n".join([*said, *where]), key=key_of(study, "verdict"), description=first)
    for what, path in links.items():
        create_link_artifact(path.as_uri(), key=key_of(study, what), link_text=path.name, description=f"The {what}")


def _unmet(verdict: Verdict) -> list[str]:
    """Gates that did not pass, in words."""
    failed = [f"- {gate.sentence}" for gate in verdict.gates.values() if not gate.passed]
    return ["Checks that did not pass:", *failed] if failed else []
