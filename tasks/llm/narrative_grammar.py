"""A small grammar over words: rules read from text, and which spans of a text they cover.

A rule is a line `name: body`. A body is made of words, slots, `[optional]`, `(one | another)`, `(any number)*` and
`<rule>`. A rule `name/key` is what `<name>` means to those who read with that key.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, assert_never

_SIGN = re.compile(r"\{[^{}]*\}|<[^<>]*>|[\[\]()|*]|[^\s\[\]()|<>*]+")
_RULE = re.compile(r"(?P<name>[\w-]+(?:/[\w-]+)?):(?: +(?P<body>.*))?")


class Word(NamedTuple):
    """One word, slot or sign, exactly."""

    text: str


class Named(NamedTuple):
    """What the rule of this name covers."""

    name: str


class Sequence(NamedTuple):
    """The parts one behind the other; without parts, nothing."""

    parts: tuple["Node", ...]


class Choice(NamedTuple):
    """Any one of the options."""

    options: tuple["Node", ...]


class Many(NamedTuple):
    """The part any number of times."""

    part: "Node"


type Node = Word | Named | Sequence | Choice | Many
type Rules = Mapping[str, Node]

NOTHING = ""


def read_rules(text: str) -> dict[str, Node]:
    """The rules of a text; a line that is indented goes on, one that begins with `#` says nothing.

    Raises:
        ValueError: a line is no rule, a name is used twice, a bracket is not closed.
    """
    rules: dict[str, Node] = {}
    for line in re.sub(r"\n[ \t]+", " ", text).splitlines():
        if not line or line.startswith("#"):
            continue
        match = _RULE.fullmatch(line)
        if match is None or match["name"] in rules:
            raise ValueError(f"expected 'name: body' with a new name, got {line[:80]!r}")
        signs = _SIGN.findall(match["body"] or "")
        rules[match["name"]], rest = _choice(signs)
        if rest:
            raise ValueError(f"the rule {match['name']!r} closes a bracket that it did not open")
    return rules


def _choice(signs: list[str]) -> tuple[Node, list[str]]:
    """The options up to the bracket that closes, and the signs from there on."""
    options: list[list[Node]] = [[]]
    while signs and signs[0] not in {")", "]"}:
        sign, *signs = signs
        if sign == "|":
            options.append([])
        elif sign in {"(", "["}:
            inner, rest = _choice(signs)
            if not rest or rest[0] != {"(": ")", "[": "]"}[sign]:
                raise ValueError(f"{sign!r} is not closed")
            options[-1].append(inner if sign == "(" else Choice((inner, Sequence(()))))
            signs = rest[1:]
        elif sign == "*" and options[-1]:
            options[-1].append(Many(options[-1].pop()))
        elif sign.startswith("<"):
            options[-1].append(Named(sign[1:-1]))
        else:
            options[-1].append(Word(sign))
    return Choice(tuple(Sequence(tuple(parts)) for parts in options)), signs


def for_keys(rules: Rules, *keys: str) -> dict[str, Node]:
    """The rules as those with these keys read them: `name/key` is `name`."""
    own = {name.partition("/")[0]: node for name, node in rules.items() if name.partition("/")[2] in keys}
    return {name: node for name, node in rules.items() if "/" not in name} | own


def words_of(rules: Rules) -> frozenset[str]:
    """Every word that a rule knows."""

    def of(node: Node) -> Iterator[str]:
        match node:
            case Word(text):
                yield text
            case Named():
                pass
            case Sequence(parts) | Choice(parts):
                for part in parts:
                    yield from of(part)
            case Many(part):
                yield from of(part)
            case _:
                assert_never(node)

    return frozenset(word for node in rules.values() for word in of(node))


class Grammar:
    """Rules, and the words that each of them can begin with, so that a reader need not try the others."""

    def __init__(self, rules: Rules) -> None:
        """A name that has no rule covers nothing."""
        self.rules = rules
        self._first: dict[str, frozenset[str]] = {}

    def first(self, name: str) -> frozenset[str]:
        """The first words of a rule; `NOTHING` among them if it can be left out."""
        if name not in self._first:
            self._first[name] = self._first_of(self.rules.get(name, Choice(())))
        return self._first[name]

    def _first_of(self, node: Node) -> frozenset[str]:
        match node:
            case Word(text):
                return frozenset({text})
            case Named(name):
                return self.first(name)
            case Choice(options):
                return _union(self._first_of(option) for option in options)
            case Sequence(parts):
                found = frozenset({NOTHING})
                for part in parts:
                    if NOTHING not in found:
                        break
                    found = (found - {NOTHING}) | self._first_of(part)
                return found
            case Many(part):
                return self._first_of(part) | {NOTHING}
            case _:
                assert_never(node)


class Reading:
    """One text, word by word, and where the rules cover it."""

    def __init__(self, grammar: Grammar, words: tuple[str, ...]) -> None:
        """Nothing is looked for yet."""
        self._grammar, self._words = grammar, words
        self._known: dict[tuple[str, int], frozenset[int]] = {}

    def covers(self, name: str) -> bool:
        """Whether the rule covers the whole text."""
        return len(self._words) in self.ends(Named(name), 0)

    def holds(self, name: str) -> bool:
        """Whether the rule covers any part of the text."""
        return any(self.ends(Named(name), start) - {start} for start in range(len(self._words)))

    def ends(self, node: Node, start: int) -> frozenset[int]:
        """Behind which words a part that begins at `start` can end."""
        match node:
            case Word(text):
                here = start < len(self._words) and self._words[start] == text
                return frozenset({start + 1}) if here else frozenset()
            case Named(name):
                if (name, start) not in self._known:
                    self._known[name, start] = self._ends_of_rule(name, start)
                return self._known[name, start]
            case Choice(options):
                return _union(self.ends(option, start) for option in options)
            case Sequence(parts):
                reached = frozenset({start})
                for part in parts:
                    reached = _union(self.ends(part, middle) for middle in reached)
                    if not reached:
                        break
                return reached
            case Many(part):
                return self._ends_of_many(part, start)
            case _:
                assert_never(node)

    def _ends_of_rule(self, name: str, start: int) -> frozenset[int]:
        first = self._grammar.first(name)
        here = self._words[start] if start < len(self._words) else NOTHING
        if here not in first and NOTHING not in first:
            return frozenset()
        return self.ends(self._grammar.rules[name], start)

    def _ends_of_many(self, part: Node, start: int) -> frozenset[int]:
        reached = new = frozenset({start})
        while new:
            new = _union(self.ends(part, middle) for middle in new) - reached
            reached |= new
        return reached


def _union[Item](sets: Iterable[frozenset[Item]]) -> frozenset[Item]:
    return frozenset(item for each in sets for item in each)
