"""Doubts about one stretch of the record carrying the answer, about change over time, and about other graphs."""

import numpy as np
from scipy import stats

from schemas.rounding import signed
from ssm_core.effects.contrast import lagged
from ssm_core.robustness.drift import LIMIT, nyblom
from ssm_core.robustness.refits import blocks
from tasks.answering.checks.line import Case, Line, not_applicable, p_value
from tasks.answering.effects import contributing, headline_index
from tasks.fitting.record import column

AGREEMENT = 2.0
BLOCKS, SHORTEST = 10, 5
MOVES = 1.3
"""A block that moves the estimate by more than this many posterior standard deviations carries too much of it: of
clean simulated trials one or two in a hundred have such a block."""
HALVES = 2.6
"""Standard errors; one in a hundred normal differences is larger."""
DAILY_LEVEL = 0.01


def alternative_graphs(case: Case) -> Line:
    """Spread of the estimates over the graphs that give one."""
    draws = [g.quantities[headline_index(g)].draws for g in contributing(case.findings.graphs)]
    present = [d for d in draws if d is not None]
    if len(present) < 2:
        return not_applicable("alternative_graphs", "There is only one graph to estimate the effect with.")
    means, sds = [float(d.mean()) for d in present], [float(d.std()) for d in present]
    spread = (max(means) - min(means)) / max(float(np.mean(sds)), 1e-300)
    sentence = f"The graphs' estimates lie {spread:.1f} posterior standard deviations apart{_weights(case)}."
    return Line("alternative_graphs", "pass" if spread <= AGREEMENT else "warn", float(spread), AGREEMENT, sentence)


def _weights(case: Case) -> str:
    """How the record moved their weights, as the end of that sentence."""
    asserted = {graph.name: graph.weight for graph in case.findings.protocol.graphs}
    total = sum(asserted.values())
    moved = ", ".join(
        f"{g.graph.name} {100 * asserted[g.graph.name] / total:.0f} to {100 * g.graph.weight:.0f} %"
        for g in case.findings.graphs
    )
    kept = case.findings.diagnostics.weights_kept
    rest = (
        f"; lighter graphs with {100 * case.findings.unfitted:.1g} % were not fitted" if case.findings.unfitted else ""
    )
    return (
        f"; the record moved their weights: {moved}" if kept is None else f"; weights as asserted, since {kept}"
    ) + rest


def leave_one_block_out(case: Case) -> Line:
    """Largest move of the estimate when one tenth of the record is set aside, by quick refits."""
    name = "leave_one_block_out"
    if case.main is None or case.refitter is None:
        return not_applicable(name, "There is no Gaussian model to fit again.")
    steps = len(case.ready.design.y)
    if steps < BLOCKS * SHORTEST:
        return not_applicable(name, f"The record is too short to leave a tenth of it out ({steps} steps).")
    whole = case.refitter.without(np.zeros(steps, dtype=bool))
    parts = [case.refitter.without(block) for block in blocks(steps, BLOCKS)]
    if whole is None or any(part is None for part in parts):
        return Line(name, "uninformative", None, MOVES, "A part of the record could not be fitted again.")
    moves = [abs(part.mean - whole.mean) / whole.sd for part in parts if part is not None]
    largest = int(np.argmax(moves))
    low = round(largest * steps / BLOCKS) + 1
    high = round((largest + 1) * steps / BLOCKS)
    sentence = (
        f"Without {case.findings.protocol.step_name}s {low} to {high}, on which it depends most, the estimate moves by "
        f"{moves[largest]:.1f} of its standard deviations."
    )
    return Line(name, "pass" if moves[largest] <= MOVES else "warn", float(moves[largest]), MOVES, sentence)


def halves(case: Case) -> Line:
    """First against second half: the mechanism is assumed to stay the same over the record."""
    name = "first_and_second_half"
    if case.main is None or case.refitter is None:
        return not_applicable(name, "There is no Gaussian model to fit again.")
    steps = len(case.ready.design.y)
    if steps < 2 * BLOCKS * 2:
        return not_applicable(name, f"The record is too short to be halved ({steps} steps).")
    early = np.arange(steps) < steps // 2
    contrast = case.findings.contrast
    sides = (contrast.usable & half & (contrast.exposed == on) for half in (early, ~early) for on in (True, False))
    if min(int(side.sum()) for side in sides) < SHORTEST:
        return not_applicable(name, "One half of the record has too few steps with or without the exposure.")
    first, second = case.refitter.without(~early), case.refitter.without(early)
    if first is None or second is None:
        return Line(name, "uninformative", None, HALVES, "A half of the record could not be fitted by itself.")
    apart = abs(first.mean - second.mean) / float(np.hypot(first.sd, second.sd))
    unit = case.findings.unit
    size = case.findings.protocol.contrast_to - case.findings.protocol.contrast_from
    sentence = (
        f"The effect is {signed(first.mean * size)} {unit} in the first half and {signed(second.mean * size)} in the "
        f"second, {apart:.1f} standard errors apart."
    )
    return Line(name, "pass" if apart <= HALVES else "warn", float(apart), HALVES, sentence)


def daily_spread(case: Case) -> Line:
    """Whether the outcome scatters more on exposed steps: a linear model has one effect for all of them."""
    name = "spread_of_daily_effects"
    if case.main is None:
        return not_applicable(name, "No model was fitted.")
    residual = case.residual
    contrast = case.findings.contrast
    with_, without = (
        residual[side & contrast.usable & ~np.isnan(residual)] for side in (contrast.exposed, ~contrast.exposed)
    )
    if min(with_.size, without.size) < SHORTEST:
        return Line(name, "uninformative", None, None, "Too few steps on one side to compare the scatter.")
    p = float(stats.levene(with_, without).pvalue)
    ratio = float(with_.std(ddof=1) / without.std(ddof=1))
    sentence = (
        f"What the model leaves unexplained scatters {ratio:.2f} times as much with the exposure as without "
        f"({p_value(p)}); the model itself knows one average effect only."
    )
    return Line(name, "pass" if p >= DAILY_LEVEL else "warn", ratio, None, sentence)


def drift(case: Case) -> Line:
    """Whether the effect wanders over the record: Nyblom's test on the prediction errors."""
    name = "drifting_effect"
    if case.main is None:
        return not_applicable(name, "No model was fitted.")
    exposure = lagged(column(case.findings.panel, case.findings.protocol.treatment), case.findings.protocol.lag)
    both = ~np.isnan(exposure) & ~np.isnan(case.residual)
    if both.sum() < 4 * SHORTEST:
        return Line(name, "uninformative", None, LIMIT, "Too few predicted steps to see an effect wander.")
    found = nyblom(exposure[both], case.residual[both])
    does = "wanders" if found > LIMIT else "does not visibly wander"
    sentence = f"The effect {does} over the record (statistic {found:.2f}; one in a hundred stable ones is above 0.74)."
    return Line(name, "warn" if found > LIMIT else "pass", found, LIMIT, sentence)
