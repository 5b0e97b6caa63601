"""The parent flow `causal-ssm`: a subflow per stage, in order, each around one cached task."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from prefect import flow, task
from prefect.context import TagsContext

from flows import versioning
from flows.caching import RESULTS, ContentKey
from flows.console import progress
from flows.provenance.code_version import refresh
from flows.provenance.ledger import Keys, keys_of, remember
from flows.provenance.restore import restore
from flows.provenance.runlog import Recorder
from flows.recipes import PLACE, Tell, compute, found
from flows.serving import story
from schemas.params import StudyParams
from schemas.stages import STAGE_NAMES, StageName
from tasks.artifacts import Ref
from tasks.settings import load_params, set_params

if TYPE_CHECKING:  # a run that asks no language model need not wait for what asking one takes
    from flows.recording import Calls

Llm = Literal["replay", "record", "live", "off"]


class Run(NamedTuple):
    """What the flows of one run share; it stays in this process, Prefect sees names and hashes."""

    root: Path
    params: StudyParams
    code: dict[str, str]
    forced: frozenset[StageName]
    calls: "Calls | None"
    recorder: Recorder
    tell: Tell


PRESENT: ContextVar[Run] = ContextVar("PRESENT")


@task(task_run_name="{stage}", cache_policy=ContentKey(), persist_result=True, result_serializer="json")
def stage_outputs(stage: StageName, base: str, key: str) -> list[list[str]]:
    """Names and hashes of what the stage wrote for this key; Prefect keeps them under the key."""
    run, keys, forced = PRESENT.get(), Keys(base=base, key=key), stage in PRESENT.get().forced
    refs = () if forced else found(run.root, stage, keys, run.tell)
    if not refs:
        run.recorder.computing()
        refs = compute(run.root, stage, run.params, keys, run.tell, forced=forced)
    return [list(ref) for ref in refs]


@flow(flow_run_name="{stage}", validate_parameters=False)
def run_stage(stage: StageName) -> None:
    """One stage: have recorded what a model must answer, look the key up, compute on a miss, check the files."""
    run = PRESENT.get()
    run.tell(f"{stage} ...")
    if run.calls is not None:
        from flows.recording import record_missing  # noqa: PLC0415 - only where a model is asked

        record_missing(run.root, stage, run.params, run.calls)
    keys = keys_of(run.root, stage, run.params, run.code[stage])
    outputs = stage_outputs.with_options(result_storage=run.root.resolve() / RESULTS, refresh_cache=stage in run.forced)
    with TagsContext(current_tags=set()):  # for every tag of a task Prefect asks its server for a slot: 0.2 s a task
        refs = _refs(outputs(stage, keys.base, keys.key))
        if not restore(run.root, refs):
            refs = _refs(outputs.with_options(refresh_cache=True)(stage, keys.base, keys.key))
    remember(run.root, stage, keys, refs)


def _refs(stored: list[list[str]]) -> tuple[Ref, ...]:
    return tuple(Ref(path, sha256) for path, sha256 in stored)


@flow(name="causal-ssm", flow_run_name="{name}", validate_parameters=False)
def causal_ssm(
    study: str,
    name: str,  # noqa: ARG001 - what Prefect calls the run
    force: StageName | None = None,
    llm: Llm | None = None,
) -> str:
    """The six stages of one study.

    Args:
        study: folder of the study.
        name: the study's name, for Prefect.
        force: stage to recompute although nothing changed.
        llm: `record` or `live` to call the language model before the stages replay.

    Returns:
        The ID of the run, under `.causal-ssm/runs` of the study.
    """
    root = Path(study)
    params, code = load_params(root), refresh(root)
    recorder = Recorder(root, "run", llm or params.configure.llm.mode)
    forced: set[StageName] = {force} if force else set()
    if llm == "live":
        forced.add("configure")  # fresh replies are of no use to a protocol that stays
    with recorder.whole(), _calls(params, llm, forced, recorder) as calls:
        commits = versioning.Commits(root)
        token = PRESENT.set(Run(root, params, code, frozenset(forced), calls, recorder, progress))
        try:
            for stage in STAGE_NAMES:
                _one(stage)
                PLACE.get().later(versioning.load, needed=False)
                if stage in recorder.computed:
                    PLACE.get().later(partial(commits.ahead, stage), needed=False)
                if stage == "explore" and _derived_more(PRESENT.get()):
                    for earlier in ("ingest", "explore"):
                        _one(earlier)
            PLACE.get().finish()
        finally:
            PRESENT.reset(token)
            commits.rest(recorder.confirmed)
    return recorder.id


def _one(stage: StageName) -> None:
    run = PRESENT.get()
    with run.recorder.stage(stage), _shown(run, stage):
        run_stage(stage)


def _derived_more(run: Run) -> bool:
    """Write the features that the language model proposes into `params.yaml`; whether there are new ones to derive."""
    if run.calls is None:
        return False
    from flows.recording import features_of_model  # noqa: PLC0415 - only where a model is asked

    if (features := features_of_model(run.root, run.params, run.calls)) is None:
        return False
    set_params(run.root, {"ingest.features": features})
    params = load_params(run.root)
    mine = [name for name, feature in params.ingest.features.items() if feature.asserted_by == "model"]
    run.tell(f"the language model has these variables derived (params.yaml, ingest.features): {', '.join(mine) or '-'}")
    PRESENT.set(run._replace(params=params))
    return True


@contextmanager
def _shown(run: Run, stage: StageName) -> Generator[None]:
    """The stage as the UI shows it, where there is one to look at."""
    if not story.watched():
        yield
        return
    name = run.params.study.name
    bar = story.Sampling(name, run.params.infer) if stage == "infer" else None

    def tell(sentence: str) -> None:
        run.tell(sentence)
        if bar is not None:
            bar.hear(sentence)

    token = PRESENT.set(run._replace(tell=tell))
    try:
        yield
    finally:
        PRESENT.reset(token)
    PLACE.get().later(partial(_told, run.root, name, stage, bar), needed=True)


def _told(root: Path, study: str, stage: StageName, bar: story.Sampling | None) -> None:
    if bar is not None:
        bar.close()
    story.tell_of(root, study, stage)


@contextmanager
def _calls(
    params: StudyParams, llm: Llm | None, forced: set[StageName], recorder: Recorder
) -> Generator["Calls | None"]:
    if llm not in {"record", "live"}:
        yield None
        return
    from flows.recording import Calls  # noqa: PLC0415 - only where a model is asked
    from tasks.llm.budget import open_client  # noqa: PLC0415 - as above

    with open_client(params.configure.llm) as client:
        try:
            yield Calls(client, live=llm == "live", renew="configure" in forced, fresh=set())
        finally:
            for spent in client.log:
                recorder.called(spent.seconds)
