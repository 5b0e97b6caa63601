"""Variables that nobody recorded: derived from others (a closed vocabulary), or 1 from a date on."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveFloat, field_validator

Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
By = Literal["mean", "sum", "first", "last", "min", "max", "count", "any"]
Absent = Literal["zero", "null"]


class _Feature(BaseModel):
    """`of` is the variable that it is made from; `asserted_by` says who asked for it."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    of: str
    asserted_by: Literal["person", "model"] = Field(default="person", exclude_if=lambda by: by == "person")


class Window(_Feature):
    """The readings of a step whose local clock lies in `[from, to)`, such as caffeine after 14:00."""

    kind: Literal["window"]
    by: By
    between: tuple[Clock, Clock]
    absent: Absent = "null"


class BeforeSleep(_Feature):
    """The readings of the last `hours` before the night's sleep, on the day on which the evening began.

    `absent: zero` counts a known night without such a reading as 0; a day without a known night stays null.
    """

    kind: Literal["before_sleep"]
    by: By
    hours: Annotated[float, Field(gt=0, le=24)]
    absent: Absent = "null"


class Rolling(_Feature):
    """Mean or sum over a step and the `steps` - 1 steps before it.

    A mean needs at least half of the steps, a sum needs all of them.
    """

    kind: Literal["rolling"]
    by: Literal["mean", "sum"]
    steps: Annotated[int, Field(ge=2, le=366)]


class Load(_Feature):
    """Exponentially fading load: each step adds its value, and what was there before is halved every `half_life` steps.

    Null from a missing step on, until the missing one has faded below a hundredth.
    """

    kind: Literal["load"]
    half_life: PositiveFloat


class Since(_Feature):
    """Steps since the last one with a value above 0; null before the first, and from a missing step to the next one."""

    kind: Literal["since"]


class Count(_Feature):
    """How many readings a step has; a step without any is null, or 0 with `absent: zero`."""

    kind: Literal["count"]
    absent: Absent = "null"


class Coverage(_Feature):
    """Wear time: how many hours of the step have a reading; 0 on a step between the first and the last reading."""

    kind: Literal["coverage"]


class Tag(_Feature):
    """1 on steps with a text that contains `contains` (any case), 0 on steps with other texts only."""

    kind: Literal["tag"]
    contains: Annotated[str, Field(min_length=1)]
    absent: Absent = "null"


Feature = Annotated[Window | BeforeSleep | Rolling | Load | Since | Count | Coverage | Tag, Field(discriminator="kind")]

Derivation = Annotated[Window | BeforeSleep | Rolling | Load | Since | Count | Coverage, Field(discriminator="kind")]
"""What a language model may ask for: all but `tag`, as it is told no text."""


class Intervention(BaseModel):
    """Something that began once and stayed: a column that is 0 before `start` and 1 from it on.

    `start` is a local date (and clock time), or the number of a step counted from 0.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    start: NonNegativeInt | str

    @field_validator("start")
    @classmethod
    def dated(cls, start: int | str) -> int | str:
        """A text is a date."""
        try:
            naive = isinstance(start, int) or datetime.fromisoformat(start).tzinfo is None
        except ValueError:
            naive = False
        if not naive:
            raise ValueError(f"expected a local date such as 2024-03-01 or a step number, got '{start}'")
        return start
