"""A new study folder, made whole or not at all."""

import shlex
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import polars as pl

from schemas.errors import StudyError
from schemas.params import StudyParams
from tasks.panel import Built, build
from tasks.panel.checks import require_varying
from tasks.readings import RawFile, read_raw_files
from tasks.settings import load_params, set_params
from tasks.setup.intervention import beginning, consequences
from tasks.setup.intervention import told as told_of
from tasks.setup.names import command_to_type, require_pair
from tasks.setup.notices import files_left_out, notices, order_of, refuse_lost, what_was_read
from tasks.setup.question import resolve_question
from tasks.setup.rawcopy import copy_data

TEMPLATE = Path(__file__).with_name("params_template.yaml")


def create_study(
    root: Path,
    data_paths: Sequence[Path],
    question: str | None,
    treatment: str | None,
    outcome: str | None,
    intervention: str | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> list[str]:
    """Make the study folder `root` from data; returns sentences to print.

    Args:
        root: a folder that does not exist or is empty.
        data_paths: files, folders or zip archives, copied to `data/raw`.
        question: one sentence, searched for the names of exposure and outcome.
        treatment: name of the exposure, if given.
        outcome: name of the outcome, if given.
        intervention: the exposure is what began then, a date or the number of a step, named by `treatment`.
        tell: hears how far a long file has been read.

    Raises:
        StudyError: the folder is not empty, or the data cannot be used; nothing is left behind then.
    """
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise StudyError("a new or an empty folder", "one that is not empty", str(root), "choose another name")
    if not data_paths:
        raise StudyError("at least one data file", "none", "--data", "causal-ssm init DIR --data FILE")
    anchor = next(parent for parent in root.absolute().parents if parent.is_dir())
    scratch = anchor / f".{root.name}.{uuid4().hex}"
    try:
        names = copy_data(data_paths, scratch / "data" / "raw") if _made(scratch) else []
        asked = (question or "", treatment, outcome, intervention)
        sentences = _settled(scratch, root, len(names), asked, tell)
        root.parent.mkdir(parents=True, exist_ok=True)
        scratch.replace(root)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return sentences


def _made(scratch: Path) -> bool:
    for folder in ("data/raw", "recordings"):
        (scratch / folder).mkdir(parents=True)
    shutil.copyfile(TEMPLATE, scratch / "params.yaml")
    return True


def _settled(
    scratch: Path,
    root: Path,
    files: int,
    asked: tuple[str, str | None, str | None, str | None],
    tell: Callable[[str], None],
) -> list[str]:
    """Read the data once, settle names and exposure, write `params.yaml`.

    `asked` is question, exposure, outcome and the beginning of an intervention.
    """
    question, treatment, outcome, intervention = asked
    name = root.absolute().name
    told = [f"Made the study {name} with {files} data file{'s' if files != 1 else ''} in data/raw."]
    changes: dict[str, Any] = {"study.name": name, "study.question": question}
    changes |= {f"study.{key}": value for key, value in (("treatment", treatment), ("outcome", outcome)) if value}
    changes |= {} if intervention is None else beginning(intervention, treatment)
    set_params(scratch, changes)
    treatment = changes.get("study.treatment", treatment)
    raw, built, problem = _first_reading(scratch, load_params(scratch), tell)
    if built is None:
        told.append(f"Before the first run the data need your help: {problem}")
        return told
    variables = built.panel.columns[2:]
    told += [what_was_read(raw, built), *files_left_out(built.audit), *notices(built.audit)]
    found = resolve_question(question, variables)
    treatment, outcome = treatment or found[0], outcome or found[1]
    if intervention is not None and treatment:
        set_params(scratch, consequences(treatment, outcome, variables))
        told.append(told_of(treatment))
    if treatment and outcome:
        for key, chosen in (("treatment", treatment), ("outcome", outcome)):
            refuse_lost(built.audit, chosen, key)
        require_pair(root, variables, treatment, outcome)
        _require_varying(raw, built, treatment, outcome)
        set_params(scratch, {"study.treatment": treatment, "study.outcome": outcome})
        told.append(f"Exposure: {treatment}. Outcome: {outcome}.")
        told += order_of(built.audit, treatment, outcome)
        told += _declared_exposure(scratch, raw, treatment)
        told.append(f"Next: causal-ssm run {shlex.quote(str(root))}")
    else:
        told.append(f"The columns are: {', '.join(variables)}.")
        told.append(f"Next, name exposure and outcome: {command_to_type(root, treatment, outcome)}")
    told.append(
        "No language model is used. To use one, set configure.llm.model and base_url in params.yaml "
        f"and type: causal-ssm run {shlex.quote(str(root))} --llm record"
    )
    return told


def _require_varying(raw: list[RawFile], built: Built, treatment: str, outcome: str) -> None:
    """Refuse what no comparison can be made with; of an event log the exposure is declared later."""
    events = {name for file in raw for name in file.readings.events}
    sources = {variable.name: variable.source for variable in built.audit.variables}
    for key, name in (("treatment", treatment), ("outcome", outcome)):
        if name not in events:
            require_varying(built.panel[name], key, f"{sources[name] or 'data/raw'}, column '{name}'")


def _first_reading(
    scratch: Path, params: StudyParams, tell: Callable[[str], None]
) -> tuple[list[RawFile], Built | None, str]:
    """Read everything; a problem that `params.yaml` can solve does not stop `init`."""
    undecided = params.study.model_copy(update={"treatment": None})
    try:
        files, told = read_raw_files(scratch / "data" / "raw", params.ingest, tell)
        return files, build(files, told, params.model_copy(update={"study": undecided})), ""
    except StudyError as error:
        if "ingest." in error.fix:
            return [], None, str(error)
        raise


def _declared_exposure(scratch: Path, files: list[RawFile], treatment: str) -> list[str]:
    """Declare a comparator that an event log shows: exactly one other substance, never on the same step."""
    log = next((file.readings.events for file in files if treatment in file.readings.events), ())
    others = [name for name in log if name != treatment]
    if len(others) != 1 or _share_a_day(files, treatment, others[0]):
        return []
    declaration = {"active": treatment, "comparator": others[0], "absent": "null"}
    set_params(scratch, {"ingest.exposures": {treatment: declaration}})
    return [
        f"The log holds {treatment} and {others[0]}, never on the same day: the two are compared, and days with "
        f"neither are left out. To count such days as no {treatment}, set ingest.exposures.{treatment}.absent to zero "
        "in params.yaml."
    ]


def _share_a_day(files: list[RawFile], one: str, other: str) -> bool:
    frame = pl.concat([file.readings.frame for file in files]).with_columns(day=pl.col("local").dt.date())
    days = [set(frame.filter(pl.col("variable") == name)["day"].drop_nulls()) for name in (one, other)]
    return bool(days[0] & days[1])
