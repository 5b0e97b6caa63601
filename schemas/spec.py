"""The state-space model of one candidate graph as a table of places and priors."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveFloat

from schemas.graph import AssertedBy
from schemas.prior import Prior

Matrix = Literal[
    "dynamics",
    "instant",
    "inputs",
    "process_sd",
    "shared",
    "loading",
    "mean",
    "measurement_sd",
    "level_sd",
    "slope_sd",
    "coefficient_sd",
]
"""Terms of the model. Rows are states in the first five, recorded series in the others. Columns: a state (dynamics,
instant, loading), an input (inputs), a hidden cause (shared), a regressor (mean, coefficient_sd), nothing."""


EXPOSURE = "__exposure"
"""Behind the name of a graph: its model of how the exposure comes about."""


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Place(_Document):
    matrix: Matrix
    row: str
    column: str = ""
    lag: NonNegativeInt = 0


class Parameter(_Place):
    """One free number of the model: where it stands, what is believed of it, and who says so.

    `row` names what it acts on; `column` names what acts (empty for standard deviations); `lag` is in steps. The prior
    is in `unit`. `form` is how the cause enters: so far in proportion to its value.
    """

    name: str
    form: Literal["linear"] = "linear"
    prior: Prior
    unit: str
    asserted_by: AssertedBy
    reason: str


class Constant(_Place):
    """A known number in the model, in the units of the data: an anchor of scale (a loading of one), a fixed noise."""

    value: float = Field(allow_inf_nan=False)


class Cause(_Document):
    """A recorded direct cause of the exposure, `lag` steps before it."""

    name: str
    lag: NonNegativeInt


class Series(_Document):
    """One recorded series: how it comes about from the states, and which column holds its known error (a sd)."""

    name: str
    family: str = "gaussian"
    options: dict[str, float] = {}
    error: str | None = None


class DiscreteTime(_Document):
    """`z_t = Gamma z_t + sum_k A_k z_{t-k} + sum_k B_k u_{t-k} + w_t`, one equation per step."""

    kind: Literal["discrete"] = "discrete"


class ContinuousTime(_Document):
    """`dz = (A z + B u) dt + G dW`, sampled at the times of the record; rates are per `unit`.

    `dynamics` (lag 1) holds the drift, `inputs` (lag 0) what an input that is held since the step before adds per unit
    of time, `process_sd` and `shared` the diffusion per square root of a unit.
    """

    kind: Literal["continuous"] = "continuous"
    unit: Literal["hour", "day", "week"] = "day"


Time = Annotated[DiscreteTime | ContinuousTime, Field(discriminator="kind")]


class ModelSpec(_Document):
    """The linear-Gaussian model of one graph, in the units of the data.

    `y_t = D d_t + C z_t + l_t + beta_t d_t + v_t`, `z_t` as `time` says, with `A` = dynamics, `Gamma` = instant,
    `B` = inputs, `C` = loading, `D` = mean, `d_t` = regressors, `w_t ~ N(0, diag(process_sd^2) + shared shared')`;
    `l_t` an optional level: a random walk (`level_sd`) with an optional slope (`slope_sd`); `beta_t` optional random
    walks of coefficients (`coefficient_sd`).

    Without `series` every state is recorded as itself. `start_sd` is the standard deviation of the first state, in
    spreads of each. `exposure_causes` are the recorded direct causes of the exposure: a step on which one of them is
    missing says nothing about the effect, since exposure and outcome are comparable only given them.
    """

    graph: str
    weight: float = Field(ge=0, le=1)
    treatment: str
    outcome: str
    lag: NonNegativeInt
    states: tuple[str, ...]
    inputs: tuple[str, ...]
    regressors: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    exposure_causes: tuple[Cause, ...] = ()
    series: tuple[Series, ...] = ()
    constants: tuple[Constant, ...] = ()
    time: Time = DiscreteTime()
    start_sd: PositiveFloat = 10.0

    @property
    def recorded(self) -> tuple[Series, ...]:
        """The series that are observed."""
        return self.series or tuple(Series(name=name) for name in self.states)

    @property
    def exposure_index(self) -> frozenset[str]:
        """States behind the recorded exposure: they answer to its causes and act on nothing."""
        return frozenset(c.column for c in self.constants if c.matrix == "loading" and c.row == self.treatment)


class SpecSet(_Document):
    """`model/spec.json`: the model of each graph.

    `exposures` say how the exposure comes about, for graphs in which it answers to itself or to what it changes; their
    `graph` is the name of the graph with `__exposure` behind it, and their outcome is the exposure.
    """

    specs: tuple[ModelSpec, ...] = Field(min_length=1)
    exposures: tuple[ModelSpec, ...] = ()
    protocol_sha256: str
