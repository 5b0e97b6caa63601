"""Role 4's text is judged word by word: nothing invented, nothing reversed, nothing surer than the verdict."""

import re
from collections.abc import Callable, Iterator

from schemas.recording import NarrativeReply
from tasks.llm import narrative_words as lexicon
from tasks.llm.inputs import NarrativeFacts
from tasks.llm.narrative_slots import SLOT, allowed_slots
from tasks.llm.narrative_vocabulary import VOCABULARY

_PUNCTUATION = frozenset("‘’“”–—…")
_MARKUP = re.compile(r"[<>`*_#|\\\[\]{}~^=$]|https?:|www\.|&\w+;", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n")
_NAMED = re.compile(r"\bslot_(?:treatment|outcome)\b")
_SAID = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_CONTRACTED = re.compile(r"\b(ca|wo|sha)?(\w*?)n't\b", re.IGNORECASE)
_FULL = {"ca": "can", "wo": "will", "sha": "shall"}

type Rule = tuple[re.Pattern[str], str]

_EVERYWHERE: tuple[Rule, ...] = (
    (lexicon.NUMBERS, "a number in words; numbers come from slots only"),
    (lexicon.ROMAN, "a number in words; numbers come from slots only"),
    (lexicon.PERCENT, "a percentage; only {prob_direction} gives one"),
    (lexicon.UNITS, "a unit; slots bring their unit along"),
    (lexicon.VALUES, "a judgement of good or bad; say only whether the outcome went up or down"),
    (lexicon.CERTAIN, "a word of proof or full certainty"),
    (lexicon.PEOPLE, "a statement about other people; the record is one person's"),
    (lexicon.ADVICE, "advice on treatment"),
    (lexicon.FUTURE, "a statement about the future; speak of this record"),
    (lexicon.SWAPPED, "exposure and outcome in each other's place"),
    (lexicon.MISREAD, "a slot used for something it is not"),
    (lexicon.WRONG, "a denial; say what the verdict says"),
)


def check_narrative(reply: NarrativeReply, facts: NarrativeFacts) -> list[str]:
    """Why these four parts cannot be shown, each reason beginning with its part; empty when they can."""
    parts: dict[str, str] = reply.model_dump()
    reasons = [f"{part}: {reason}" for part, text in parts.items() for reason in text_problems(text, facts)]
    if "{next_step}" not in reply.what_next:
        reasons.append("what_next: the slot {next_step} is missing")
    return reasons + [f"answer: {reason}" for reason in _answer_problems(reply.answer, facts)]


def text_problems(text: str, facts: NarrativeFacts) -> list[str]:
    """What is wrong with one text, whichever part it stands in."""
    rest = SLOT.sub(" ", text)
    masked = _masked(text)
    return list(
        dict.fromkeys(
            (
                *_character_problems(rest),
                *_slot_problems(text, facts),
                *_rule_problems(lexicon.NEUTRAL_CERTAINTY.sub(" ", masked), _EVERYWHERE),
                *_size_problems(masked, facts),
                *_unit_problems(masked, facts.unit),
                *_word_problems(rest),
                *_echo_problems(masked),
                *_assertion_problems(masked, facts),
                *_BY_VERDICT[facts.verdict](masked, facts),
            )
        )
    )


def _masked(text: str) -> str:
    """Slots as single words, apostrophes plain, single spaces; `with and without` names both sides and is neutral."""
    plain = " ".join(_uncontracted(text.replace("’", "'").replace("‘", "'")).split())
    masked = SLOT.sub(lambda slot: "slot_" + slot[1].replace(".", "_"), plain)
    return lexicon.WITH_AND_WITHOUT.sub("of both kinds", masked)


def _rule_problems(text: str, rules: tuple[Rule, ...]) -> list[str]:
    found = ((pattern.search(text), reason) for pattern, reason in rules)
    return [f"'{match[0]}' is {reason}" for match, reason in found if match]


def _character_problems(text: str) -> Iterator[str]:
    if any(character.isnumeric() for character in text):
        yield "it contains a digit; numbers come from slots only"
    if any(not character.isascii() and character not in _PUNCTUATION for character in text):
        yield "it contains a letter or sign that plain English does not need"
    if any(not character.isprintable() and character != "\n" for character in text):
        yield "it contains an invisible character"
    if "%" in text:
        yield "it contains a percent sign; only {prob_direction} gives a percentage"
    if _MARKUP.search(text):
        yield "it contains a brace outside a slot, markup or an address"


def _slot_problems(text: str, facts: NarrativeFacts) -> list[str]:
    allowed = allowed_slots(facts.verdict)
    unknown = dict.fromkeys(name for name in SLOT.findall(text) if name not in allowed)
    valid = ", ".join(f"{{{name}}}" for name in allowed)
    problems = [f"the slot {{{name[:40]}}} is not allowed here; the slots are {valid}" for name in unknown]
    if re.search(r"[-–—+~≈<>]\s?\{(?:estimate|rope|prob)", text):
        problems.append("a sign stands before a slot; slots bring their sign along")
    sentences = [sentence for sentence in _SENTENCE.split(_masked(text)) if "slot_prob_direction" in sentence]
    if not all(lexicon.CHANCE.search(sentence) for sentence in sentences):
        problems.append("{prob_direction} must be called a probability")
    if "slot_contrast" in lexicon.CONTRAST_INSIDE.sub(" ", _masked(text)):
        problems.append("{contrast} must stand in parentheses")
    return problems


def _size_problems(text: str, facts: NarrativeFacts) -> list[str]:
    if facts.verdict == "no_meaningful_effect":
        text = lexicon.NEGLIGIBLE.sub(" ", text)
    return _rule_problems(text, ((lexicon.SIZES, "a word for a size that you were not told"),))


def _assertion_problems(text: str, facts: NarrativeFacts) -> Iterator[str]:
    """That nothing unrecorded drives both is known of a random assignment only."""
    found = lexicon.ASSERTED.search(lexicon.CONDITION.sub("if unrecorded", text))
    if not facts.randomised and (match := found):
        yield f"'{match[0]}' is no fact here; it can only be a condition"


def _unit_problems(text: str, unit: str) -> list[str]:
    """The study's own unit must not be spelled; a unit that is an everyday word only not behind a number."""
    spelled = unit.strip().lower()
    if not spelled:
        return []
    everyday = len(spelled) < 2 or spelled in lexicon.ENGLISH | {"step", "steps", "score", "scale", "week", "weeks"}
    before = r"slot_(?:estimate|rope)_\w+\s+" if everyday else r"(?<!\w)"
    pattern = re.compile(rf"{before}{re.escape(spelled)}(?!\w)", re.IGNORECASE)
    return _rule_problems(text, ((pattern, "a unit; slots bring their unit along"),))


def _uncontracted(text: str) -> str:
    """`isn't` as `is not`, so that a denial is found however it is written."""
    return _CONTRACTED.sub(lambda found: f"{_FULL.get((found[1] or '').lower(), found[1] or '')}{found[2]} not", text)


def _word_problems(text: str) -> Iterator[str]:
    """Every word is one of the closed vocabulary: the rules know no others."""
    plain = _uncontracted(text.replace("’", "'").replace("‘", "'"))
    said = dict.fromkeys(word.lower().removesuffix("'s") for word in _SAID.findall(plain))
    rare = [word for word in said if word not in VOCABULARY]
    if rare:
        words = ", ".join(f"'{word[:30]}'" for word in rare[:6])
        yield f"{words} is not among the plain words of such a text; use simpler, more common ones"


def _echo_problems(text: str) -> Iterator[str]:
    """`It did not.` behind a sentence turns it around, whatever that sentence says."""
    for clause in _clauses(text):
        if match := lexicon.NOT_SO.search(clause):
            yield f"'{match[0]}' affirms or denies what was said before; say it in full"


def _clauses(text: str) -> list[str]:
    return [clause.strip() for clause in lexicon.CLAUSE.split(text) if clause and clause.strip()]


def _directed(text: str) -> str:
    """Without the idioms whose direction is not the effect's."""
    return lexicon.NEUTRAL_DIRECTIONS.sub(" ", text)


def _effect_problems(text: str, facts: NarrativeFacts) -> Iterator[str]:
    """The right direction, never the other one, never denied."""
    right, wrong = (lexicon.UP, lexicon.DOWN) if facts.direction == "increase" else (lexicon.DOWN, lexicon.UP)
    if match := wrong.search(_directed(text)):
        yield f"'{match[0]}' contradicts the direction: {facts.direction}"
    if lexicon.ABSENT.search(text):
        yield "'without {treatment}' may only follow 'than' or 'compared', as the direction is that of {treatment}"
    denied = re.compile(
        rf"\b{lexicon.NEGATION}\b(?:\W+\w+){{0,5}}?\W+(?:{right.pattern}|{lexicon.CLAIMS.pattern})", re.IGNORECASE
    )
    emptied = re.compile(rf"(?:{right.pattern})(?:\W+\w+){{0,2}}?\W+(?:nothing|none|no slot_outcome)\b", re.IGNORECASE)
    for clause in _clauses(lexicon.NEUTRAL_CLAIMS.sub(" ", _directed(text))):
        if match := emptied.search(clause):
            yield f"'{match[0]}' denies the effect that the verdict states"
        if (match := lexicon.HEDGED.search(clause)) and "slot_treatment" in clause and right.search(clause):
            yield f"'{match[0]}' does not fit the verdict, which states an effect"
        if (match := denied.search(clause)) and "slot_treatment" in clause:
            yield f"'{match[0]}' denies the effect that the verdict states"
        if (match := lexicon.OPEN.search(clause)) and ("slot_treatment" in clause or match[0] == "inconclusive"):
            yield f"'{match[0]}' does not fit the verdict, which states an effect"
    if (
        match := lexicon.ZERO.search(text)
        or lexicon.UNLESS.search(text)
        or lexicon.NEGLIGIBLE.search(text)
        or lexicon.LEANING.search(_estimates(text))
    ):
        yield f"'{match[0]}' does not fit the verdict, which states an effect"


def _estimates(text: str) -> str:
    """`most likely` beside an interval describes it rightly."""
    return re.sub(r"(?:most )?likely(?= (?:lies|lay|between|range))", " ", text)


def _no_effect_problems(text: str, _: NarrativeFacts) -> Iterator[str]:
    """No meaningful effect: no direction, no claim without its size, and not exactly zero either."""
    yield from _one_sided(text)
    if match := lexicon.ZERO.search(text):
        yield f"'{match[0]}' says more than the verdict: only that no meaningful change was found"
    if match := lexicon.OPEN.search(text) or lexicon.NOT_EXCLUDED.search(text):
        yield f"'{match[0]}' does not fit the verdict, which gives an answer"
    for clause in _clauses(lexicon.NEUTRAL_CLAIMS.sub(" ", text)):
        said = lexicon.NEGLIGIBLE.search(clause)
        match = lexicon.CLAIMS.search(lexicon.ANY_EFFECT.sub(" ", lexicon.NEGLIGIBLE.sub(" ", clause)))
        if match and not (said and match[0].lower() in {"made", "make", "makes"}):
            yield f"'{match[0]}' claims an effect; the verdict is that there is no meaningful one"
        elif _NAMED.search(clause) and not said:
            yield f"'{clause[:80]}' must say that no meaningful change was found, or not name the two"


def _open_problems(text: str, facts: NarrativeFacts) -> Iterator[str]:
    """No claim of an effect, nor of its absence: such words stand behind `cannot tell`, `whether` and the like."""
    yield from _one_sided(text)
    if facts.verdict == "cannot_tell" and (match := lexicon.WITHHELD.search(text)):
        yield f"'{match[0]}' does not fit the verdict, which shows its interval"
    rest = lexicon.NEUTRAL_CLAIMS.sub(" ", text)
    if match := lexicon.LEANING.search(rest) or lexicon.PRESUMED.search(rest):
        yield f"'{match[0]}' leans towards an answer; the verdict gives none"
    for clause in _clauses(rest):
        claims = (lexicon.CLAIMS.search(clause), _NAMED.search(clause))
        match = min((each for each in claims if each), key=lambda each: each.start(), default=None)
        if match and not lexicon.OPEN.search(clause[: match.start()]):
            yield f"'{clause[:80]}' says something about the effect; the verdict allows only that it is not known"


def _one_sided(text: str) -> Iterator[str]:
    """Where no direction is known, both are named in the same breath as an open question, or none."""
    for clause in _clauses(_directed(text)):
        up, down = lexicon.UP.search(clause), lexicon.DOWN.search(clause)
        first = min((match for match in (up, down) if match), key=lambda match: match.start(), default=None)
        if first is None:
            continue
        opened = re.search(r"\b(?:whether|neither|either|both)\b", clause[: first.start()], re.IGNORECASE)
        if not (up and down and opened):
            yield f"'{first[0]}' names a direction; the verdict has none"


def _answer_problems(text: str, facts: NarrativeFacts) -> Iterator[str]:
    """What the answer must say."""
    masked = _masked(text)
    stated = facts.verdict in {"effect", "no_meaningful_effect"}
    if facts.verdict == "effect":
        right = lexicon.UP if facts.direction == "increase" else lexicon.DOWN
        if not right.search(_directed(masked)):
            verb = "raised" if facts.direction == "increase" else "lowered"
            yield f"it must say that {{treatment}} {verb} {{outcome}}"
    if facts.verdict == "no_meaningful_effect" and not lexicon.NEGLIGIBLE.search(masked):
        yield "it must say that there was no meaningful change"
    if not stated and not lexicon.OPEN.search(masked):
        yield "it must say that no answer can be given"
    if facts.verdict == "effect":
        claim = lexicon.NOT_DENIED.sub(" ", lexicon.CONDITION.sub(" ", masked.replace(",", "")))
        if match := lexicon.DENIAL.search(claim):
            yield f"'{match[0]}' turns a claim around; say plainly what was found"
    if not stated:
        yield from _besides(masked)
    if stated and not facts.randomised and not lexicon.CONDITION.search(masked.replace(",", "")):
        yield "it must state its condition: if nothing unrecorded drives both"
    if "slot_outcome" not in masked or "slot_treatment" not in masked:
        yield "it must name {treatment} and {outcome}"


def _besides(text: str) -> Iterator[str]:
    """An open answer says that it is open, and why; nothing else."""
    for clause in _clauses(text):
        if not (lexicon.OPEN.search(clause) or lexicon.ELSEWHERE.search(clause) or lexicon.UNTOLD.search(clause)):
            yield f"'{clause[:80]}' says something else than that the record cannot tell"


_BY_VERDICT: dict[str, Callable[[str, NarrativeFacts], Iterator[str]]] = {
    "effect": _effect_problems,
    "no_meaningful_effect": _no_effect_problems,
    "cannot_tell": _open_problems,
    "not_identified": _open_problems,
    "not_trustworthy": _open_problems,
}
