"""Every estimand with its definition, and the number when it may be shown."""

from schemas.results import Effect, EstimandName
from tasks.answering.assigned import DESIGN
from tasks.reporting import numbers
from tasks.reporting.figures.posterior import posterior
from tasks.reporting.figures.response import response
from tasks.reporting.inputs import Inputs
from tasks.reporting.model import Block, Fields, Section, Table, Text
from tasks.reporting.prose import clean, say
from tasks.reporting.record import step_word
from tasks.reporting.sections.common import WITHHELD, effect_text, figure, steps, table

NAMES: dict[EstimandName, str] = {
    "average_since_beginning": "Average since the beginning",
    "immediate": "Immediate effect",
    "impulse_response": "Impulse response",
    "controlled_direct": "Impulse response, other exposures as recorded",
    "cumulative": "Cumulative effect",
    "steady_state": "Steady state",
    "period_effect": "Period effect",
    "dose_response": "Dose-response",
    "counterfactual": "Counterfactual on the record",
    "strategy": "Strategy",
    "time_to_90": "Time to 90 %",
    "half_life": "Half-life",
    "washout": "Washout",
    "design_based": "By the assignment alone",
    "as_assigned": "As assigned",
    "as_taken": "As taken",
    "per_protocol": "Where the plan was followed",
}
COLUMNS = (
    "Estimand",
    "Definition",
    "Contrast",
    "Horizon",
    "Unit",
    "Estimate",
    numbers.INTERVAL + " interval",
    "Of",
    "Note",
)


def estimands(inputs: Inputs) -> Section:
    """Definitions for every verdict; numbers unless the verdict refuses them."""
    blocks: list[Block] = [Text(_lead(inputs))]
    if inputs.refused:
        return Section("estimands", "Estimands", (*blocks, _table(inputs)))
    drawn = posterior(inputs.verdict)
    if drawn is not None:
        caption = say(
            "Headline effect after the data. The bar spans the {level} interval, the dashed line is no effect; grey: "
            "too small to matter. The curve is drawn through three quantiles, not through the draws.",
            level=numbers.INTERVAL,
        )
        blocks.append(figure("posterior", "What is believed of the effect", caption, drawn))
    blocks.append(Fields(_probabilities(inputs)))
    blocks += [_table(inputs), *_carry_over(inputs)]
    return Section("estimands", "Estimands", tuple(blocks))


def _lead(inputs: Inputs) -> str:
    if inputs.refused:
        return "What would have been estimated. The figures are withheld because of the verdict."
    return (
        "Each line answers another question about the same exposure. Expected: the interval is of the average outcome; "
        "predictive: of the outcome as it would be lived."
    )


def _probabilities(inputs: Inputs) -> tuple[tuple[str, str], ...]:
    verdict = inputs.verdict
    shown = (
        ("Probability of the more likely direction", verdict.prob_direction),
        ("Probability of more than a negligible size", verdict.prob_meaningful),
    )
    return tuple((name, numbers.NONE if value is None else numbers.percent(value)) for name, value in shown)


def _table(inputs: Inputs) -> Table:
    pooled = [
        e
        for e in inputs.effects.effects
        if e.graph in ("pooled", DESIGN) and e.estimand not in ("impulse_response", "controlled_direct")
    ]
    rows = [_row(inputs, e) for name in NAMES for e in pooled if e.estimand == name]
    return table("Estimands, pooled over the candidate graphs", COLUMNS, rows, numeric=(5, 6))


def _may_be_zero(effect: Effect) -> bool:
    """Whether its interval holds both signs; a duration has none of its own."""
    return effect.unit == "steps" or effect.q05 is None or effect.q95 is None or effect.q05 <= 0.0 <= effect.q95


def _row(inputs: Inputs, effect: Effect) -> tuple[str, ...]:
    point, interval = (numbers.NONE, numbers.NONE) if inputs.refused else effect_text(effect)
    note = WITHHELD if inputs.refused else clean(effect.reason or "")
    if inputs.verdict.verdict == "cannot_tell" and point != numbers.NONE and not note and _may_be_zero(effect):
        note = "inconclusive"
    horizon = numbers.NONE if effect.horizon is None else steps(inputs, effect.horizon)
    return (
        NAMES[effect.estimand],
        clean(effect.definition),
        clean(effect.contrast),
        horizon,
        f"{step_word(inputs.audit.step)}s" if effect.unit == "steps" else clean(effect.unit),
        point,
        interval,
        effect.kind,
        note,
    )


def _carry_over(inputs: Inputs) -> list[Block]:
    effects = inputs.shown("impulse_response")
    word = step_word(inputs.audit.step)
    drawn = response(effects, inputs.verdict.outcome, inputs.unit, word)
    if drawn is None:
        missing = next((e.reason for e in effects if e.reason), None)
        return [Text(say("No impulse response: {why}.", why=missing or "none was computed"))]
    caption = say("Expected change after one exposure; band: {level} interval.", level=numbers.INTERVAL)
    widest = max((e.q95 - e.q05 for e in effects if e.q05 is not None and e.q95 is not None), default=None)
    rows = [(numbers.NONE if e.horizon is None else numbers.count(e.horizon), *effect_text(e, widest)) for e in effects]
    rows, faded = _until_zero(rows)
    columns = (f"{word.capitalize()}s after", "Change", numbers.INTERVAL + " interval")
    return [
        figure("response", "How the effect unfolds and fades", caption, drawn),
        table("Impulse response" + faded, columns, rows, numeric=(0, 1, 2)),
    ]


def _until_zero(rows: list[tuple[str, str, str]]) -> tuple[list[tuple[str, str, str]], str]:
    """The rows up to the first from which on everything rounds to zero, and a remark when some are left out."""
    shown = len(rows)
    while shown > 1 and not any(
        character in "123456789" for _, *texts in rows[shown - 1 :] for character in "".join(texts)
    ):
        shown -= 1
    if shown + 1 >= len(rows):
        return rows, ""
    return rows[: shown + 1], f" (zero to this precision from then on, up to {rows[-1][0]})"
