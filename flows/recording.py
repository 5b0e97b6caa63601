"""Before a stage replays: ask the language model what was never recorded, as Prefect tasks with retries."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from prefect import Task, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import exponential_backoff

from schemas.params import StudyParams
from schemas.recording import Reply, Request
from schemas.stages import StageName
from tasks.llm.budget import Client
from tasks.llm.exchange import Answerer, call_and_store, recording
from tasks.llm.faults import Transient
from tasks.llm.store import Store

RETRIES = 4

Ask = Callable[[Path, StudyParams, Answerer], None]


def _ask_configure(root: Path, params: StudyParams, answer: Answerer) -> None:
    from tasks.configure import ask  # noqa: PLC0415 - a replaying run never needs it

    ask(root, params, answer)


def _ask_report(root: Path, params: StudyParams, answer: Answerer) -> None:
    from tasks.report import ask  # noqa: PLC0415 - as above

    ask(root, params, answer)


ASKING: dict[StageName, Ask] = {"configure": _ask_configure, "report": _ask_report}


def worth_another_try(task: Task[..., Any], run: TaskRun, state: State[Any]) -> bool:  # noqa: ARG001 - Prefect's signature
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
def ask_model(role: str, request: Request, store: Store, client: Client) -> Reply:  # noqa: ARG001 - named in Prefect
    """One request to the model's server; the reply is stored before anything uses it."""
    return call_and_store(request, store, client)


class Calls(NamedTuple):
    """The metered client of this run; `live` asks again for what is recorded."""

    client: Client
    live: bool


def record_missing(root: Path, stage: StageName, params: StudyParams, calls: Calls) -> None:
    """Ask and store what the stage will want to replay.

    Raises:
        Transient: the server was out of order through every retry.
        StudyError: a fault that another try does not cure; what was stored stays.
    """
    if params.configure.llm.mode != "replay" or stage not in ASKING:
        return
    store = Store.of(root)

    def call(request: Request) -> Reply:
        return ask_model(request.prompt, request, store, calls.client)

    ASKING[stage](root, params, recording(root, params.configure.llm, call, live=calls.live))
