"""What is scored: the rules without a model, and a model at any OpenAI-compatible server."""

from collections.abc import Callable
from typing import NamedTuple

from benchmarks.llm.cases import Case
from schemas.prior import Normal, Prior
from tasks.knowledge.table import SIZES, known
from tasks.llm.exchange import Answerer
from tasks.llm.faults import ReplyUnusable
from tasks.llm.inputs import AskedPrior, typical_size
from tasks.llm.roles.pairs import edge_probabilities
from tasks.llm.roles.priors import parameter_priors
from tasks.llm.roles.variables import variable_roles
from tasks.modelling.default_priors import PER_SPREAD


class Answers(NamedTuple):
    """A backend's answers to one case; null where it gave none that could be used, and in `unusable` why."""

    roles: dict[str, str] | None
    edges: dict[tuple[str, str], float] | None
    prior: Prior | None
    unusable: dict[str, str]


def without_model(case: Case) -> Answers:
    """What `off` does: the question names exposure and outcome, the table places the other columns.

    A column that is a cause of the exposure and none of its effects counts as a confounder, one between the two as a
    mediator; about the others nothing is known. An edge of the table has probability 0.5 + size / 2, its reverse the
    complement. The effect's prior is the default one of a continuous exposure.
    """
    x, y = case.exposure[0], case.outcome[0]
    names = [x, y, *case.others]
    roles = {x: "exposure", y: "outcome", **{name: _placed(name, x, y) for name in case.others}}
    edges = {(a, b): _probability(a, b) for a in names for b in names if a != b}
    return Answers(roles, edges, Normal(mean=0.0, sd=PER_SPREAD * case.sd / case.exposure_sd), {})


def _placed(name: str, x: str, y: str) -> str:
    if known(name, x) and not known(x, name):
        return "confounder"
    return "mediator" if known(x, name) and known(name, y) else "ignore"


def _probability(cause: str, effect: str) -> float:
    there, back = known(cause, effect), known(effect, cause)
    return 0.5 + (SIZES[there.size] if there else 0.0) / 2 - (SIZES[back.size] if back else 0.0) / 2


def with_model(case: Case, answer: Answerer, parts: frozenset[str]) -> Answers:
    """Roles 1, 2 (edge by edge, same step) and 3 of one model; a role without a usable reply gives none."""
    x, y = case.exposure[0], case.outcome[0]
    meaning = f"change of {y} on the same day after a change of {x} by one {case.exposure[1]}"
    parameter = AskedPrior("effect", meaning, case.outcome[1], ("normal",), typical_size(0.0, case.sd, case.outcome[1]))

    def roles() -> dict[str, str]:
        return {each.name: each.role for each in variable_roles(answer, case.question, case.variables(), x, y).roles}

    def edges() -> dict[tuple[str, str], float]:
        wanted = {*case.causes, *((b, a) for a, b in case.causes), *case.unrelated}
        told = edge_probabilities(answer, [x, y, *case.others], lambda a, b, _: (a, b) in wanted, 0, "day")
        return {(edge.cause, edge.effect): edge.probability for edge in told if edge.probability is not None}

    def prior() -> Prior:
        return parameter_priors(answer, case.question, x, y, (parameter,)).priors[0].prior

    unusable: dict[str, str] = {}
    return Answers(
        _usable(roles, "roles", parts, unusable),
        _usable(edges, "edges", parts, unusable),
        _usable(prior, "priors", parts, unusable),
        unusable,
    )


def _usable[Result](
    ask: Callable[[], Result], part: str, parts: frozenset[str], unusable: dict[str, str]
) -> Result | None:
    """The role's answer if it is wanted; of a model whose replies are all rejected the reason is noted instead."""
    if part not in parts:
        return None
    try:
        return ask()
    except ReplyUnusable as fault:
        unusable[part] = fault.reasons[0]
        return None
