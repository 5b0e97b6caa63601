"""Short ways to write down a model for a simulation study."""

from schemas.prior import Beta, HalfNormal, LogNormal, Normal, Prior, TruncatedNormal
from schemas.spec import Constant, ContinuousTime, DiscreteTime, Matrix, ModelSpec, Parameter, Series

EFFECT = Normal(mean=0.0, sd=1.0)
WEAK = Normal(mean=0.0, sd=0.3)
CENTRE = Normal(mean=0.0, sd=2.0)
MEMORY = TruncatedNormal(mean=0.2, sd=0.4, low=-0.99, high=0.99)
PERSISTENCE = Beta(a=3.0, b=2.0)
SPREAD = LogNormal(median=0.8, log_sd=0.5)
POSITIVE = HalfNormal(sd=1.0)


def free(matrix: Matrix, row: str, column: str = "", lag: int = 0, prior: Prior = EFFECT) -> Parameter:
    """One free number; its name says where it stands."""
    place = ", ".join(part for part in (row, column) if part)
    name = f"{matrix}({place})" + (f" lag {lag}" if lag else "")
    return Parameter(name=name, matrix=matrix, row=row, column=column, lag=lag, prior=prior, unit="",
                     asserted_by="rule", reason="simulation study")  # fmt: skip


def fixed(matrix: Matrix, row: str, column: str = "", value: float = 1.0) -> Constant:
    """One known number."""
    return Constant(matrix=matrix, row=row, column=column, value=value)


def model(
    name: str,
    parameters: list[Parameter],
    *,
    states: tuple[str, ...] = ("y",),
    inputs: tuple[str, ...] = ("x",),
    regressors: tuple[str, ...] = ("intercept",),
    series: tuple[Series, ...] = (),
    constants: tuple[Constant, ...] = (),
    time: DiscreteTime | ContinuousTime = DiscreteTime(),  # noqa: B008 - frozen
    start_sd: float = 2.0,
) -> ModelSpec:
    """A spec whose exposure is `x` and whose outcome is `y`."""
    return ModelSpec(graph=name, weight=1.0, treatment="x", outcome="y", lag=0, states=states, inputs=inputs,
                     regressors=regressors, parameters=tuple(parameters), series=series, constants=constants,
                     time=time, start_sd=start_sd)  # fmt: skip
