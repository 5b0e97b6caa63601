"""The question in the terms of the catalogue: exposure, outcome, contrast, and the other usable variables."""

from typing import NamedTuple

import polars as pl

from schemas.errors import StudyError
from schemas.params import StudyParams

USABLE_KINDS = ("continuous", "count", "binary", "ordinal")


class VariableFacts(NamedTuple):
    """What modelling needs to know about one variable; the last three say when in the step it is recorded."""

    name: str
    unit: str
    kind: str
    levels: str | None
    mean: float
    sd: float
    low: float
    high: float
    coverage: float
    night: bool = False
    from_hour: float | None = None
    to_hour: float | None = None


class Question(NamedTuple):
    """A question about one exposure and one outcome.

    Attributes:
        from_value, to_value: the two exposure values compared.
        contrast: the same in words.
        coding: how the exposure's numbers came about.
        others: all further variables that are numbers and vary, best covered first.
    """

    text: str
    treatment: VariableFacts
    outcome: VariableFacts
    from_value: float
    to_value: float
    contrast: str
    coding: str
    others: tuple[VariableFacts, ...]
    steps: int


def question_of(params: StudyParams, catalog: pl.DataFrame) -> Question:
    """Look up exposure and outcome and state the contrast.

    Raises:
        StudyError: exposure or outcome is not named, not in the data, the same, or without numbers.
    """
    facts = {row["variable"]: _facts(row) for row in catalog.iter_rows(named=True)}
    treatment = _named(params.study.treatment, "treatment", facts)
    outcome = _named(params.study.outcome, "outcome", facts)
    if treatment.name == outcome.name:
        raise StudyError("two different variables", f"'{treatment.name}' for both", "params.yaml at study")
    low, high, words = _contrast(params, treatment)
    others = [f for f in facts.values() if f.name not in (treatment.name, outcome.name) and f.kind in USABLE_KINDS]
    steps = int(catalog["observed"][0] + catalog["missing"][0])
    return Question(
        text=params.study.question or f"Does {treatment.name} change {outcome.name}?",
        treatment=treatment,
        outcome=outcome,
        from_value=low,
        to_value=high,
        contrast=words,
        coding=_coding(treatment),
        others=tuple(sorted(others, key=lambda f: (-f.coverage, f.name))),
        steps=steps,
    )


def usable_names(catalog: pl.DataFrame) -> frozenset[str]:
    """Variables that are numbers and vary: all that a graph can hold."""
    return frozenset(catalog.filter(pl.col("kind").is_in(USABLE_KINDS))["variable"])


def _facts(row: dict) -> VariableFacts:
    total = row["observed"] + row["missing"]
    return VariableFacts(
        name=row["variable"],
        unit=row["unit"] or "",
        kind=row["kind"],
        levels=row["levels"],
        mean=row["mean"] if row["mean"] is not None else 0.0,
        sd=row["sd"] if row["sd"] is not None else 0.0,
        low=row["min"] if row["min"] is not None else 0.0,
        high=row["max"] if row["max"] is not None else 0.0,
        coverage=row["observed"] / total if total else 0.0,
        night=row["night"],
        from_hour=row["from_hour"],
        to_hour=row["to_hour"],
    )


def _named(name: str | None, role: str, facts: dict[str, VariableFacts]) -> VariableFacts:
    columns = ", ".join(facts)
    if name is None:
        fix = "causal-ssm run DIR --treatment NAME --outcome NAME"
        raise StudyError(f"the name of the {role}, one of: {columns}", "no name", f"params.yaml at study.{role}", fix)
    if name not in facts:
        raise StudyError(f"one of the variables: {columns}", f"'{name}'", f"params.yaml at study.{role}")
    if facts[name].kind not in USABLE_KINDS:
        got = f"'{name}', which is {facts[name].kind}"
        raise StudyError(f"numbers that vary for study.{role}", got, f"params.yaml at study.{role}")
    return facts[name]


def _contrast(params: StudyParams, treatment: VariableFacts) -> tuple[float, float, str]:
    texts = treatment.levels.split("|") if treatment.levels else None
    declared = params.study.contrast
    if texts:
        return 0.0, 1.0, f"{texts[1]} versus {texts[0]}"
    if declared is not None:
        values = (declared.reference, declared.exposed)
        numbers = [v for v in values if isinstance(v, (int, float))]
        if len(numbers) < 2 or numbers[0] == numbers[1]:
            where = "params.yaml at study.contrast"
            raise StudyError(f"two different numbers, since '{treatment.name}' is a number", f"{values}", where)
        return numbers[0], numbers[1], f"{numbers[1]:g} versus {numbers[0]:g}{_suffix(treatment.unit)}"
    if treatment.kind == "binary":
        return treatment.low, treatment.high, f"{treatment.high:g} versus {treatment.low:g}"
    return 0.0, 1.0, f"one {treatment.unit or 'unit'} more"


def _suffix(unit: str) -> str:
    return f" {unit}" if unit else ""


def _coding(treatment: VariableFacts) -> str:
    if treatment.levels:
        zero, one = treatment.levels.split("|")
        return f"1 = {one}, 0 = {zero}, empty = not in the comparison"
    if treatment.kind == "binary":
        return f"{treatment.low:g} and {treatment.high:g} as recorded"
    return f"as recorded{_suffix(treatment.unit)}"
