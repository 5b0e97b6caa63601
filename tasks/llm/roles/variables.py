"""Role 1: what each variable is to the question, and which further ones code should derive."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from schemas.recording import ProposedFeature, VariablesReply
from tasks.llm.conversation import Question
from tasks.llm.exchange import Answerer
from tasks.llm.inputs import VariableSummary
from tasks.llm.prompt import quoted, render
from tasks.llm.reply_schema import reply_schema

MOST_FEATURES = 6
_IMPOSSIBLE = frozenset({"constant", "empty"})
_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_DEFINITIONS = {
    "window": "Window",
    "before_sleep": "BeforeSleep",
    "rolling": "Rolling",
    "load": "Load",
    "since": "Since",
    "count": "Count",
    "coverage": "Coverage",
}


def variable_roles(
    answer: Answerer,
    question: str,
    variables: Sequence[VariableSummary],
    treatment: str | None,
    outcome: str | None,
    derivable: Mapping[str, Sequence[str]] | None = None,
) -> VariablesReply:
    """One role per variable, in the order of `variables`, and the features that are worth deriving.

    Args:
        answer: source of replies.
        question: the person's question.
        variables: what may be named.
        treatment: the exposure when it is already fixed.
        outcome: the outcome when it is already fixed.
        derivable: for each kind of feature the variables it can be made from; with none, no features are asked for.

    Raises:
        RecordingMissing: in replay, when it was never recorded.
        ReplyUnusable: when no turn brought an acceptable reply.
    """
    names, possible = [variable.name for variable in variables], dict(derivable or {})
    data = {
        "question": question,
        "treatment": treatment,
        "outcome": outcome,
        "variables": [variable._asdict() for variable in variables],
    }
    if possible:
        data["derivable"] = {kind: list(of) for kind, of in possible.items()}
    prompt = render(
        "variables",
        data,
        treatment_given=treatment is not None,
        outcome_given=outcome is not None,
        kinds=tuple(possible),
        most=MOST_FEATURES,
    )
    reply = answer.ask(
        Question(
            prompt,
            VariablesReply,
            _schema(names, possible),
            lambda each: roles_problems(each, variables, treatment, outcome, possible),
        )
    )
    ordered = tuple(sorted(reply.roles, key=lambda role: names.index(role.name)))
    return VariablesReply(roles=ordered, features=reply.features)


def _schema(names: Sequence[str], possible: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The schema with the valid names, and without the features that nothing can be made into."""
    schema = reply_schema(VariablesReply, {("VariableRole", "name"): names})
    kept = {_DEFINITIONS[kind]: of for kind, of in possible.items()}
    dropped = {"ProposedFeature", *_DEFINITIONS.values()} - ({"ProposedFeature", *kept} if kept else set())
    schema["$defs"] = {name: definition for name, definition in schema["$defs"].items() if name not in dropped}
    if not kept:
        del schema["properties"]["features"]
        schema["required"].remove("features")
        return schema
    for name, of in kept.items():
        definition = schema["$defs"][name]
        del definition["properties"]["asserted_by"]
        definition["required"].remove("asserted_by")
        definition["properties"]["of"] = {"type": "string", "enum": list(of)}
    options = [{"$ref": f"#/$defs/{name}"} for name in kept]
    schema["$defs"]["ProposedFeature"]["properties"]["feature"] = {"anyOf": options}
    return schema


def roles_problems(
    reply: VariablesReply,
    variables: Sequence[VariableSummary],
    treatment: str | None,
    outcome: str | None,
    derivable: Mapping[str, Sequence[str]] | None = None,
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
        *_features_problems(reply, names, derivable or {}),
    ]


def _problems_of(
    role: str, reply: VariablesReply, variables: Sequence[VariableSummary], fixed: str | None
) -> list[str]:
    """Exactly one variable has the role: the fixed one, or one that varies."""
    chosen = [each.name for each in (*reply.roles, *reply.features) if each.role == role]
    if fixed is not None:
        return [] if chosen == [fixed] else [f"the {role} is fixed: {quoted(fixed)} and no other variable"]
    if len(chosen) != 1:
        return [f"exactly one variable must be the {role}, not {len(chosen)}"]
    never = [each.name for each in variables if each.kind in _IMPOSSIBLE and each.name in chosen]
    return [f"{quoted(name)} never varies and cannot be the {role}" for name in never]


def _features_problems(reply: VariablesReply, names: set[str], derivable: Mapping[str, Sequence[str]]) -> list[str]:
    counts = Counter(feature.name for feature in reply.features)
    said = {role.name: role.role for role in reply.roles}
    return [
        *([f"at most {MOST_FEATURES} features"] if len(reply.features) > MOST_FEATURES else []),
        *(f"the feature {quoted(name)} stands there twice" for name, count in counts.items() if count > 1),
        *(f"the feature {quoted(n)} has the name of a variable; give it a new one" for n in counts if n in names),
        *(
            f"the feature {quoted(name)} must have a name of lower-case letters, digits and _"
            for name in counts
            if not _NAME.fullmatch(name) or name in ("step", "start")
        ),
        *(problem for feature in reply.features for problem in _problems_of_one(feature, said, derivable)),
    ]


def _problems_of_one(
    proposed: ProposedFeature, said: Mapping[str, str], derivable: Mapping[str, Sequence[str]]
) -> list[str]:
    """It can be computed, and does not stand beside the very exposure or outcome that it is made from."""
    kind, of, shown = proposed.feature.kind, proposed.feature.of, quoted(proposed.name)
    if kind not in derivable:
        kinds = ", ".join(derivable) or "none"
        return [f"the feature {shown}: the kind {kind} cannot be made from this record; the kinds are {kinds}"]
    if of not in derivable[kind]:
        valid = ", ".join(quoted(name) for name in derivable[kind])
        return [f"the feature {shown}: {kind} cannot be made of {quoted(of)}; it can be made of {valid}"]
    if said.get(of) in ("exposure", "outcome") and proposed.role != "ignore":
        return [f"the feature {shown} is computed from the {said[of]}; leave it out"]
    if proposed.role in ("exposure", "outcome") and said.get(of) != "ignore":
        return [f"{quoted(of)} must have the role ignore, as {shown}, which is made from it, is the {proposed.role}"]
    return []
