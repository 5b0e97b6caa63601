"""`.causal-ssm/runs/ID/run.json`: when, how long, what was computed. Clocks are here and in no stage's output."""

import secrets
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from schemas.manifest import RunLog, StageRun
from schemas.stages import STAGE_NAMES, StageName
from tasks.artifacts import write_document
from tasks.meter import listening, spent

Status = Literal["computed", "unchanged", "failed"]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Recorder:
    """Collects what one command did, and keeps the file up to date after every stage."""

    def __init__(self, root: Path, command: str, llm: str) -> None:
        """Begin a run; its ID sorts by time."""
        self.root = root
        self.id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
        self._command, self._llm, self._started = command, llm, _now()
        self._stages: dict[StageName, StageRun] = {}
        self._latencies: list[float] = []
        self._computed = False
        self._frozen: str | None = None

    @contextmanager
    def stage(self, name: StageName) -> Generator[None]:
        """Time one stage; it counts as unchanged unless `computing` is called inside."""
        wall, cpu, self._computed = time.perf_counter(), spent(), False
        failure: str | None = None
        parts: dict[str, float] = {}
        try:
            with listening() as parts:
                yield
        except BaseException as error:
            failure = f"{type(error).__name__}: {error}"
            raise
        finally:
            status: Status = "failed" if failure is not None else "computed" if self._computed else "unchanged"
            self._stages[name] = StageRun(
                stage=name,
                status=status,
                wall_seconds=round(time.perf_counter() - wall, 3),
                cpu_seconds=round(spent() - cpu, 3),
                parts={part: round(seconds, 3) for part, seconds in parts.items()},
                reason=failure or "",
            )
            if name == "configure" and status == "computed":
                self._frozen = _now()
            self.write()

    def computing(self) -> None:
        """The recipe of the present stage runs."""
        self._computed = True

    def called(self, seconds: float) -> None:
        """A language model answered."""
        self._latencies.append(round(seconds, 3))

    @property
    def computed(self) -> tuple[StageName, ...]:
        """Stages whose recipe ran to its end in this run, in order."""
        return tuple(name for name, run in self._stages.items() if run.status == "computed")

    @property
    def confirmed(self) -> tuple[StageName, ...]:
        """Stages that ended well, in order."""
        return tuple(name for name, run in self._stages.items() if run.status != "failed")

    def document(self, finished: str | None = None, error: str | None = None) -> RunLog:
        """The run so far."""
        missing = StageRun(stage="", status="not_reached", wall_seconds=0, cpu_seconds=0)
        return RunLog(
            id=self.id,
            command=self._command,
            started=self._started,
            finished=finished,
            llm=self._llm,
            stages=tuple(self._stages.get(n, missing.model_copy(update={"stage": n})) for n in STAGE_NAMES),
            protocol_frozen=self._frozen,
            calls_recorded=len(self._latencies),
            calls_latency_seconds=tuple(self._latencies),
            error=error,
        )

    def write(self, finished: str | None = None, error: str | None = None) -> None:
        """Write the file as it stands."""
        write_document(self.root / ".causal-ssm" / "runs" / self.id / "run.json", self.document(finished, error))

    @contextmanager
    def whole(self) -> Generator[None]:
        """The run from its first to its last moment; an error is written down and raised on."""
        try:
            yield
        except BaseException as error:
            self.write(_now(), f"{type(error).__name__}: {error}")
            raise
        self.write(_now())
