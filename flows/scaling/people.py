"""The flow `cohort`: a task per study, submitted to a task runner; its result is the table."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture, as_completed

from flows.commands.run import Options
from flows.scaling.names import RunnerName
from flows.scaling.rows import Row
from flows.scaling.runners import way_named

Tell = Callable[[Row], None]


@task(task_run_name="{study}", cache_policy=NO_CACHE, persist_result=False)
def answer(study: str, options: dict[str, Any], runner: RunnerName) -> Row:
    """One study, by its whole path: a worker may be in another folder; what happens to it is its row."""
    return way_named(runner).answer(Path(study), Options(**options))


def _row_of(future: PrefectFuture[Row]) -> Row | None:
    """A task raises nothing of its own (`answering`); what comes out of a future is the loss of its worker."""
    try:
        return Row(*future.result())
    except Exception:  # noqa: BLE001 - each runner has its own names for that
        return None


def answered(roots: Sequence[Path], options: Options, workers: int, runner: RunnerName, tell: Tell) -> dict[Path, Row]:
    """The rows of all studies whose task came to an end; where a worker process crashed some have none.

    Raises:
        StudyError: the extra of this runner is not installed.
    """
    way = way_named(runner)

    @flow(
        name="cohort", flow_run_name=f"{len(roots)} studies", task_runner=way.runner(workers), validate_parameters=False
    )
    def cohort() -> dict[Path, Row]:
        roots_of: dict[PrefectFuture[Row], Path] = {
            answer.submit(str(root.resolve()), options._asdict(), runner): root for root in roots
        }
        rows = {}
        for future in as_completed(list(roots_of)):
            row, root = _row_of(future), roots_of[future]
            if row is not None:
                rows[root] = row._replace(study=str(root))
                tell(rows[root])
        create_table_artifact(
            [row._asdict() for row in rows.values()], key="cohort", description="What came of each study"
        )
        return rows

    return cohort()
