"""The only place where a number becomes text.

An estimate gets as many decimals as two significant digits of its interval's width justify: 0.1834 with an interval
of width 0.31 is `0.18`. A probability is never written as certainty.
"""

import math

MINUS, SPACE = "\N{MINUS SIGN}", "\N{NO-BREAK SPACE}"
INTERVAL = f"90{SPACE}%"
NONE = "\N{EN DASH}"


def decimals(width: float | None) -> int:
    """Decimals that show two significant digits of `width`; negative: round to tens, hundreds."""
    if width is None or not math.isfinite(width) or width <= 0:
        return 2
    return min(12, 1 - math.floor(math.log10(width)))


def fixed(value: float, places: int, *, sign: bool = False) -> str:
    """A number with so many decimals, thousands grouped, a true minus sign, never `-0`."""
    rounded = round(value, places) + 0.0
    text = f"{abs(rounded):,.{max(places, 0)}f}"
    if rounded < 0:
        return MINUS + text
    return "+" + text if sign and rounded > 0 else text


def estimate(value: float, low: float | None, high: float | None, *, sign: bool = False) -> str:
    """A value to the precision of its interval (unknown interval: three significant digits)."""
    if low is None or high is None or high <= low:
        return significant(value, 3, sign=sign)
    return fixed(value, decimals(high - low), sign=sign)


def significant(value: float, digits: int = 3, *, sign: bool = False) -> str:
    """A value to so many significant digits; whole numbers of moderate size stay whole."""
    if value == 0 or not math.isfinite(value):
        return fixed(0.0, 0) if value == 0 else NONE
    if float(value).is_integer() and abs(value) < 1e6:
        return fixed(value, 0, sign=sign)
    places = digits - 1 - math.floor(math.log10(abs(value)))
    return fixed(value, min(places, 12), sign=sign)


def interval(low: float, high: float, *, sign: bool = False) -> str:
    """`0.03 to 0.34`: both ends to the precision of the width."""
    places = decimals(high - low)
    return f"{fixed(low, places, sign=sign)} to {fixed(high, places, sign=sign)}"


def percent(probability: float) -> str:
    """A probability in whole per cent, `more than 99 %` and `less than 1 %` at the ends."""
    if probability > 0.99:
        return f"more than 99{SPACE}%"
    if probability < 0.01:
        return f"less than 1{SPACE}%"
    return f"{round(probability * 100)}{SPACE}%"


def share(part: float) -> str:
    """A share of things counted, in per cent; here all and none are allowed."""
    if 0 < part < 0.01:
        return f"less than 1{SPACE}%"
    return f"{round(part * 100)}{SPACE}%"


def count(value: int) -> str:
    """A whole number with grouped thousands."""
    return f"{value:,d}"


def plain(value: float, digits: int = 4) -> str:
    """A setting or threshold: significant digits without trailing zeros."""
    text = significant(value, digits)
    return text.rstrip("0").rstrip(".") if "." in text else text


def optional(value: float | None) -> str:
    """A value for a table cell; a dash when there is none."""
    return NONE if value is None else plain(value)


def with_unit(text: str, unit: str) -> str:
    """A number and its unit, kept on one line."""
    return f"{text}{SPACE}{unit}" if unit and unit != "1" else text


def counted(value: int, singular: str, plural: str | None = None) -> str:
    """`1 day`, `12 days`."""
    return f"{count(value)}{SPACE}{singular if value == 1 else plural or singular + 's'}"
