"""Small artifact sets for all five verdicts, built from the schema classes."""

from pathlib import Path

import polars as pl

from schemas.frames import Catalog, Panel, Robustness
from schemas.params import Study, StudyParams
from schemas.results import (
    EffectSet,
    KnownTruth,
    VerdictName,
)
from schemas.spec import SpecSet
from tasks.artifacts import write_bytes, write_document, write_frame
from tasks.modelling.protocol import frozen, protocol_bytes
from tests.tasks.reporting.made_answer import make_effects, make_robustness, make_verdict
from tests.tasks.reporting.made_model import make_diagnostics, make_graphs, make_protocol, make_spec
from tests.tasks.reporting.made_record import make_audit, make_catalog, make_exploration, make_panel


def write_study(
    root: Path,
    verdict: VerdictName,
    *,
    treatment: str = "coffee",
    outcome: str = "sleep_minutes",
    steps: int = 140,
    truth: bool = False,
    randomised: bool = False,
    plain: bool = False,
) -> StudyParams:
    """Write every file the stage report reads; give the parameters.

    `plain` makes a record without time whose exposure is a continuous number.
    """
    x, y = treatment, outcome
    known = KnownTruth(value=-21.5, estimand="immediate", unit="min", source="simulation") if truth else None
    panel = make_panel(steps, x, y)
    if plain:
        panel = panel.with_columns(pl.lit(None, pl.Datetime("us")).alias("start"), pl.col(x) + pl.col("step") % 7)
    graphs = make_graphs(x, y, verdict)
    spec = make_spec(x, y)
    protocol = frozen(make_protocol(x, y, graphs, spec, randomised))
    write_frame(root / "data/panel.parquet", panel, Panel)
    audit = make_audit(panel, x, y)
    undated = {"step": "row", "first": None, "last": None} if plain else {}
    write_document(root / "data/audit.json", audit.model_copy(update=undated))
    catalog = make_catalog(panel, x, y)
    continuous = pl.when(pl.lit(plain) & (pl.col("variable") == x)).then(pl.lit("continuous")).otherwise("kind")
    write_frame(root / "data/catalog.parquet", catalog.with_columns(continuous.alias("kind")), Catalog)
    write_document(root / "data/exploration.json", make_exploration(panel, x, y))
    write_bytes(root / "model/protocol.yaml", protocol_bytes(protocol))
    write_document(root / "model/graphs.json", graphs)
    write_document(root / "model/spec.json", SpecSet(specs=(spec,), protocol_sha256=protocol.sha256))
    write_document(root / "model/diagnostics.json", make_diagnostics(panel, verdict))
    write_document(root / "results/effects.json", EffectSet(effects=tuple(make_effects(verdict))))
    write_frame(root / "results/robustness.parquet", make_robustness(), Robustness)
    write_document(root / "results/verdict.json", make_verdict(verdict, x, y, known))
    return StudyParams(study=Study(name="study", treatment=x, outcome=y, known_truth=known, randomised=randomised))
