"""Whether stated priors speak of plausible values of the outcome, in coarse numbers that a new day rarely changes."""

from collections.abc import Callable, Mapping, Sequence

from schemas.graph import CausalGraph
from schemas.params import Components
from schemas.recording import PriorsReply, ProposedPrior
from schemas.spec import ModelSpec
from tasks.llm.inputs import coarse, typical_scale, typical_size
from tasks.llm.prompt import quoted
from tasks.modelling.prior_check import NotStationary, prior_range
from tasks.modelling.question import Question, VariableFacts
from tasks.modelling.specification import spec_of
from tasks.modelling.stated_priors import with_stated_priors

USUAL = 2.0
"""Values within so many spreads of the typical one must be possible."""
ABSURD = 10.0
"""Values beyond so many times that range are absurd."""


def doubter(
    graphs: Sequence[CausalGraph], question: Question, lag: int, components: Components, daily: bool
) -> Callable[[PriorsReply], tuple[str, ...]]:
    """What tells a model why its priors should be thought over.

    The models are those of the graphs in the coarse terms that the model was told (`tasks.llm.inputs.typical_size`),
    so that the reasons follow from its reply and those terms alone. Where the outcome has no typical size there is
    nothing to say.
    """
    outcome = question.outcome
    typical = typical_size(outcome.mean, outcome.sd, outcome.unit or None)
    if typical is None or outcome.kind == "binary":
        return lambda _: ()
    plain = _coarsely(question)
    specs = [spec_of(graph, plain, lag, components, daily) for graph in graphs]

    def doubts(reply: PriorsReply) -> tuple[str, ...]:
        stated = {prior.parameter: prior for prior in reply.priors}
        together = _worst(specs, stated, plain, daily)
        if together is None:
            return ()
        alone = [name for name in stated if _worst(specs, {name: stated[name]}, plain, daily) is not None]
        which = ", ".join(quoted(name) for name in alone) or "all of them together"
        unit = f" {outcome.unit}" if outcome.unit else ""
        return (
            f"{together.replace('UNIT', unit)}, while {quoted(outcome.name)} is {typical}; state "
            f"{'again' if alone else 'narrower or wider priors for'} {which}",
        )

    return doubts


def _worst(
    specs: Sequence[ModelSpec], stated: Mapping[str, ProposedPrior], question: Question, daily: bool
) -> str | None:
    """What the first model in doubt expects of the outcome; null when none is."""
    outcome = question.outcome
    for spec in specs:
        try:
            low, high = prior_range(with_stated_priors(spec, stated, {}), question, daily)
        except NotStationary:
            return "with these priors the process hardly ever stays within bounds"
        expected = f"with these priors the values would lie between about {coarse(low)} and {coarse(high)}UNIT"
        if low > outcome.low or high < outcome.high:
            return f"{expected} (99 %), which leaves out usual ones"
        if high - low > ABSURD * (outcome.high - outcome.low):
            return f"{expected} (99 %), which is absurdly wide"
    return None


def _coarsely(question: Question) -> Question:
    return question._replace(
        treatment=_rounded(question.treatment),
        outcome=_rounded(question.outcome),
        others=tuple(_rounded(each) for each in question.others),
    )


def _rounded(facts: VariableFacts) -> VariableFacts:
    if facts.kind == "binary" or not facts.sd > 0:
        return facts
    location, spread = typical_scale(facts.mean, facts.sd)
    reach = USUAL * spread
    return facts._replace(mean=location, sd=spread, low=location - reach, high=location + reach)
