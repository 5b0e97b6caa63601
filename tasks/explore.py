"""Stage explore: a catalogue of the variables, an exploration document, figures."""

from collections.abc import Callable
from pathlib import Path

from schemas.audit import Audit
from schemas.frames import Catalog, Panel
from schemas.params import StudyParams
from tasks.artifacts import read_document, read_frame, staged, write_bytes, write_document, write_frame
from tasks.profiles import catalog_of, exploration_of
from tasks.reporting.charts import to_svg
from tasks.reporting.figures import exploration_figures


def explore(root: Path, params: StudyParams, tell: Callable[[str], None]) -> None:
    """Write `data/catalog.parquet`, `data/exploration.json` and `data/figures/*.svg`.

    Raises:
        StudyError: a file of an earlier stage is missing.
    """
    panel = read_frame(root / "data" / "panel.parquet", Panel)
    audit = read_document(root / "data" / "audit.json", Audit)
    catalog = catalog_of(panel, audit)
    treatment, outcome = params.study.treatment, params.study.outcome
    found = exploration_of(panel, treatment, outcome, params.explore.max_lag, tell)
    specs = exploration_figures(panel, found, treatment, outcome)
    document = found.model_copy(update={"figures": tuple(f"data/figures/{name}.svg" for name in sorted(specs))})
    tell(f"Described {catalog.height} variables, drew {len(specs)} figures.")
    with staged(root, folders=("data/figures",)) as out:
        write_frame(out / "data" / "catalog.parquet", catalog, Catalog)
        write_document(out / "data" / "exploration.json", document)
        for name, spec in sorted(specs.items()):
            write_bytes(out / "data" / "figures" / f"{name}.svg", to_svg(spec))
