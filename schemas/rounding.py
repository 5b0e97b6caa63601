"""Numbers in sentences: so many significant digits, and never a power of ten where a person would not write one."""


def signed(value: float, digits: int = 2) -> str:
    """`+0.17`, `-1200`: as Python's `g`, but with noughts instead of an exponent up to a million."""
    text = f"{value:+.{digits}g}"
    return f"{float(text):+.0f}" if "e+" in text and abs(value) < 1e6 else text


def plain(value: float, digits: int = 2) -> str:
    """The same without a plus."""
    return signed(value, digits).removeprefix("+")
