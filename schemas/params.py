"""`params.yaml`: every key of every stage, typed; unknown keys are refused."""

from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    field_validator,
    model_validator,
)

from schemas.deciding import Estimate
from schemas.features import Feature, Intervention
from schemas.prior import Prior
from schemas.results import KnownTruth
from schemas.section import SECTION

Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Lag = Annotated[int, Field(ge=0, le=31)]
Aggregate = Literal["auto", "mean", "sum", "first", "last", "min", "max", "count", "any"]


class _Section(BaseModel):
    model_config = SECTION


class Contrast(_Section):
    """The two values of the exposure that are compared: texts for a two-valued text column, numbers otherwise."""

    exposed: float | str
    reference: float | str


class Design(_Section):
    """How a randomised exposure was assigned.

    A unit is `period` steps for which one toss holds. `coin`: each unit for itself; `complete`: a fixed number of
    exposed units in random order; `blocks`: units in random order within blocks of `block` (pairs: 2); `periods`: the
    runs of equal exposure as they are, in random order.
    """

    kind: Literal["coin", "complete", "blocks", "periods"]
    block: Annotated[int, Field(ge=2)] = 2
    period: Annotated[int, Field(ge=1)] = 1

    @model_validator(mode="after")
    def runs_have_lengths_of_their_own(self) -> Self:
        """Whole runs are units whatever their length."""
        if self.kind == "periods" and self.period != 1:
            raise ValueError(
                "periods are the runs of the record; for tosses that hold for a fixed number use coin or blocks"
            )
        return self


class Study(_Section):
    """The question and what is declared about the design."""

    name: str = "study"
    question: str = ""
    treatment: str | None = None
    outcome: str | None = None
    lag: Lag | None = None
    contrast: Contrast | None = None
    timezone: str | None = None
    randomised: bool = False
    design: Design | None = None
    planned: str | None = None
    effect_of: Literal["assigned", "taken"] = "assigned"
    guessed: str | None = None
    known_truth: KnownTruth | None = None


class Source(_Section):
    """How to read one file of `data/raw`; `auto` and null are decided from the file and told in the audit."""

    path: str
    adapter: str = "auto"
    sheet: str | None = None
    layout: Literal["auto", "wide", "long", "events"] = "auto"
    time: str | None = None
    end: str | None = None
    variable: str | None = None
    value: str | None = None
    unit: str | None = None
    date_format: str | None = None
    decimal: Literal["auto", "comma", "point"] = "auto"
    subject: str | None = None
    ignore: tuple[str, ...] = ()


class Variable(_Section):
    """How one variable becomes one number per step.

    `after` keeps only the readings that follow the step's first event of that variable;
    `between` keeps only the readings whose local clock lies in `[from, to)`; `levels` are all words of a graded text
    from lowest to highest, which become 0, 1, 2 and so on.
    """

    aggregate: Aggregate = "auto"
    unit: str | None = None
    kind: Literal["auto", "continuous", "count", "binary", "ordinal", "categorical"] = "auto"
    levels: tuple[str, ...] | None = None
    low: float | None = None
    high: float | None = None
    after: str | None = None
    between: tuple[Clock, Clock] | None = None
    join: Literal["same_step", "next_within"] = "same_step"
    within_hours: PositiveFloat = 24.0

    @field_validator("levels")
    @classmethod
    def in_one_order(cls, levels: tuple[str, ...] | None) -> tuple[str, ...] | None:
        """Two words or more, each once."""
        if levels is not None and not 2 <= len(levels) == len({word.strip().casefold() for word in levels}):
            raise ValueError(f"expected two words or more, each once, got {', '.join(levels) or 'none'}")
        return levels


class Exposure(_Section):
    """A binary exposure made from an event log: 1 = an `active` event, 0 = a `comparator` event.

    `absent` says what a step without either event is: `zero` (not taken) or `null` (not in the comparison).
    """

    active: str
    comparator: str | None = None
    absent: Literal["zero", "null"]


class Ingest(_Section):
    """Stage ingest."""

    step: Literal["auto", "1h", "2h", "3h", "4h", "6h", "8h", "12h", "1d", "1w", "1mo", "row"] = "auto"
    day_starts_at: Clock = "00:00"
    nights: Literal["wake", "asleep"] = "wake"
    subject: str | None = None
    devices: dict[str, tuple[str, ...]] = {}
    sources: tuple[Source, ...] = ()
    exposures: dict[str, Exposure] = {}
    interventions: dict[str, Intervention] = {}
    variables: dict[str, Variable] = {}
    features: dict[str, Feature] = {}

    @field_validator("exposures")
    @classmethod
    def named_apart(cls, exposures: dict[str, Exposure]) -> dict[str, Exposure]:
        """The panel's own columns keep their names."""
        if taken := {"step", "start", ""} & set(exposures):
            raise ValueError(f"an exposure cannot be called '{min(taken)}'")
        return exposures


class Explore(_Section):
    """Stage explore."""

    max_lag: PositiveInt = 7


class EdgeRule(_Section):
    """A direct cause that a person requires or forbids; without `lag`: at every lag."""

    source: str = Field(alias="from")
    target: str = Field(alias="to")
    lag: Lag | None = None


class HiddenCause(_Section):
    """A node of the graphs that nobody recorded; its edges stand among those that are required."""

    memory: bool = True
    reason: str = ""


class Assertion(_Section):
    """A person's word that nothing unrecorded drives both exposure and outcome."""

    asserted_by: Literal["person"] = "person"
    reason: str = Field(min_length=1)


class Llm(_Section):
    """Which language model answers, and whether recorded replies are used at all."""

    mode: Literal["off", "replay"] = "off"
    model: str = ""
    base_url: str | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.0
    seed: int = 0
    features: Literal["off", "propose", "derive"] = "derive"
    graph_samples: PositiveInt = 1
    prior_samples: Annotated[int, Field(ge=1, le=5)] = 3
    priors_as: Literal["parameters", "quantiles"] = "parameters"
    pairwise: bool = False
    pair_lag: Annotated[int, Field(ge=0, le=3)] = 1
    pair_samples: PositiveInt = 8
    max_calls: PositiveInt = 40
    max_total_tokens: PositiveInt = 1_000_000
    max_tokens: PositiveInt = 4000
    timeout_seconds: PositiveFloat = 120.0


class Components(_Section):
    """Parts of the outcome's mean; `auto` decides by the length of the record."""

    trend: Literal["auto", "none", "linear", "smooth", "random_walk", "local"] = "auto"
    weekday: Literal["auto", "none", "yes"] = "auto"
    annual: Annotated[int, Field(ge=0, le=6)] = 0
    carry_over: bool = True


class Discovery(_Section):
    """Candidate graphs that the record adds to those of person, model and rules."""

    graphs: NonNegativeInt = 2
    lags: Annotated[int, Field(ge=1, le=7)] = 1
    unasserted: Annotated[float, Field(gt=0, le=0.5)] = 0.1
    share: Annotated[float, Field(gt=0, lt=1)] = 0.2
    least: Annotated[float, Field(ge=0, le=1)] = 0.05


class Configure(_Section):
    """Stage configure."""

    llm: Llm = Llm()
    require: tuple[EdgeRule, ...] = ()
    forbid: tuple[EdgeRule, ...] = ()
    hidden: dict[str, HiddenCause] = {}
    roles: dict[str, Literal["confounder", "mediator", "collider", "ignore"]] = {}
    no_hidden_common_cause: Assertion | None = None
    strict: bool = False
    max_adjusters: NonNegativeInt = 8
    discovery: Discovery = Discovery()
    components: Components = Components()
    priors: dict[str, Prior] = {}


class Nuts(_Section):
    """The reference sampler."""

    chains: PositiveInt = 4
    warmup: PositiveInt = 500
    draws: PositiveInt = 1000
    target_accept: Annotated[float, Field(gt=0.5, lt=1)] = 0.9
    max_tree_depth: PositiveInt = 10


class Infer(_Section):
    """Stage infer."""

    kernel: Literal["auto", "native", "jax"] = "auto"
    sampler: Literal["fast", "nuts"] = "fast"
    seed: int = 20260101
    chains: Annotated[int, Field(ge=2, le=256)] = 16
    draws: Annotated[int, Field(ge=20)] = 100
    most_draws: Annotated[int, Field(ge=20)] = 4000
    ess: PositiveFloat = 2000
    rhat: Annotated[float, Field(gt=1)] = 1.005
    starts: Annotated[int, Field(ge=1, le=256)] = 16
    target_accept: Annotated[float, Field(gt=0.5, lt=1)] = 0.9
    nuts: Nuts = Nuts()
    graph_weights: Literal["data", "prior"] = "data"
    most_graphs: PositiveInt = 8
    min_steps: PositiveInt = 10
    update: Literal["refit", "reweight"] = "refit"
    update_every: Annotated[int, Field(ge=2)] = 14

    @model_validator(mode="after")
    def fast_if_reweighted(self) -> Self:
        """Only the fast sampler's draws are reweighted."""
        if self.update == "reweight" and self.sampler != "fast":
            raise ValueError("update: reweight needs sampler: fast")
        return self


class Report(_Section):
    """Stage report."""

    audience: Literal["lay", "technical"] = "lay"
    narrative_attempts: PositiveInt = 3


class StudyParams(_Section):
    """The whole file."""

    study: Study = Study()
    ingest: Ingest = Ingest()
    explore: Explore = Explore()
    configure: Configure = Configure()
    infer: Infer = Infer()
    estimate: Estimate = Estimate()
    report: Report = Report()
