"""`causal-ssm run`: write the options down, compute what changed, say the answer."""

from contextlib import nullcontext
from pathlib import Path
from typing import Any, Literal, NamedTuple

from flows.answer import answer_lines
from flows.commands.history import since_last
from flows.console import progress
from flows.embedded import prepare, server_configured
from flows.locking import only_run
from flows.provenance.code_version import refresh
from flows.provenance.history import note
from flows.provenance.ledger import keys_of
from flows.provenance.runlog import Recorder
from flows.recipes import found
from flows.temporary import temporary_server
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


def run(root: Path, options: Options, *, verbose: bool = False, wait: float = 0.0) -> Answer:
    """Bring the study up to date; where another run works on it, wait so many seconds for its end.

    Raises:
        StudyError: the request or the data cannot be used; `params.yaml` is then as it was before.
    """
    load_params(root)
    with only_run(root, wait=wait):
        before = (root / "params.yaml").read_bytes()
        try:
            if changes := options.changes():
                set_params(root, changes)
            run_id = _brought_up_to_date(root, options, verbose)
            note(root, run_id)
            return _answer(root, run_id)
        except StudyError:
            write_bytes(root / "params.yaml", before)
            raise


def _brought_up_to_date(root: Path, options: Options, verbose: bool) -> str:
    """Compute what changed; the ID of the run."""
    params = load_params(root)
    check_raw(root)
    ensure(root)
    code = refresh(root)
    if (idle := _idle(root, params, code, options)) is not None:
        return idle
    _check_names(root, params, code)
    return _flow(root, params, options, verbose)


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


def _check_names(root: Path, params: StudyParams, code: dict[str, str]) -> None:
    """Exposure and outcome are columns of the data; a mistake here need not wait for Prefect.

    Raises:
        StudyError: the data cannot be read, or one of the two is not chosen or not there.
    """
    import polars as pl  # noqa: PLC0415 - a study in which nothing changed needs neither

    from tasks.setup.names import require_pair, study_variables  # noqa: PLC0415 - as above

    if found(root, "ingest", keys_of(root, "ingest", params, code["ingest"]), progress):
        columns = list(pl.read_parquet_schema(root / "data/panel.parquet"))[2:]
    else:
        progress("Reading the data ...")
        columns = study_variables(root, params, progress)
    named = params.study.treatment, params.study.outcome
    if None in named and params.configure.llm.mode == "replay":
        return  # the first role of the language model names them
    require_pair(root, columns, *named)


def _flow(root: Path, params: StudyParams, options: Options, verbose: bool) -> str:
    progress("Starting Prefect, which runs the stages (this takes a while) ...")
    home = prepare(root, verbose=verbose)
    server = None if home is None else temporary_server(home)  # it starts while we import
    from prefect import tags  # noqa: PLC0415 - takes 3 s
    from prefect.settings import (  # noqa: PLC0415 - as above
        PREFECT_API_URL,
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
        temporary_settings,
    )

    from flows.pipeline import causal_ssm  # noqa: PLC0415 - as above

    quiet = temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None})  # each subflow would wait a second for it
    address = nullcontext() if server is None else temporary_settings({PREFECT_API_URL: server.api()})
    with address, quiet, tags("causal-ssm", params.study.name):
        return causal_ssm(str(root.resolve()), params.study.name, options.force, options.llm)


def check_raw(root: Path) -> None:
    """There is something to read.

    Raises:
        StudyError: `data/raw` is missing or holds no file.
    """
    raw = root / "data" / "raw"
    if not raw.is_dir() or not any(path.is_file() for path in raw.rglob("*")):
        raise StudyError("at least one data file", "none", str(raw), f"copy your export into {raw}")


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
