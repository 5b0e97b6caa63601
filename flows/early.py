"""What can be refused before anything is computed: there are data, and exposure and outcome are columns of them."""

from pathlib import Path

from flows.recipes import Tell
from schemas.errors import StudyError
from schemas.params import StudyParams


def check_raw(root: Path) -> None:
    """There is something to read.

    Raises:
        StudyError: `data/raw` is missing or holds no file.
    """
    raw = root / "data" / "raw"
    if not raw.is_dir() or not any(path.is_file() for path in raw.rglob("*")):
        raise StudyError("at least one data file", "none", str(raw), f"copy your export into {raw}")


def check_names(root: Path, params: StudyParams, ingested: bool, *, tell: Tell) -> None:
    """Exposure and outcome are columns of the data; a mistake here need not wait for Prefect.

    Args:
        root: the study.
        params: its parameters.
        ingested: the panel that lies there is the one of these data and parameters.
        tell: hears how far a long file has been read.

    Raises:
        StudyError: the data cannot be read, or one of the two is not chosen or not there.
    """
    import polars as pl  # noqa: PLC0415 - a study in which nothing changed needs neither

    from tasks.setup.names import require_pair, study_variables  # noqa: PLC0415 - as above

    if ingested:
        columns = list(pl.read_parquet_schema(root / "data/panel.parquet"))[2:]
    else:
        tell("Reading the data ...")
        columns = study_variables(root, params, tell)
    named = params.study.treatment, params.study.outcome
    if None in named and params.configure.llm.mode == "replay":
        return  # the first role of the language model names them
    require_pair(root, columns, *named)
