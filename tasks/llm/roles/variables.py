"""Role 1: what each variable is to the question."""

from collections import Counter
from collections.abc import Sequence

from schemas.recording import VariablesReply
from tasks.llm.conversation import Question
from tasks.llm.exchange import Answerer
from tasks.llm.inputs import VariableSummary
from tasks.llm.prompt import quoted, render
from tasks.llm.reply_schema import reply_schema

_IMPOSSIBLE = frozenset({"constant", "empty"})


def variable_roles(
    answer: Answerer,
    question: str,
    variables: Sequence[VariableSummary],
    treatment: str | None,
    outcome: str | None,
) -> VariablesReply:
    """One role per variable, in the order of `variables`.

    Args:
        answer: source of replies.
        question: the person's question.
        variables: what may be named.
        treatment: the exposure when it is already fixed.
        outcome: the outcome when it is already fixed.

    Raises:
        RecordingMissing: in replay, when it was never recorded.
        ReplyUnusable: when no turn brought an acceptable reply.
    """
    names = [variable.name for variable in variables]
    data = {
        "question": question,
        "treatment": treatment,
        "outcome": outcome,
        "variables": [variable._asdict() for variable in variables],
    }
    reply = answer.ask(
        Question(
            render("variables", data, treatment_given=treatment is not None, outcome_given=outcome is not None),
            VariablesReply,
            reply_schema(VariablesReply, {("VariableRole", "name"): names}),
            lambda each: roles_problems(each, variables, treatment, outcome),
        )
    )
    return VariablesReply(roles=tuple(sorted(reply.roles, key=lambda role: names.index(role.name))))


def roles_problems(
    reply: VariablesReply, variables: Sequence[VariableSummary], treatment: str | None, outcome: str | None
) -> list[str]:
    """Why a reply of role 1 cannot be used; empty when it can."""
    names = {variable.name for variable in variables}
    counts = Counter(role.name for role in reply.roles)
    valid = ", ".join(quoted(variable.name) for variable in variables)
    unknown = [name for name in counts if name not in names]
    return [
        *(f"{quoted(name)} is not one of the variables; the valid names are {valid}" for name in unknown),
        *(f"{quoted(name)} has more than one role" for name, count in counts.items() if count > 1),
        *(f"{quoted(each.name)} has no role" for each in variables if each.name not in counts),
        *_problems_of("exposure", reply, variables, treatment),
        *_problems_of("outcome", reply, variables, outcome),
    ]


def _problems_of(
    role: str, reply: VariablesReply, variables: Sequence[VariableSummary], fixed: str | None
) -> list[str]:
    """Exactly one variable has the role: the fixed one, or one that varies."""
    chosen = [each.name for each in reply.roles if each.role == role]
    if fixed is not None:
        return [] if chosen == [fixed] else [f"the {role} is fixed: {quoted(fixed)} and no other variable"]
    if len(chosen) != 1:
        return [f"exactly one variable must be the {role}, not {len(chosen)}"]
    never = [each.name for each in variables if each.kind in _IMPOSSIBLE and each.name in chosen]
    return [f"{quoted(name)} never varies and cannot be the {role}" for name in never]
