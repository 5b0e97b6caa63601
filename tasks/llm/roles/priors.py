"""Role 3: prior distributions of named parameters, in the unit that was asked for, pooled over several wordings."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from schemas.prior import Prior
from schemas.recording import PriorsReply, ProposedPrior, ProposedQuantiles, QuantilesReply
from tasks.llm.conversation import Question
from tasks.llm.exchange import Answerer
from tasks.llm.inputs import AskedPrior
from tasks.llm.pooling import pooled
from tasks.llm.prompt import quoted, render
from tasks.llm.quantiles import WORST, fitted
from tasks.llm.reply_schema import reply_schema

_FAMILIES = {
    "normal": "Normal",
    "truncated_normal": "TruncatedNormal",
    "student_t": "StudentT",
    "half_normal": "HalfNormal",
    "log_normal": "LogNormal",
    "gamma": "Gamma",
    "beta": "Beta",
}
_WIDEST_LOG_SD = 5.0
_LONGEST = 600

type Doubt = Callable[[PriorsReply], Sequence[str]]


class StatedPriors(NamedTuple):
    """The pooled priors in the order in which they were asked for, and the doubts that no turn removed."""

    priors: tuple[ProposedPrior, ...]
    doubts: tuple[str, ...] = ()


def _nothing_to_doubt(_: PriorsReply) -> tuple[str, ...]:
    return ()


def parameter_priors(
    answer: Answerer,
    question: str,
    treatment: str,
    outcome: str,
    asked: Sequence[AskedPrior],
    doubt: Doubt = _nothing_to_doubt,
) -> StatedPriors:
    """One prior for each asked parameter, in their order; the linear pool of `configure.llm.prior_samples` wordings.

    A wording without an acceptable reply is left out. A single answer stays exactly as it was stated or fitted to
    stated quantiles (`configure.llm.priors_as`). Replies that `doubt` finds reasons against go back while turns are
    left.

    Args:
        answer: source of replies.
        question: the person's question.
        treatment: the exposure.
        outcome: the outcome.
        asked: the parameters; with none, nobody is asked.
        doubt: why priors that can be used should be thought over, such as what they predict in units.

    Raises:
        RecordingMissing: in replay, when it was never recorded.
        ReplyUnusable: when no turn of any wording brought an acceptable reply.
    """
    if not asked:
        return StatedPriors(())
    data = {
        "question": question,
        "treatment": treatment,
        "outcome": outcome,
        "parameters": [each._asdict() for each in asked],
    }
    wordings = range(answer.llm.prior_samples)
    if answer.llm.priors_as == "quantiles":
        questions = [_quantiles_question(data, asked, wording, doubt) for wording in wordings]
        replies = [_all_fitted(reply) for reply in answer.ask_any(questions)]
    else:
        replies = list(answer.ask_any([_parameters_question(data, asked, wording, doubt) for wording in wordings]))
    together = PriorsReply(priors=tuple(_pooled(each, replies) for each in asked))
    return StatedPriors(together.priors, tuple(doubt(together)))


def _parameters_question(
    data: dict[str, Any], asked: Sequence[AskedPrior], wording: int, doubt: Doubt
) -> Question[PriorsReply]:
    return Question(
        render("priors", data, as_quantiles=False, wording=wording),
        PriorsReply,
        _schema(asked),
        lambda each: priors_problems(each, asked),
        sample=wording,
        doubt=doubt,
    )


def _quantiles_question(
    data: dict[str, Any], asked: Sequence[AskedPrior], wording: int, doubt: Doubt
) -> Question[QuantilesReply]:
    places = {
        ("ProposedQuantiles", "parameter"): [each.name for each in asked],
        ("ProposedQuantiles", "unit"): list(dict.fromkeys(each.unit for each in asked)),
        ("ProposedQuantiles", "family"): list(dict.fromkeys(family for each in asked for family in each.families)),
    }
    return Question(
        render("priors", data, as_quantiles=True, wording=wording),
        QuantilesReply,
        reply_schema(QuantilesReply, places),
        lambda each: quantiles_problems(each, asked),
        sample=wording,
        doubt=lambda each: doubt(_all_fitted(each)),
    )


def _pooled(asked: AskedPrior, replies: Sequence[PriorsReply]) -> ProposedPrior:
    """The answers about one parameter as one prior."""
    stated = [prior for reply in replies for prior in reply.priors if prior.parameter == asked.name]
    if len(stated) == 1:
        return stated[0]
    prior, reasons = pooled([each.prior for each in stated], asked.families), dict.fromkeys(e.reason for e in stated)
    reason = f"{len(stated)} wordings pooled: {' / '.join(reasons)}"[:_LONGEST]
    return stated[0].model_copy(update={"prior": prior, "reason": reason})


def _all_fitted(reply: QuantilesReply) -> PriorsReply:
    return PriorsReply(priors=tuple(_fitted(each) for each in reply.quantiles))


def _fitted(stated: ProposedQuantiles) -> ProposedPrior:
    prior = fitted(stated.family, stated.q05, stated.q50, stated.q95).prior
    return ProposedPrior(parameter=stated.parameter, prior=prior, unit=stated.unit, reason=stated.reason)


def quantiles_problems(reply: QuantilesReply, asked: Sequence[AskedPrior]) -> list[str]:
    """Why stated quantiles cannot be used: no such prior, a family that does not fit, or what no prior may be."""
    problems, usable = [], []
    for each in reply.quantiles:
        try:
            miss = fitted(each.family, each.q05, each.q50, each.q95).miss
        except ValueError as fault:
            problems.append(f"{quoted(each.parameter)}: {fault}")
            continue
        if miss > WORST:
            fit = f"the family {each.family} misses them by {100 * miss:.0f} % of their width; choose another family"
            problems.append(f"{quoted(each.parameter)}: {fit}, or other quantiles")
        usable.append(_fitted(each))
    return problems or priors_problems(PriorsReply(priors=tuple(usable)), asked)


def _schema(asked: Sequence[AskedPrior]) -> dict[str, Any]:
    """The schema with the asked names and units, and without the families that nobody allows."""
    places = {
        ("ProposedPrior", "parameter"): [each.name for each in asked],
        ("ProposedPrior", "unit"): list(dict.fromkeys(each.unit for each in asked)),
    }
    schema = reply_schema(PriorsReply, places)
    allowed = [_FAMILIES[family] for family in _FAMILIES if any(family in each.families for each in asked)]
    options = [{"$ref": f"#/$defs/{name}"} for name in allowed]
    schema["$defs"]["ProposedPrior"]["properties"]["prior"] = {"anyOf": options}
    kept = {"ProposedPrior", *allowed}
    schema["$defs"] = {name: definition for name, definition in schema["$defs"].items() if name in kept}
    return schema


def priors_problems(reply: PriorsReply, asked: Sequence[AskedPrior]) -> list[str]:
    """Why a reply of role 3 cannot be used; empty when it can."""
    wanted = {each.name: each for each in asked}
    counts = Counter(prior.parameter for prior in reply.priors)
    valid = ", ".join(quoted(name) for name in wanted)
    return [
        *(f"{quoted(name)} was not asked for; the names are {valid}" for name in counts if name not in wanted),
        *(f"{quoted(name)} has more than one prior" for name, count in counts.items() if count > 1),
        *(f"{quoted(name)} has no prior" for name in wanted if name not in counts),
        *(
            f"{quoted(each.parameter)}: {problem}"
            for each in reply.priors
            if each.parameter in wanted
            for problem in _problems(each, wanted[each.parameter])
        ),
    ]


def _problems(proposed: ProposedPrior, asked: AskedPrior) -> list[str]:
    family, problems = proposed.prior.family, []
    if proposed.unit != asked.unit:
        problems.append(f"the unit must be {quoted(asked.unit)}, not {quoted(proposed.unit)}")
    if family not in asked.families:
        problems.append(f"the family {family} is not allowed here; allowed: {', '.join(asked.families)}")
    return problems + _out_of_range(proposed.prior)


def _out_of_range(prior: Prior) -> list[str]:
    """What the families' own types cannot say; finite numbers, positive scales and ordered bounds they can."""
    if prior.family == "truncated_normal" and not prior.low - 5 * prior.sd < prior.mean < prior.high + 5 * prior.sd:
        return ["mean lies so far outside low and high that almost nothing is left of the distribution"]
    if prior.family == "log_normal" and prior.log_sd > _WIDEST_LOG_SD:
        return [f"log_sd is at most {_WIDEST_LOG_SD:g}"]
    return []
