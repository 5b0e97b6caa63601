"""The same questions as other language models answered them, so that an answer can be compared across models."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import polars as pl

from schemas.errors import StudyError
from schemas.params import StudyParams
from schemas.protocol import OtherModel
from schemas.recording import Request
from schemas.spec import ModelSpec
from ssm_core.graphs.identification import identify
from tasks.llm.exchange import Answerer, replaying
from tasks.llm.faults import RecordingAltered, RecordingMissing, ReplyUnusable
from tasks.llm.store import Store, load
from tasks.modelling.asking.features import Derivable
from tasks.modelling.constraints import constrained
from tasks.modelling.elicited import Elicited, elicit
from tasks.modelling.question import Question
from tasks.modelling.specification import spec_of
from tasks.modelling.stated_priors import with_stated_priors


class Replayed(NamedTuple):
    """One other model: what it chose, or why that cannot be used; and the requests that were looked up."""

    name: str
    question: Question | None
    elicited: Elicited | None
    why: str
    asked: tuple[Request, ...]


def replayed_by_others(
    root: Path, params: StudyParams, catalog: pl.DataFrame, daily: bool, derivable: Derivable
) -> tuple[Replayed, ...]:
    """Every model but the study's own whose replies to all questions before the fit are in `recordings/`.

    Args:
        root: the study.
        params: its parameters, as a person wrote them.
        catalog: its variables.
        daily: whether a step is a day.
        derivable: for each kind of feature the variables it can be made from.
    """
    found = (_replayed(root, name, params, catalog, daily, derivable) for name in _others(root, params))
    return tuple(each for each in found if each is not None)


def _others(root: Path, params: StudyParams) -> tuple[str, ...]:
    """Models that were asked for roles and are not the study's own; a recording that cannot be read names none."""
    return tuple(sorted({*_asked_models(root)} - {params.configure.llm.model}))


def _asked_models(root: Path) -> Iterator[str]:
    for path in Store.of(root).paths():
        try:
            request = load(path).request
        except RecordingAltered:
            continue
        if request.prompt == "variables":
            yield request.model


def _replayed(
    root: Path, name: str, params: StudyParams, catalog: pl.DataFrame, daily: bool, derivable: Derivable
) -> Replayed | None:
    llm = params.configure.llm.model_copy(update={"model": name})
    other = params.model_copy(update={"configure": params.configure.model_copy(update={"llm": llm})})
    answer: Answerer = replaying(root, llm)
    try:
        _, question, elicited = elicit(answer, other, catalog, daily, derivable)
    except RecordingMissing:
        return None
    except ReplyUnusable as fault:
        return Replayed(name, None, None, f"its replies cannot be used: {fault.got}", answer.asked)
    except StudyError as fault:
        return Replayed(name, None, None, f"expected {fault.expected}, got {fault.got}", answer.asked)
    return Replayed(name, question, elicited, "", answer.asked)


def other_models(
    others: tuple[Replayed, ...], params: StudyParams, question: Question, lag: int, daily: bool
) -> tuple[OtherModel, ...]:
    """What each would have this study fit, for the same effect at the same lag."""
    return tuple(_other(each, i, params, question, lag, daily) for i, each in enumerate(others, start=1))


def _other(
    replayed: Replayed, number: int, params: StudyParams, question: Question, lag: int, daily: bool
) -> OtherModel:
    theirs, elicited = replayed.question, replayed.elicited
    if theirs is None or elicited is None:
        return OtherModel(name=replayed.name, spec=None, identified=False, why=replayed.why)
    x, y = question.treatment.name, question.outcome.name
    if (theirs.treatment.name, theirs.outcome.name) != (x, y):
        asked = f"it takes the question to be about {theirs.treatment.name} and {theirs.outcome.name}"
        return OtherModel(name=replayed.name, spec=None, identified=False, why=asked)
    graph = constrained(elicited.graphs[0], params).model_copy(update={"name": f"other_model_{number}"})
    found = identify(graph, x, y, lag)
    if not found.identified:
        why = f"the effect does not follow from its graph: {'; '.join(found.reasons)}"
        return OtherModel(name=replayed.name, spec=None, identified=False, why=why)
    spec: ModelSpec = spec_of(graph, question, lag, params.configure.components, daily)
    if spec.treatment not in spec.inputs:
        why = "its graph has no path from exposure to outcome, so it says zero"
        return OtherModel(name=replayed.name, spec=None, identified=True, why=why)
    spec = with_stated_priors(spec, elicited.priors, params.configure.priors)
    return OtherModel(name=replayed.name, spec=spec, identified=True)
