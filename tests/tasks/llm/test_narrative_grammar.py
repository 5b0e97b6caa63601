"""The grammar of statements: what a rule covers, and that the shipped rules are complete."""

from collections.abc import Iterator
from pathlib import Path

import networkx as nx
import pytest

from tasks.llm import narrative_check
from tasks.llm.narrative_grammar import (
    Choice,
    Grammar,
    Many,
    Named,
    Node,
    Reading,
    Sequence,
    Word,
    for_keys,
    read_rules,
)

RULES = """
# what a cat may say
sentence: <who> [very] <does>* (there | here)
who: the (cat | dog)
does/day: runs
does/night: sleeps
  | dreams
"""


def covers(text: str, key: str = "day") -> bool:
    return Reading(Grammar(for_keys(read_rules(RULES), key)), tuple(text.split())).covers("sentence")


@pytest.mark.parametrize(
    ("text", "key", "covered"),
    [
        ("the cat here", "day", True),
        ("the dog very runs runs there", "day", True),
        ("the dog sleeps dreams there", "night", True),
        ("the dog sleeps there", "day", False),
        ("the dog", "day", False),
        ("the cat here here", "day", False),
        ("cat here", "day", False),
        ("", "day", False),
    ],
)
def test_a_rule_covers_exactly_what_it_is_made_of(text: str, key: str, covered: bool):
    assert covers(text, key) is covered


def test_a_part_of_a_text_can_be_covered():
    reading = Reading(Grammar(read_rules(RULES)), ("so", "the", "cat"))
    assert reading.holds("who")
    assert not reading.holds("sentence")
    assert not reading.holds("no such rule")


def test_a_rule_without_its_key_covers_nothing():
    assert not covers("the dog runs here", "noon")


@pytest.mark.parametrize("text", ["no rule", "a: (b", "a: b)", "a: b\na: c", "a: [b)"])
def test_what_is_no_rule_is_refused(text: str):
    with pytest.raises(ValueError, match=r"expected 'name: body'|bracket|is not closed"):
        read_rules(text)


def named(node: Node) -> Iterator[str]:
    match node:
        case Named(name):
            yield name
        case Sequence(parts) | Choice(parts):
            for part in parts:
                yield from named(part)
        case Many(part):
            yield from named(part)
        case Word():
            pass


def shipped() -> dict[str, Node]:
    folder = Path(narrative_check.__file__).parent / "statements"
    return read_rules("\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.txt"))))


def test_every_shipped_rule_is_used_and_every_name_has_a_rule():
    rules = shipped()
    used = {name for node in rules.values() for name in named(node)} | {"sentence"}
    assert used == {name.partition("/")[0] for name in rules}


def test_no_shipped_rule_contains_itself_so_that_reading_cannot_run_deep():
    graph = nx.DiGraph((rule.partition("/")[0], name) for rule, node in shipped().items() for name in named(node))
    assert nx.is_directed_acyclic_graph(graph)
