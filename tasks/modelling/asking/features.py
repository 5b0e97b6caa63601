"""Features that a language model may ask for: what can be derived from what, and what became of its proposals."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from schemas.audit import Audit, VariableAudit
from schemas.errors import StudyError
from schemas.params import StudyParams
from schemas.protocol import FeatureProposal
from schemas.recording import ProposedFeature, VariableRole, VariablesReply
from tasks.modelling.question import usable_names

type Derivable = Mapping[str, tuple[str, ...]]

NIGHTS = "sleep_onset_hour"
DAYS = ("1d", "1w", "1mo")
SPREAD = 4.0
"""Readings that all fall within so many hours of a step say nothing about a part of the day."""


def derivable(catalog: pl.DataFrame, audit: Audit, params: StudyParams) -> dict[str, tuple[str, ...]]:
    """For each kind of the closed vocabulary the variables it can be made from; kinds without any are left out.

    Parts of the day need readings spread over it, `before_sleep` also nights with a known beginning, `since` a value
    that is zero at times. What was itself derived is not derived from.

    Args:
        catalog: the variables, and how each came about.
        audit: when in a step the readings lie.
        params: which variables are made rather than recorded.
    """
    if params.configure.llm.features == "off":
        return {}
    made = {*params.ingest.features, *params.ingest.interventions}
    rows = [row for row in catalog.iter_rows(named=True) if row["variable"] in usable_names(catalog)]
    steps = tuple(row["variable"] for row in rows if row["variable"] not in made)
    books = {book.name: book for book in audit.variables}
    assigned = {*params.ingest.exposures}
    timed = tuple(
        name for name in steps if name in books and name not in assigned and _spread(books[name])
    ) if audit.step in DAYS else ()  # fmt: skip
    at_times = {row["variable"] for row in rows if row["kind"] in ("binary", "count")}
    known_nights = audit.step == "1d" and any(book.name == NIGHTS for book in audit.variables)
    kinds = {
        "window": timed,
        "before_sleep": timed if known_nights else (),
        "rolling": steps,
        "load": steps,
        "since": tuple(name for name in steps if name in at_times),
        "count": timed,
        "coverage": timed,
    }
    return {kind: names for kind, names in kinds.items() if names}


def _spread(book: VariableAudit) -> bool:
    return book.from_hour is not None and book.to_hour is not None and book.to_hour - book.from_hour >= SPREAD


def asked_by_model(params: StudyParams) -> frozenset[str]:
    """Derived variables that stand in `ingest.features` at a model's request, and not as exposure or outcome.

    They are left out of the question that brought them about, so that it stays the same once they exist.
    """
    named = {params.study.treatment, params.study.outcome}
    features = params.ingest.features.items()
    return frozenset(name for name, feature in features if feature.asserted_by == "model" and name not in named)


def roles_with(reply: VariablesReply, present: Sequence[str]) -> VariablesReply:
    """The roles of recorded variables and of those proposed ones that the record holds."""
    derived = tuple(
        VariableRole(name=feature.name, role=feature.role, reason=feature.reason)
        for feature in reply.features
        if feature.name in present
    )
    return reply.model_copy(update={"roles": (*reply.roles, *derived)})


def require_derived(reply: VariablesReply, present: Sequence[str]) -> None:
    """A proposed variable that the question is about has been derived.

    Raises:
        StudyError: it has not; the command that does it.
    """
    for feature in reply.features:
        if feature.role in ("exposure", "outcome") and feature.name not in present:
            raise StudyError(
                f"the variable '{feature.name}' ({feature.feature.kind} of {feature.feature.of}), which the language "
                f"model proposed as the {feature.role}",
                "it is not derived yet",
                "params.yaml at ingest.features",
                "set configure.llm.features: derive and type causal-ssm run DIR --llm record, "
                "or name study.treatment and study.outcome yourself",
            )


def proposals_of(reply: VariablesReply, present: Sequence[str]) -> tuple[FeatureProposal, ...]:
    """What the protocol keeps of them."""
    return tuple(
        FeatureProposal(
            name=each.name,
            of=each.feature.of,
            kind=each.feature.kind,
            made=written(each),
            role=each.role,
            reason=each.reason,
            derived=each.name in present,
        )
        for each in reply.features
    )


def written(proposed: ProposedFeature) -> dict[str, str | int | float | tuple[str, ...]]:
    """The feature as it stands in `ingest.features`, marked as the model's."""
    return proposed.feature.model_copy(update={"asserted_by": "model"}).model_dump(mode="json")


def with_proposals(params: StudyParams, reply: VariablesReply) -> dict[str, dict[str, Any]] | None:
    """`ingest.features` with the model's proposals in place of its earlier ones; null when nothing changes.

    A person's feature of the same name stays.
    """
    now = {name: feature.model_dump(mode="json") for name, feature in params.ingest.features.items()}
    kept = {name: made for name, made in now.items() if made.get("asserted_by") != "model"}
    named = {params.study.treatment, params.study.outcome}
    kept |= {name: made for name, made in now.items() if name in named}
    wanted = {each.name: dict(written(each)) for each in reply.features if each.name not in kept}
    features = {**kept, **wanted}
    return None if features == now else features
