"""The table of general knowledge: sourced, free of contradictions, and silent where it knows nothing."""

import re

import networkx as nx
import polars as pl
import pytest

from schemas.params import Configure, Study, StudyParams
from tasks.knowledge.table import SIZES, concept_of, concepts, known, pairs, sentence
from tasks.modelling.candidates import rule_graphs
from tasks.modelling.question import question_of
from tests.tasks.modelling.making import TYPES

REFERENCE = re.compile(r"^[^\W\d][^\d,]* (19|20)\d\d, .+ \d+:[\w-]+$")


def test_at_least_sixty_pairs_each_with_a_reference():
    assert len(pairs()) >= 60
    assert [row for row in pairs().values() if not REFERENCE.match(row.reference)] == []


def test_most_references_were_found_when_last_checked_and_the_others_are_marked():
    marks: dict[str, set[bool]] = {}
    for row in pairs().values():
        marks.setdefault(row.reference, set()).add(row.checked)
    assert all(len(found) == 1 for found in marks.values())
    assert sum(True in found for found in marks.values()) >= 60


def test_every_line_is_well_formed_and_unique():
    for (cause, effect), row in pairs().items():
        assert cause != effect
        assert row.sign in "+-"
        assert row.lag in (0, 1)
        assert row.size in SIZES
    lines = sum(1 for _ in pairs())
    assert lines == len({(row.cause, row.effect) for row in pairs().values()})


def test_every_concept_can_be_recognised_by_its_own_name():
    named = set(concepts().values())
    assert {name for pair in pairs() for name in pair} <= named
    assert [name for name in named if concept_of(name) != name] == []


def test_within_a_day_the_table_has_no_cycle():
    within = nx.DiGraph((row.cause, row.effect) for row in pairs().values() if row.lag == 0)
    assert nx.is_directed_acyclic_graph(within)


@pytest.mark.parametrize(
    ("name", "concept"),
    [
        ("coffee", "caffeine"),
        ("SleepQuality", "sleep_quality"),
        ("my sleep duration (h)", "sleep_duration"),
        ("resting_heart_rate", "resting_heart_rate"),
        ("skin_temperature", "skin_temperature"),
        ("distress", None),
        ("coffee_or_wine", None),
        ("column_7", None),
        ("", None),
    ],
)
def test_names_are_read_word_by_word(name: str, concept: str | None):
    assert concept_of(name) == concept


def test_it_says_what_it_does_not_know():
    assert known("moon phase", "mood") is None
    assert "says nothing" in sentence("moon phase", "mood")
    assert "Drake 2013" in sentence("coffee", "sleep_duration")


def question(treatment: str, outcome: str, *others: str):
    rows = [
        {
            "variable": name, "unit": None, "kind": "continuous", "levels": None, "observed": 60, "missing": 0,
            "night": False, "from_hour": None, "to_hour": None, "mean": 1.0, "sd": 1.0, "min": 0.0, "max": 3.0,
        }
        for name in (treatment, outcome, *others)
    ]  # fmt: skip
    params = StudyParams(study=Study(treatment=treatment, outcome=outcome), configure=Configure())
    return question_of(params, pl.DataFrame(rows, schema_overrides=TYPES)), params


def edges(graph) -> set[tuple[str, str, int]]:
    return {(edge.source, edge.target, edge.lag) for edge in graph.edges}


def test_a_general_cause_of_the_exposure_is_adjusted_for_at_its_own_delay():
    primary, *_ = rule_graphs(*question("exercise", "mood", "stress", "barometer"))
    assert {("stress", "exercise", 0), ("stress", "mood", 0)} <= edges(primary)
    assert "barometer" not in {node.name for node in primary.nodes}
    assert any("Stults-Kolehmainen" in edge.reason for edge in primary.edges)


def test_an_effect_of_the_exposure_is_never_adjusted_for_on_the_same_step():
    for graph in rule_graphs(*question("exercise", "mood", "fatigue", "glucose")):
        assert not {("fatigue", "mood", 0), ("glucose", "mood", 0), ("fatigue", "exercise", 0)} & edges(graph)


def test_a_declared_role_outweighs_the_table():
    asked, params = question("exercise", "mood", "stress")
    declared = params.model_copy(update={"configure": Configure(roles={"stress": "ignore"})})
    assert "stress" not in {node.name for graph in rule_graphs(asked, declared) for node in graph.nodes}
