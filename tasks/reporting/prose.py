"""Sentences: names and numbers enter through slots, so that no template can hold a number of its own."""

import re
import unicodedata

_DIGIT = re.compile(r"\d")
_MARKDOWN = re.compile(r"([\\`*_\[\]{}<>|~#$])")
_LINE_START = re.compile(r"^(\s*)([-+=](?=\s|[-+=]|$))")
_ORDINAL = re.compile(r"^(\s*\d+)([.)](?=\s|$))")


def say(template: str, **slots: str) -> str:
    """Fill a sentence.

    Raises:
        ValueError: the template holds a literal digit; numbers come from `tasks.reporting.numbers` only.
    """
    if _DIGIT.search(template):
        raise ValueError(f"a sentence template must not hold a number: {template!r}")
    return template.format(**{name: clean(value) for name, value in slots.items()})


def clean(text: str) -> str:
    """Text from data as `printable`, without space at its ends."""
    return printable(text).strip()


def printable(text: str) -> str:
    """Text without control, direction-changing or unassigned characters, on one line."""
    if text.isascii() and text.isprintable():
        return text
    kept = (" " if c.isspace() and c != "\N{NO-BREAK SPACE}" else c for c in text)
    return "".join(c for c in kept if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn"})


def markdown(text: object) -> str:
    """Escape text so that Markdown shows it as it is: no mark-up, no HTML, no link."""
    line = clean(str(text))
    line = line.replace("&", "&amp;")
    line = _MARKDOWN.sub(r"\\\1", line).replace("\\<", "&lt;").replace("\\>", "&gt;")
    line = line.replace("://", "&#58;//").replace("www.", "www&#46;").replace("@", "&#64;")
    return _ORDINAL.sub(r"\1\\\2", _LINE_START.sub(r"\1\\\2", line))


def sentence(text: str) -> str:
    """Text from a result as a sentence: capital first letter, full stop."""
    line = clean(text)
    if not line:
        return ""
    first = line.split(" ", 1)[0]
    start = line[0].upper() if first.islower() and first.replace("-", "").isalpha() else line[0]
    return start + line[1:] + ("" if line[-1] in ".!?" else ".")


def moment(text: str | None, otherwise: str = "not recorded") -> str:
    """A time of the record as a reader writes it; midnight is left out."""
    return clean(text).removesuffix("T00:00:00").removesuffix("T00:00").replace("T", " ") if text else otherwise


def listed(names: list[str], limit: int = 6) -> str:
    """`a, b and c`; beyond the limit `… and others`."""
    if len(names) > limit:
        return ", ".join(names[:limit]) + " and others"
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
