"""`causal-ssm init --each-subject`: tables of several people become one study per person, side by side."""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from flows.commands.init import init
from flows.console import progress
from schemas.errors import StudyError
from tasks.setup.cohort import divide
from tasks.setup.rawcopy import copy_data

_SHOWN = 5


class Divided(NamedTuple):
    """The folder, the studies in it by person, and why some people have none."""

    directory: Path
    studies: tuple[str, ...]
    without: dict[str, str]
    left_out: tuple[str, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """What to tell."""
        told = [f"Made {len(self.studies)} studies in {self.directory}, one per person."]
        if self.without:
            shown = "; ".join(f"{person}: {why}" for person, why in list(self.without.items())[:_SHOWN])
            more = f"; and {len(self.without) - _SHOWN} more" if len(self.without) > _SHOWN else ""
            told.append(f"No study for {len(self.without)} people whose data cannot be used: {shown}{more}")
        if self.left_out:
            told.append(f"Left out, for no column names a person: {', '.join(self.left_out[:_SHOWN])}.")
        return (*told, f"Next: causal-ssm run {self.directory}/*")

    def document(self) -> dict[str, Any]:
        """The form that `--json` prints."""
        folders = {person: str(self.directory / person) for person in self.studies}
        return {"studies": folders, "without": self.without, "left_out": list(self.left_out)}


def init_each(
    directory: Path,
    data: Sequence[Path],
    question: str | None,
    treatment: str | None,
    outcome: str | None,
    intervention: str | None = None,
) -> Divided:
    """Make one study per person below `directory`.

    Raises:
        StudyError: the folder is not empty, no table names persons, or no person's data can be used; nothing is left
            behind then.
    """
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise StudyError("a new or an empty folder", "one that is not empty", str(directory), "choose another name")
    made: list[str] = []
    without: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as scratch:
        raw, apart = Path(scratch) / "raw", Path(scratch) / "people"
        raw.mkdir()
        copy_data(data, raw)
        divided = divide(raw, apart)
        shutil.rmtree(raw)
        for number, person in enumerate(divided.people, start=1):
            progress(f"Study {number} of {len(divided.people)}: {person} ...")
            try:
                init(directory / person, [apart / person], question, treatment, outcome, intervention)
            except StudyError as refusal:
                without[person] = " ".join(str(refusal).split())
            else:
                made.append(person)
    if not made:
        first, why = next(iter(without.items()))
        raise StudyError("data of at least one person that can be used", f"none; {first}: {why}", "--data")
    return Divided(directory, tuple(made), without, tuple(divided.left_out))
