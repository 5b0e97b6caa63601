"""What has to hold before a number is shown, as gates with their figure and a sentence."""

from collections.abc import Sequence

import numpy as np

from schemas.results import Gate
from ssm_core.checks.convergence import Convergence
from ssm_core.checks.predictive import Adequacy
from ssm_core.effects.contrast import Contrast

RHAT, ESS, DIVERGENT, EBFMI, MINOR = 1.01, 400.0, 0.001, 0.3, 0.05
GROSS_COVERAGE, GROSS_AUTOCORRELATION, CALIBRATION = 0.7, 0.6, 0.01


def sampler_gates(divergent: float, ebfmi: float, parameters: Sequence[Convergence]) -> dict[str, Gate]:
    """Divergences and energy are hard; R-hat and effective size of single parameters only warn.

    The hard R-hat and ESS gates are on what is reported, see `convergence_gates`.
    """
    worst = max(c.rhat for c in parameters)
    smallest = min(min(c.ess_bulk, c.ess_tail) for c in parameters)
    return {
        "divergences": Gate(
            passed=divergent <= DIVERGENT, value=divergent, threshold=DIVERGENT, hard=True,
            sentence=f"{100 * divergent:.2g} % of the sampler's steps diverged.",
        ),
        "energy": _energy_gate(ebfmi),
        "rhat_parameters": Gate(
            passed=worst <= RHAT, value=worst, threshold=RHAT, hard=False,
            sentence=f"The largest R-hat of any parameter is {worst:.4f}.",
        ),
        "ess_parameters": Gate(
            passed=smallest >= ESS, value=smallest, threshold=ESS, hard=False,
            sentence=f"The smallest effective number of draws of any parameter is {smallest:.0f}.",
        ),
    }  # fmt: skip


def _energy_gate(ebfmi: float) -> Gate:
    if np.isnan(ebfmi):
        why = "The energy fraction does not apply: the density changes with the auxiliary variables that are drawn."
        return Gate(passed=True, value=None, threshold=EBFMI, hard=True, sentence=why)
    sentence = f"The sampler's energy fraction (E-BFMI) is {ebfmi:.2f}."
    return Gate(passed=ebfmi >= EBFMI, value=ebfmi, threshold=EBFMI, hard=True, sentence=sentence)


def mode_gate(shares: Sequence[float]) -> dict[str, Gate]:
    """One mode, or minor ones that hold next to nothing; nothing is said when none were sought."""
    if not shares:
        return {}
    minor = max(shares[1:], default=0.0)
    found = (
        "One mode was found."
        if len(shares) == 1
        else (f"{len(shares)} modes were found; the largest minor one holds {100 * minor:.2g} % of the probability.")
    )
    return {"modes": Gate(passed=minor <= MINOR, value=minor, threshold=MINOR, hard=False, sentence=found)}


def convergence_gates(estimands: Sequence[Convergence], rhat: float, ess: float) -> dict[str, Gate]:
    """R-hat and effective sample size of everything that is reported."""
    worst = max(c.rhat for c in estimands)
    smallest = min(min(c.ess_bulk, c.ess_tail) for c in estimands)
    return {
        "rhat": Gate(
            passed=worst <= rhat, value=worst, threshold=rhat, hard=True,
            sentence=f"The chains agree: the largest R-hat of a reported effect is {worst:.4f}."
            if worst <= rhat else f"The chains disagree: R-hat of a reported effect is {worst:.4f}.",
        ),
        "ess": Gate(
            passed=smallest >= ess, value=smallest, threshold=ess, hard=True,
            sentence=f"The smallest effective number of draws of a reported effect is {smallest:.0f}.",
        ),
    }  # fmt: skip


def predictive_gates(checks: Adequacy) -> dict[str, Gate]:
    """Only a gross failure of the one-step predictions is hard; a calibration p-value warns."""
    if np.isnan(checks.coverage):
        nothing = "Too few one-step predictions to check the model."
        return {"prediction": Gate(passed=False, value=None, threshold=GROSS_COVERAGE, hard=True, sentence=nothing)}
    return {
        "prediction": Gate(
            passed=checks.coverage >= GROSS_COVERAGE, value=checks.coverage, threshold=GROSS_COVERAGE, hard=True,
            sentence=f"{100 * checks.coverage:.0f} % of {checks.steps} steps lie in their 90 % prediction interval.",
        ),
        "residual_autocorrelation": Gate(
            passed=abs(checks.autocorrelation) <= GROSS_AUTOCORRELATION, value=checks.autocorrelation,
            threshold=GROSS_AUTOCORRELATION, hard=True,
            sentence=f"Neighbouring prediction errors correlate by {checks.autocorrelation:+.2f}.",
        ),
        "calibration": Gate(
            passed=checks.uniformity >= CALIBRATION, value=checks.uniformity, threshold=CALIBRATION, hard=False,
            sentence=f"Calibration of the predictions: Kolmogorov-Smirnov p = {checks.uniformity:.3f}.",
        ),
    }  # fmt: skip


def positivity_gates(contrast: Contrast, min_steps: int, min_switches: int) -> dict[str, Gate]:
    """Enough steps on both sides, and the exposure went back and forth."""
    fewest = min(contrast.n_exposed, contrast.n_unexposed)
    return {
        "positivity": Gate(
            passed=fewest >= min_steps, value=float(fewest), threshold=float(min_steps), hard=True,
            sentence=f"{contrast.n_exposed} steps with exposure, {contrast.n_unexposed} without.",
        ),
        "switches": Gate(
            passed=contrast.switches >= min_switches, value=float(contrast.switches), threshold=float(min_switches),
            hard=True, sentence=f"The exposure changed {contrast.switches} times.",
        ),
    }  # fmt: skip
