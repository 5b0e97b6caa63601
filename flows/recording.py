"""Before a stage replays: ask the language model what was never recorded, as Prefect tasks with retries."""

from pathlib import Path
from typing import Any, NamedTuple

from prefect import Task, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import exponential_backoff

from flows.asking import ASKING, ask, ask_first
from schemas.params import StudyParams
from schemas.recording import Reply, Request
from schemas.stages import StageName
from tasks.llm.budget import Client
from tasks.llm.exchange import Answerer, call_and_store, recording
from tasks.llm.faults import Transient
from tasks.llm.store import Store, request_sha256
from tasks.modelling.asking.features import with_proposals

RETRIES = 4


def worth_another_try(task: Task[..., Any], run: TaskRun, state: State[Any]) -> bool:  # noqa: ARG001 - Prefect's form
    """Only a server that was busy, slow or briefly out of order is asked again."""
    return isinstance(state.result(raise_on_failure=False), Transient)


@task(
    task_run_name="ask the model: {role}",
    retries=RETRIES,
    retry_delay_seconds=exponential_backoff(backoff_factor=2),
    retry_jitter_factor=0.5,
    retry_condition_fn=worth_another_try,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def ask_model(role: str, request: Request, store: Store, client: Client) -> Reply:  # noqa: ARG001 - shown by Prefect
    """One request to the model's server; the reply is stored before anything uses it."""
    return call_and_store(request, store, client)


class Calls(NamedTuple):
    """The metered client of this run; `live` asks again for what is recorded, `renew` also about a settled protocol.

    `fresh` grows with what was asked in this run, by hash.
    """

    client: Client
    live: bool
    renew: bool
    fresh: set[str]


def record_missing(root: Path, stage: StageName, params: StudyParams, calls: Calls) -> None:
    """Ask and store what the stage will want to replay.

    Raises:
        Transient: the server was out of order through every retry.
        StudyError: a fault that another try does not cure; what was stored stays.
    """
    if stage in ASKING:
        ask(root, stage, params, _answerer(root, params, calls), renew=calls.renew)


def features_of_model(root: Path, params: StudyParams, calls: Calls) -> dict[str, Any] | None:
    """Have role 1 recorded; `ingest.features` with what it would derive, null when that changes nothing.

    Raises:
        Transient: the server was out of order through every retry.
        StudyError: a fault that another try does not cure; what was stored stays.
    """
    if params.configure.llm.features != "derive":
        return None
    reply = ask_first(root, params, _answerer(root, params, calls), renew=calls.renew)
    return None if reply is None else with_proposals(params, reply)


def _answerer(root: Path, params: StudyParams, calls: Calls) -> Answerer:
    store = Store.of(root)

    def call(request: Request) -> Reply:
        reply = ask_model(request.prompt, request, store, calls.client)
        calls.fresh.add(request_sha256(request))
        return reply

    return recording(root, params.configure.llm, call, live=calls.live, fresh=calls.fresh)
