"""The state-space model of one candidate graph as a table of places and priors."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt

from schemas.graph import AssertedBy
from schemas.prior import Prior

Matrix = Literal["dynamics", "instant", "inputs", "mean", "process_sd", "measurement_sd", "level_sd"]


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Parameter(_Document):
    """One free number of the model: where it stands, what is believed of it, and who says so.

    `row` names the state it acts on; `column` names the state, input or regressor that acts
    (empty for standard deviations); `lag` is in steps. The prior is in `unit`.
    """

    name: str
    matrix: Matrix
    row: str
    column: str = ""
    lag: NonNegativeInt = 0
    prior: Prior
    unit: str
    asserted_by: AssertedBy
    reason: str


class Cause(_Document):
    """A recorded direct cause of the exposure, `lag` steps before it."""

    name: str
    lag: NonNegativeInt


class ModelSpec(_Document):
    """The linear-Gaussian model of one graph, in the units of the data.

    `y_t = D d_t + z_t + l_t + v_t`,
    `z_t = Gamma z_t + sum_k A_k z_{t-k} + sum_k B_k u_{t-k} + w_t`, `l_t` an optional random-walk level,
    with `A` = dynamics, `Gamma` = instant, `B` = inputs, `D` = mean, `d_t` = regressors.

    `exposure_causes` are the recorded direct causes of the exposure: a step on which one of them is missing says
    nothing about the effect, since exposure and outcome are comparable only given them.
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


class SpecSet(_Document):
    """`model/spec.json`."""

    specs: tuple[ModelSpec, ...] = Field(min_length=1)
    protocol_sha256: str
