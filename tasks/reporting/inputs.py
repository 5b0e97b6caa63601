"""Everything a report is made from, read and validated once."""

from pathlib import Path
from typing import NamedTuple

import polars as pl

from schemas.audit import Audit
from schemas.errors import StudyError
from schemas.exploration import Exploration
from schemas.frames import Catalog, Panel, Robustness
from schemas.graph import GraphSet
from schemas.params import StudyParams
from schemas.protocol import Protocol
from schemas.results import Diagnostics, Effect, EffectSet, Verdict
from schemas.spec import SpecSet
from tasks.artifacts import read_document, read_frame
from tasks.modelling.protocol import read_protocol

REFUSED = ("not_identified", "not_trustworthy")


class Inputs(NamedTuple):
    """The results of the earlier stages."""

    params: StudyParams
    panel: pl.DataFrame
    audit: Audit
    catalog: pl.DataFrame
    exploration: Exploration
    protocol: Protocol
    graphs: GraphSet
    specs: SpecSet
    diagnostics: Diagnostics
    effects: EffectSet
    robustness: pl.DataFrame
    verdict: Verdict

    @property
    def refused(self) -> bool:
        """Whether no number may be shown as an effect."""
        return self.verdict.verdict in REFUSED

    @property
    def unit(self) -> str:
        """The outcome's unit, empty when unknown."""
        return self.verdict.estimate.unit if self.verdict.estimate else self.verdict.naive_difference.unit

    def shown(self, estimand: str, graph: str = "pooled", kind: str = "expected") -> list[Effect]:
        """Effects that may be shown, by increasing horizon; none at all after a refusal."""
        if self.refused:
            return []
        chosen = [e for e in self.effects.effects if (e.estimand, e.graph, e.kind) == (estimand, graph, kind)]
        return sorted(chosen, key=lambda effect: -1 if effect.horizon is None else effect.horizon)


def read_inputs(root: Path, params: StudyParams) -> Inputs:
    """Read what `schemas.stages` lists for the stage report.

    Raises:
        StudyError: a file is missing or does not follow its schema.
    """
    return Inputs(
        params=params,
        panel=read_frame(root / "data/panel.parquet", Panel),
        audit=read_document(root / "data/audit.json", Audit),
        catalog=read_frame(root / "data/catalog.parquet", Catalog),
        exploration=read_document(root / "data/exploration.json", Exploration),
        protocol=_protocol(root / "model/protocol.yaml"),
        graphs=read_document(root / "model/graphs.json", GraphSet),
        specs=read_document(root / "model/spec.json", SpecSet),
        diagnostics=read_document(root / "model/diagnostics.json", Diagnostics),
        effects=read_document(root / "results/effects.json", EffectSet),
        robustness=read_frame(root / "results/robustness.parquet", Robustness),
        verdict=read_document(root / "results/verdict.json", Verdict),
    )


def _protocol(path: Path) -> Protocol:
    if not path.is_file():
        raise StudyError(f"the file {path.name} of an earlier stage", "no such file", str(path), "causal-ssm run")
    return read_protocol(path)
