"""`causal-ssm run`: write the options down, compute what changed, say the answer."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple

from flows.answer import answer_lines
from flows.commands.history import since_last
from flows.companion import Companion, beside
from flows.console import progress
from flows.early import check_names, check_raw
from flows.embedded import Engine, server_configured
from flows.locking import only_run
from flows.provenance.code_version import refresh
from flows.provenance.history import note
from flows.provenance.ledger import keys_of
from flows.provenance.runlog import Recorder
from flows.recipes import Here, found
from flows.versioning import commit, ensure, is_committed
from schemas.errors import StudyError
from schemas.manifest import RunLog
from schemas.params import StudyParams
from schemas.results import EffectSet, Verdict
from schemas.stages import STAGE_NAMES, StageName
from tasks.artifacts import read_document, write_bytes
from tasks.settings import load_params, set_params


class Options(NamedTuple):
    """What `run` was asked besides the study."""

    question: str | None = None
    treatment: str | None = None
    outcome: str | None = None
    llm: Literal["replay", "record", "live", "off"] | None = None
    force: StageName | None = None

    def changes(self) -> dict[str, Any]:
        """The keys of `params.yaml` that these options stand for."""
        study = {"question": self.question, "treatment": self.treatment, "outcome": self.outcome}
        changes = {f"study.{name}": value for name, value in study.items() if value is not None}
        if self.llm is not None:
            changes["configure.llm.mode"] = "off" if self.llm == "off" else "replay"
        return changes


class Answer(NamedTuple):
    """How a run ended."""

    verdict: Verdict
    log: RunLog
    lines: tuple[str, ...]
    since: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """The form that `--json` prints."""
        computed = [stage.stage for stage in self.log.stages if stage.status == "computed"]
        return {"run": self.log.id, "computed": computed, "verdict": self.verdict.model_dump(mode="json"),
                "since_the_run_before": list(self.since)}  # fmt: skip


def run(root: Path, options: Options, *, verbose: bool = False, wait: float = 0.0, companion: bool = False) -> Answer:
    """Bring the study up to date.

    Args:
        root: the study.
        options: what is asked besides.
        verbose: Prefect tells its warnings.
        wait: seconds to wait for the end of another run of this study.
        companion: compute in a process beside this one, which saves time where Prefect is still to be loaded.

    Raises:
        StudyError: the request or the data cannot be used; `params.yaml` is then as it was before.
    """
    load_params(root)
    with only_run(root, wait=wait) as lock:
        before = (root / "params.yaml").read_bytes()
        try:
            if changes := options.changes():
                set_params(root, changes)
            aside = partial(beside, lock) if companion else nullcontext
            run_id = _brought_up_to_date(root, options, verbose, aside)
            note(root, run_id)
            return _answer(root, run_id)
        except StudyError:
            write_bytes(root / "params.yaml", before)
            raise


def _brought_up_to_date(
    root: Path, options: Options, verbose: bool, aside: Callable[[], AbstractContextManager[Companion | None]]
) -> str:
    """Compute what changed; the ID of the run."""
    params = load_params(root)
    check_raw(root)
    ensure(root)
    code = refresh(root)
    if (idle := _idle(root, params, code, options)) is not None:
        return idle
    ingested = bool(found(root, "ingest", keys_of(root, "ingest", params, code["ingest"]), progress))
    with aside() as companion:
        place = companion or Here()
        first = companion is None or bool(options.changes())  # a mistake just typed is told before anything starts
        if first:
            place.work(check_names, root, params, ingested, tell=progress)
        progress("Starting Prefect, which runs the stages (this takes a while) ...")
        engine = Engine(root, verbose=verbose)
        if not first:
            place.later(engine.load, needed=True)
            place.work(check_names, root, params, ingested, tell=progress)
        with engine.started(params.study.name) as causal_ssm:
            return causal_ssm(str(root.resolve()), params.study.name, options.force, options.llm)


def run_if_unchanged(root: Path, options: Options) -> Answer | None:
    """The answer of a study in which nothing changed, without Prefect; None where there is something to compute.

    Raises:
        StudyError: the study cannot be used, or another run works on it.
    """
    if options.changes() or not (root / "results/verdict.json").is_file():
        return None
    params = load_params(root)
    check_raw(root)
    with only_run(root):
        ensure(root)
        run_id = _idle(root, params, refresh(root), options)
        if run_id is None:
            return None
        note(root, run_id)
        return _answer(root, run_id)


def _idle(root: Path, params: StudyParams, code: dict[str, str], options: Options) -> str | None:
    """The ID of a run that found everything as it was; None where a stage must run or Prefect is to see it."""
    if options.force is not None or options.llm == "live" or server_configured():
        return None
    if not _nothing_to_do(root, params, code):
        return None
    recorder = Recorder(root, "run", options.llm or params.configure.llm.mode)
    with recorder.whole():
        for name in STAGE_NAMES:
            with recorder.stage(name):
                pass
        if not is_committed(root):
            commit(root, STAGE_NAMES)
    return recorder.id


def _nothing_to_do(root: Path, params: StudyParams, code: dict[str, str]) -> bool:
    return all(found(root, name, keys_of(root, name, params, code[name]), progress) for name in STAGE_NAMES)


def _answer(root: Path, run_id: str) -> Answer:
    verdict = read_document(root / "results/verdict.json", Verdict)
    log = read_document(root / ".causal-ssm" / "runs" / run_id / "run.json", RunLog)
    effects = read_document(root / "results/effects.json", EffectSet)
    since = since_last(root)
    lines = [_work_done(log), *answer_lines(verdict, effects, root / "results" / "report.html")]
    changed = ("Since the run before:", *(f"  {sentence}" for sentence in since)) if since else ()
    return Answer(verdict, log, (*lines, *changed), since)


def _work_done(log: RunLog) -> str:
    computed = [stage.stage for stage in log.stages if stage.status == "computed"]
    if not computed:
        return "Nothing changed since the last run; nothing was recomputed."
    rest = [stage.stage for stage in log.stages if stage.status == "unchanged"]
    return f"Computed: {', '.join(computed)}." + (f" Unchanged: {', '.join(rest)}." if rest else "")
