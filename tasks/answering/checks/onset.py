"""Doubts about when: a beginning that never was, an exposure that acts sooner or later, steps after a switch."""

from typing import NamedTuple

import numpy as np
import polars as pl

from schemas.rounding import signed
from ssm_core.effects.contrast import lagged
from ssm_core.model.structure import scale_of
from ssm_core.robustness.control import LEVEL, power, two_sided
from ssm_core.robustness.refits import Approximate, Refitter, after_switches
from tasks.answering.checks.line import Case, Line, not_applicable, p_value
from tasks.fitting.record import column

LONG_ENOUGH = 40
"""A pre-period of this many steps: twenty before the pretended beginning and twenty after it."""
DECISIVE = 3.0
"""Natural logarithm of a Bayes factor of 20 (Kass & Raftery, 1995: strong evidence begins there)."""
APART = 2.6
"""Standard errors; one in a hundred normal differences is larger."""
CLEAR = 2.6
"""Standard deviations of an effect at another lag from which on it is told as one."""
FEWEST = 5
NO_MODEL = "There is no Gaussian model to fit again."


def placebo_in_time(case: Case) -> Line:
    """The exposure is pretended to begin halfway through the steps before it really did: nothing may come of it."""
    name, protocol = "placebo_in_time", case.findings.protocol
    if case.refitter is None or case.headline is None:
        return not_applicable(name, NO_MODEL)
    exposure = column(case.findings.panel, protocol.treatment)
    start = _first_change(exposure)
    if start is None or start < LONG_ENOUGH:
        why = f"It needs {LONG_ENOUGH} steps before the exposure first changes; here there are {start or 0}."
        return not_applicable(name, why)
    fit = _pretended(case, exposure, start)
    if fit is None:
        return Line(name, "uninformative", None, LEVEL, "The steps before the exposure began could not be fitted.")
    size, unit = protocol.contrast_to - protocol.contrast_from, case.findings.unit
    p, seen = two_sided(fit.mean, fit.sd), power(case.headline.mean / size, fit.sd)
    sentence = (
        f"Pretending that the exposure began at {protocol.step_name} {start // 2 + 1} of the {start} before it did "
        f"gives {signed(fit.mean * size)} {unit} ({p_value(p)}); a bias as large as the estimate would be noticed in "
        f"{100 * seen:.0f} % of such records."
    )
    return Line(name, "warn" if p < LEVEL else "pass" if seen >= 0.5 else "uninformative", p, LEVEL, sentence)


class OtherLag(NamedTuple):
    """The best model with the exposure acting one step sooner or later, beside the main one.

    Attributes:
        shift: steps later than in the main model; two where a model that begins one step later acts only on the next.
        mean, sd: effect of one unit of the exposure then.
        gain: natural logarithm of the Bayes factor in its favour.
    """

    shift: int
    mean: float
    sd: float
    gain: float

    @property
    def clear(self) -> bool:
        """Whether that effect is told from none."""
        return abs(self.mean) > CLEAR * self.sd


def alternative_lag(case: Case) -> Line:
    """The exposure may act one step sooner or later: evidence of those models on the same steps."""
    name = "alternative_lag"
    if case.refitter is None:
        return not_applicable(name, NO_MODEL)
    if not _acts_directly(case):
        return not_applicable(name, "The exposure acts through a known coefficient, which has no other lag.")
    other, protocol = case.once(other_lag), case.findings.protocol
    if other is None:
        return Line(name, "uninformative", None, DECISIVE, "The model could not be fitted with another lag.")
    size = protocol.contrast_to - protocol.contrast_from
    count = f"{abs(other.shift)} {protocol.step_name}{'s'[: abs(other.shift) > 1]}"
    when = f"{count} {'later' if other.shift > 0 else 'sooner'}"
    how = "more" if other.gain > 0 else "less"
    sentence = (
        f"If the exposure acted {when} the estimate would be {signed(other.mean * size)} {case.findings.unit}, and the "
        f"record speaks {_factor(abs(other.gain))} {how} for that."
    )
    return Line(name, "pass" if other.gain <= DECISIVE else "warn", other.gain, DECISIVE, sentence)


def other_lag(case: Case) -> OtherLag | None:
    """The better of the two that time allows; None where there is no model or none could be fitted."""
    lag, first = case.findings.protocol.lag, int(case.findings.protocol.outcome_first)
    if case.refitter is None or not _acts_directly(case):
        return None
    fits = _acting(case, case.refitter, [shift for shift in (-1, 0, 1) if shift == 0 or lag + shift >= first])
    own = fits.pop(0)
    found = {shift: fit for shift, fit in fits.items() if fit is not None}
    if own is None or not found:
        return None
    shift, fit = max(found.items(), key=lambda item: item[1].log_evidence)
    other = OtherLag(shift, float(fit.mean), float(fit.sd), float(fit.log_evidence - own.log_evidence))
    if shift < 1 or other.clear:
        return other
    model = case.refitter.shifted(1)
    next_one = model._replace(lag=model.lag + 1).to(case.design_on(case.findings.panel, model.spec))
    later = None if next_one is None else other._replace(shift=2, mean=next_one.mean, sd=next_one.sd)
    return later if later is not None and later.clear else other


def _acts_directly(case: Case) -> bool:
    return any(p.matrix == "inputs" and p.column == case.spec.treatment for p in case.spec.parameters)


def washout(case: Case) -> Line:
    """Without the steps that follow each switch, on which the last exposure may still act."""
    name, protocol = "washout_left_out", case.findings.protocol
    if case.main is None or case.refitter is None:
        return not_applicable(name, NO_MODEL)
    before = lagged(column(case.findings.panel, protocol.treatment), protocol.lag)
    out = after_switches(before, _washout_steps(case))
    contrast = case.findings.contrast
    kept = contrast.usable & ~out
    arms = int((kept & contrast.exposed).sum()), int((kept & ~contrast.exposed).sum())
    if min(arms) < FEWEST or sum(arms) < contrast.usable.sum() / 2:
        return not_applicable(name, "The exposure switches too often to leave out what follows each switch.")
    whole, part = case.refitter.without(np.zeros(out.size, dtype=bool)), case.refitter.without(out)
    if whole is None or part is None:
        return Line(name, "uninformative", None, APART, "The record without these steps could not be fitted.")
    noise = np.sqrt(max(part.sd**2 - whole.sd**2, (whole.sd / 4) ** 2))
    apart = float(abs(part.mean - whole.mean) / noise)
    size = protocol.contrast_to - protocol.contrast_from
    sentence = (
        f"Without the {int(out.sum())} {protocol.step_name}s that follow a switch the estimate is "
        f"{signed(part.mean * size)} instead of {signed(whole.mean * size)} {case.findings.unit}."
    )
    return Line(name, "pass" if apart <= APART else "warn", apart, APART, sentence)


def _first_change(exposure: np.ndarray) -> int | None:
    """First step whose exposure is another one than the first recorded; None when there is none."""
    recorded = np.flatnonzero(~np.isnan(exposure))
    other = recorded[exposure[recorded] != exposure[recorded[0]]] if recorded.size else recorded
    return int(other[0]) if other.size else None


def _pretended(case: Case, exposure: np.ndarray, start: int) -> Approximate | None:
    """The steps before `start`, with what happened from `start` on moved to their middle."""
    assert case.refitter is not None
    half = start // 2
    moved = np.concatenate([exposure[:half], exposure[start : 2 * start - half]])
    values = pl.Series(case.findings.protocol.treatment, moved).fill_nan(None)
    panel = case.findings.panel.head(moved.size).with_columns(values)
    standard = case.ready.standard
    scale = scale_of(case.spec, standard.spread, standard.centre, panel.height)
    return case.refitter._replace(scale=scale).to(case.design_on(panel, case.spec))


def _acting(case: Case, refitter: Refitter, shifts: list[int]) -> dict[int, Approximate | None]:
    """The model with the exposure acting so many steps later, each on the same steps: those that all can predict."""
    moved = {shift: refitter.shifted(shift) for shift in shifts}
    designs = {shift: case.design_on(case.findings.panel, model.spec) for shift, model in moved.items()}
    ignorance = np.max([design.ignorance for design in designs.values()], axis=0)
    scored = np.all([design.scored for design in designs.values()], axis=0)
    return {
        shift: model.to(designs[shift]._replace(ignorance=ignorance, scored=scored)) for shift, model in moved.items()
    }


def _washout_steps(case: Case) -> int:
    """Median washout where it is known, at least one step."""
    assert case.main is not None
    draws = next((q.draws for q in case.main.quantities if q.name == "washout"), None)
    middle = np.nan if draws is None else float(np.median(draws))
    return max(1, int(np.ceil(middle))) if np.isfinite(middle) else 1


def _factor(gain: float) -> str:
    return "more than 1000 times" if gain > np.log(1000) else f"{np.exp(gain):.2g} times"
