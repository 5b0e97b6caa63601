"""The statistical model: equations, and priors with their reasons."""

from typing import assert_never

from schemas.prior import Beta, Gamma, HalfNormal, LogNormal, Normal, Prior, StudentT, TruncatedNormal
from schemas.spec import ModelSpec, Parameter
from tasks.reporting.inputs import Inputs
from tasks.reporting.model import Block, Fields, Formulas, Section, Text
from tasks.reporting.numbers import plain as shown
from tasks.reporting.prose import clean, listed
from tasks.reporting.sections.common import ASSERTED, table, terms

EQUATIONS = (
    (
        "yₜ = D dₜ + C zₜ + lₜ + βₜ dₜ + vₜ",
        "what is recorded: a mean, the moving state (C is one unless a series has loadings), a drifting level, "
        "drifting coefficients, measurement noise",
    ),
    ("zₜ = Γ zₜ + Σₖ Aₖ zₜ₋ₖ + Σₖ Bₖ uₜ₋ₖ + wₜ", "how the state moves: within the step, by its past, by the exposures"),
    ("lₜ = lₜ₋₁ + sₜ₋₁ + eₜ, sₜ = sₜ₋₁ + gₜ", "the level and its slope, when the model has them: random walks"),
    ("wₜ ~ N(0, diag(q²) + Λ Λ′)", "noise of the state; Λ, when there is one, is what a hidden cause shares out"),
    ("vₜ, eₜ, gₜ independent, normal", "noise of the measurement, of the level, of its slope"),
)
PLACES = {
    "dynamics": "A, own past and lagged causes",
    "instant": "Γ, causes within the step",
    "inputs": "B, exposures",
    "mean": "D, mean and calendar",
    "process_sd": "standard deviation of w",
    "measurement_sd": "standard deviation of v",
    "level_sd": "standard deviation of e",
    "slope_sd": "standard deviation of g",
    "loading": "C, how a series shows a state",
    "shared": "Λ, noise shared through a hidden cause",
    "coefficient_sd": "standard deviation of the steps of β",
}
COLUMNS = ("Parameter", "Where it stands", "Acts on", "Through", "Prior", "Unit", "Asserted by", "Reason")


def equations(inputs: Inputs) -> Section:
    """Equations once, then states, inputs and priors per graph."""
    blocks: list[Block] = [
        Text("A linear Gaussian state-space model in the units of the data; states are summed out exactly."),
        Formulas(EQUATIONS),
    ]
    for spec in inputs.specs.specs:
        blocks += [Fields(_facts(spec)), table(f"Priors of “{spec.graph}”", COLUMNS, map(_row, spec.parameters))]
    checks = inputs.protocol.prior_checks.items()
    if checks:
        rows = ((name, "yes" if c.passed else "NO", clean(c.sentence)) for name, c in checks)
        blocks.append(table("What the priors expect before the data", ("Graph", "Plausible", "What it says"), rows))
    return Section("model", "Model and priors", tuple(blocks))


def _facts(spec: ModelSpec) -> tuple[tuple[str, str], ...]:
    parts = (("States", spec.states), ("Inputs", spec.inputs), ("Calendar and mean terms", terms(spec.regressors)))
    named = tuple((title, listed([clean(name) for name in names], 20) or "none") for title, names in parts)
    return (("Graph", spec.graph), *named)


def _row(parameter: Parameter) -> tuple[str, ...]:
    lag = f", lag {parameter.lag}" if parameter.lag else ""
    return (
        clean(parameter.name),
        PLACES[parameter.matrix] + lag,
        clean(parameter.row),
        clean(parameter.column) or "itself",
        prior_text(parameter.prior),
        clean(parameter.unit),
        ASSERTED[parameter.asserted_by],
        clean(parameter.reason),
    )


def prior_text(prior: Prior) -> str:
    """A prior as it was stated."""
    match prior:
        case Normal():
            return f"Normal({shown(prior.mean)}, sd {shown(prior.sd)})"
        case TruncatedNormal():
            between = f"between {shown(prior.low)} and {shown(prior.high)}"
            return f"Normal({shown(prior.mean)}, sd {shown(prior.sd)}) {between}"
        case StudentT():
            return f"Student-t({shown(prior.mean)}, scale {shown(prior.scale)}, df {shown(prior.df)})"
        case HalfNormal():
            return f"Half-normal(sd {shown(prior.sd)})"
        case LogNormal():
            return f"Log-normal(median {shown(prior.median)}, log sd {shown(prior.log_sd)})"
        case Gamma():
            return f"Gamma(shape {shown(prior.shape)}, rate {shown(prior.rate)})"
        case Beta():
            return f"Beta({shown(prior.a)}, {shown(prior.b)})"
        case _:
            assert_never(prior)
