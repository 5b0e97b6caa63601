"""The first screen: verdict, answer, picture, how sure, why, what next."""

from schemas.results import EstimandName, Headline, Verdict, VerdictName
from tasks.answering.reasons import except_for
from tasks.answering.told import condition_of, first_doubts
from tasks.reporting import numbers
from tasks.reporting.figures import picture
from tasks.reporting.inputs import Inputs
from tasks.reporting.model import Figure, Lay
from tasks.reporting.narrative import Words
from tasks.reporting.prose import clean, listed, say, sentence
from tasks.reporting.record import Names, contrast, names, step_word, steps
from tasks.reporting.sections.common import figure

LABELS: dict[VerdictName, str] = {
    "effect": "A difference was found",
    "no_meaningful_effect": "No difference that matters",
    "cannot_tell": "Cannot tell yet",
    "not_identified": "These data cannot answer this",
    "not_trustworthy": "The calculation cannot be trusted",
}
ESTIMANDS: dict[EstimandName, str] = {
    "immediate": "effect of one exposure",
    "average_since_beginning": "average effect since it began",
    "impulse_response": "course of the effect",
    "controlled_direct": "course of the effect, other exposures as they were",
    "cumulative": "cumulative effect",
    "steady_state": "effect of lasting exposure",
    "period_effect": "effect of exposure all the time versus never",
    "dose_response": "effect of a dose",
    "counterfactual": "what the exposure did on these days",
    "strategy": "effect of following a rule",
    "time_to_90": "time until the effect has built up",
    "half_life": "half-life",
    "washout": "washout",
    "design_based": "effect by the assignment alone",
    "as_assigned": "effect of what was assigned",
    "as_taken": "effect of what was taken",
    "per_protocol": "effect where the plan was followed",
}
SAME = 0.25


def lay(inputs: Inputs, words: Words) -> Lay:
    """The first screen of these results."""
    verdict = inputs.verdict
    called = names(inputs.catalog, verdict.treatment)
    certainty, probability, gauge = _certainty(verdict)
    return Lay(
        verdict=verdict.verdict,
        label=LABELS[verdict.verdict],
        answer=sentence(words.answer),
        caveat=_caveat(inputs),
        truth=_truth(inputs),
        certainty=certainty,
        probability=probability,
        gauge=gauge,
        how_sure=words.how_sure,
        why=words.why,
        comparison=_comparison(inputs, called),
        reasons=_reasons(verdict, words),
        doubts=_doubts(verdict),
        what_next=words.what_next,
        picture=_picture(inputs, called),
    )


def _reasons(verdict: Verdict, words: Words) -> tuple[str, ...]:
    """What stands in the way of an answer, unless the words already say it."""
    if verdict.verdict in ("effect", "no_meaningful_effect"):
        return ()
    return tuple(sentence(r) for r in verdict.reasons if clean(r).rstrip(".") not in words.why)


def _doubts(verdict: Verdict) -> tuple[str, ...]:
    doubts, more = first_doubts(verdict.doubts)
    return tuple(sentence(said) for said in (*doubts, more) if said)


def _caveat(inputs: Inputs) -> str:
    if inputs.protocol.taken is not None and not inputs.refused:
        return say("This is the effect of what was assigned ({x}), followed or not.", x=inputs.verdict.treatment)
    if inputs.protocol.randomised or inputs.refused:
        return ""
    if condition := condition_of(inputs.verdict.reasons):
        return f"Nothing was assigned at random. {sentence(condition)}"
    return say(
        "Nothing was assigned at random: all of this holds if nothing unrecorded drives both {x} and {y}{but}.",
        x=inputs.verdict.treatment,
        y=inputs.verdict.outcome,
        but=except_for(inputs.protocol),
    )


def _truth(inputs: Inputs) -> str:
    truth = inputs.verdict.known_truth
    if truth is None:
        return ""
    if inputs.refused:
        return "This is a simulated person. The true effect is known but left out, because no estimate is shown."
    same = next((e for e in inputs.shown(truth.estimand) if e.q05 is not None and e.q95 is not None), None)
    low, high = (same.q05, same.q95) if same else (None, None)
    value = numbers.with_unit(numbers.significant(truth.value, sign=True), truth.unit)
    line = say("Simulated person: the true {name} is {value}", name=ESTIMANDS[truth.estimand], value=value)
    if same is None or same.mean is None or low is None or high is None:
        return line + "."
    return line + say(
        "; this analysis says {mean} ({interval}).",
        mean=numbers.estimate(same.mean, low, high, sign=True),
        interval=numbers.interval(low, high, sign=True),
    )


def _certainty(verdict: Verdict) -> tuple[str, str, float | None]:
    """A word, its probability as text, and the probability."""
    match verdict.verdict:
        case "effect" if verdict.prob_direction is not None:
            word = "Very likely" if verdict.prob_direction <= 0.99 else "Almost certain"
            word += f", unless {clean(verdict.unless)}" if verdict.unless else ""
            return word, numbers.percent(verdict.prob_direction), verdict.prob_direction
        case "no_meaningful_effect" if verdict.prob_meaningful is not None:
            inside = 1 - verdict.prob_meaningful
            return "Very likely too small to matter", numbers.percent(inside), inside
        case "cannot_tell":
            return "Undecided", "", None
        case _:
            return "No answer", "", None


def _comparison(inputs: Inputs, called: Names) -> str:
    """Naive difference next to the estimate, and the reason for the gap."""
    verdict, naive = inputs.verdict, inputs.verdict.naive_difference
    estimate = verdict.estimate
    if inputs.refused or estimate is None:
        return "The plain difference between the two kinds of days is not shown here: it would be read as the answer."
    if naive.mean is None:
        return ""
    shown = numbers.with_unit(numbers.estimate(naive.mean, estimate.q05, estimate.q95, sign=True), naive.unit)
    plain = say(
        "Simply comparing the averages gives {naive} ({a} {exposed}, {b} {unexposed})."
        if called.binary
        else "A straight line through all recorded values gives {naive} for the same contrast.",
        naive=shown,
        a=numbers.counted(naive.n_exposed, step_word(inputs.audit.step)),
        b=numbers.count(naive.n_unexposed),
        exposed=called.exposed,
        unexposed=called.unexposed,
    )
    value = numbers.with_unit(numbers.estimate(estimate.mean, estimate.q05, estimate.q95, sign=True), estimate.unit)
    open_end = verdict.verdict == "cannot_tell"
    middle = say(
        "The analysis gives {value}, which is inconclusive." if open_end else "The analysis gives {value}.", value=value
    )
    return f"{plain} {middle} {_gap(inputs, naive.mean, estimate)}"


def _gap(inputs: Inputs, naive: float, estimate: Headline) -> str:
    """Why the two differ: what the model accounts for and a difference of averages does not."""
    spec = inputs.specs.specs[0]
    x, y = inputs.verdict.treatment, inputs.verdict.outcome
    others = [clean(n) for n in dict.fromkeys((*spec.states, *spec.inputs)) if n not in (x, y)]
    calendar = ["the calendar"] if len(spec.regressors) > 1 else []
    memory = any((p.matrix, p.row, p.column) == ("dynamics", y, y) for p in spec.parameters)
    own = [f"what {clean(y)} was before"] if memory else []
    accounted = listed([*others, *calendar, *own], 5) or "the uncertainty of both averages"
    if abs(naive - estimate.mean) <= SAME * (estimate.q95 - estimate.q05) / 2:
        return say("The two are close; the analysis also accounts for {what}.", what=accounted)
    return say("The gap is there because the analysis also accounts for {what}.", what=accounted)


def _picture(inputs: Inputs, called: Names) -> tuple[Figure, ...]:
    verdict = inputs.verdict
    frame = steps(inputs.panel, verdict.treatment, verdict.outcome, inputs.protocol.lag, called)
    means = called.binary and not inputs.refused
    spec, width = picture.days(frame, called, clean(verdict.outcome), inputs.unit, means=means)
    word = step_word(inputs.audit.step)
    caption = say("Each dot is one {step}.", step=word)
    if width > 1:
        caption = say("The record is long: each dot is the average of {n}.", n=numbers.counted(width, word))
    if not called.binary:
        caption += say(" Colours: above or below the middle value of {x}.", x=verdict.treatment)
    if means:
        caption += " Dashed lines: plain averages."
    caption += " Point at a dot for its value; with Shift held, the mouse wheel zooms."
    effect = None if inputs.refused else picture.effect(verdict)
    if effect is None:
        caption += " No effect is drawn, because none may be stated."
        return (figure("days", "Everything that was recorded", caption, spec),)
    first = figure("days", "Everything that was recorded", caption, spec)
    title = "How much it changes" if verdict.verdict != "cannot_tell" else "How much it changes: inconclusive"
    return (first, figure("effect", title, _effect_caption(inputs), effect))


def _effect_caption(inputs: Inputs) -> str:
    caption = say(
        "{contrast}. Dot: estimate. Bar: the range in which the effect lies with a probability of {level}.",
        contrast=contrast(inputs),
        level=numbers.INTERVAL,
    )
    return sentence(caption) + (
        " Diamond: the simulated truth." if picture.known_truth(inputs.verdict) is not None else ""
    )
