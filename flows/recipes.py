"""The recipes of the six stages: looked up by name, run only when something changed, recorded by hash."""

from collections.abc import Callable
from contextvars import ContextVar
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from flows.provenance.keys import stage_named
from flows.provenance.ledger import Keys, intact, recall, refs_of, remember
from flows.provenance.restore import restore
from schemas.params import StudyParams
from schemas.stages import StageName
from tasks.artifacts import Ref

Tell = Callable[[str], None]


class Recipe(Protocol):
    """A stage: reads files of the study, writes files of the study."""

    def __call__(self, root: Path, params: StudyParams, tell: Tell, /, **options: bool) -> None:
        """Run the stage."""


def recipe_of(name: StageName) -> Recipe:
    """The function `tasks/NAME.py: NAME`, imported only now: no stage pays for another's libraries."""
    return getattr(import_module(f"tasks.{name}"), name)


def run_recipe(name: StageName, root: Path, params: StudyParams, *, tell: Tell, **options: bool) -> None:
    """The stage itself."""
    recipe_of(name)(root, params, tell, **options)


class Place(Protocol):
    """Where recipes run."""

    def work(self, function: Callable[..., Any], *words: Any, tell: Tell, **options: Any) -> Any:  # noqa: ANN401
        """Call a function of ours there."""

    def later(self, job: Callable[[], object], *, needed: bool) -> None:
        """Do a job of this process when it has nothing else to do; at the latest in `finish` if it is needed."""

    def finish(self) -> None:
        """Do the needed jobs that are left."""


class Here:
    """This process: there is no better time for a job than now."""

    def work(self, function: Callable[..., Any], *words: Any, tell: Tell, **options: Any) -> Any:  # noqa: ANN401
        """Call it."""
        return function(*words, tell=tell, **options)

    def later(self, job: Callable[[], object], *, needed: bool) -> None:
        """Do it; one that is not needed would only save time that there is not."""
        if needed:
            job()

    def finish(self) -> None:
        """Nothing is left."""


PLACE: ContextVar[Place] = ContextVar("PLACE", default=Here())  # noqa: B039 - it has no state
"""This process, or one that has loaded what recipes need (`flows/companion.py`)."""


def found(root: Path, name: StageName, keys: Keys, tell: Tell) -> tuple[Ref, ...]:
    """What the stage last wrote, if that was for these keys and is there or could be put back; else empty."""
    entry = recall(root, name)
    if entry is None or entry.key != keys.key:
        return ()
    altered = [ref.path for ref in entry.refs if not intact(root, (ref,))]
    if not restore(root, entry.refs):
        return ()
    if altered:
        tell(f"{name}: {', '.join(altered)} was missing or altered and is restored as the stage wrote it")
    return entry.refs


def compute(
    root: Path, name: StageName, params: StudyParams, keys: Keys, tell: Tell, *, forced: bool = False
) -> tuple[Ref, ...]:
    """Run the recipe and record what it wrote; a forced `configure` renews the protocol.

    Raises:
        StudyError: the request or the data cannot be used.
        RuntimeError: the recipe did not write what the stage table promises.
    """
    stage = stage_named(name)
    options = {"renew": True} if forced and name == "configure" else {}
    PLACE.get().work(run_recipe, name, root, params, tell=tell, **options)
    refs = refs_of(root, stage)
    if missing := [ref.path for ref in refs if ref.sha256 == "missing"]:
        raise RuntimeError(f"stage {name} ended without writing {', '.join(missing)}")
    remember(root, name, keys, refs)
    return refs
