"""Before a stage replays: ask the language model what was never recorded, as Prefect tasks with retries."""

from pathlib import Path
from typing import Any, NamedTuple

from prefect import Task, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import exponential_backoff

from flows.asking import ASKING, ask
from schemas.params import StudyParams
from schemas.recording import Reply, Request
from schemas.stages import StageName
from tasks.llm.budget import Client
from tasks.llm.exchange import call_and_store, recording
from tasks.llm.faults import Transient
from tasks.llm.store import Store

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
    """The metered client of this run; `live` asks again for what is recorded, `renew` also about a settled protocol."""

    client: Client
    live: bool
    renew: bool


def record_missing(root: Path, stage: StageName, params: StudyParams, calls: Calls) -> None:
    """Ask and store what the stage will want to replay.

    Raises:
        Transient: the server was out of order through every retry.
        StudyError: a fault that another try does not cure; what was stored stays.
    """
    if stage not in ASKING:
        return
    store = Store.of(root)

    def call(request: Request) -> Reply:
        return ask_model(request.prompt, request, store, calls.client)

    ask(root, stage, params, recording(root, params.configure.llm, call, live=calls.live), renew=calls.renew)
