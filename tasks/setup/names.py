"""The variables that a study's files offer, and the message when exposure or outcome are not chosen."""

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path

from schemas.errors import StudyError
from schemas.params import StudyParams
from tasks.panel import build
from tasks.panel.similar import column_missing
from tasks.readings import KEPT, read_for_later


def study_variables(root: Path, params: StudyParams, tell: Callable[[str], None] = lambda _: None) -> list[str]:
    """Names that may be asked about, from the raw files, which stage ingest need then not read again.

    `tell` hears how far a long file has been read.

    Raises:
        StudyError: the files cannot be used as they are.
    """
    files, told = read_for_later(root / "data" / "raw", params.ingest, tell, root / KEPT)
    undecided = params.study.model_copy(update={"treatment": None, "contrast": None})
    panel = build(files, told, params.model_copy(update={"study": undecided})).panel
    return [name for name in panel.columns if name not in ("step", "start")]


def require_pair(root: Path, variables: Sequence[str], treatment: str | None, outcome: str | None) -> tuple[str, str]:
    """Both names, or the message that lists the columns and the command to type.

    Raises:
        StudyError: one of the two is not chosen, or is not among the variables, or both are the same.
    """
    if treatment is None or outcome is None:
        raise StudyError(
            "a question that names an exposure and an outcome among these columns: " + ", ".join(variables),
            f"exposure {treatment or 'unclear'}, outcome {outcome or 'unclear'}",
            "the question",
            command_to_type(root, treatment, outcome),
        )
    for key, name in (("treatment", treatment), ("outcome", outcome)):
        if name not in variables:
            raise column_missing(name, variables, f"--{key}")
    if treatment == outcome:
        raise StudyError("two different variables", f"'{treatment}' for both", "--treatment and --outcome")
    return treatment, outcome


def command_to_type(root: Path, treatment: str | None, outcome: str | None) -> str:
    """The command that names what is still unclear."""
    names = [shlex.quote(name) if name else "NAME" for name in (treatment, outcome)]
    return f"causal-ssm run {shlex.quote(str(root))} --treatment {names[0]} --outcome {names[1]}"
