"""Sets of numbered nodes as the bits of one integer."""

from collections.abc import Iterator
from functools import reduce
from operator import or_


def members(mask: int) -> Iterator[int]:
    """Positions of the set bits, ascending."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def joined(groups: list[int], through: int) -> list[int]:
    """Merge groups that share a member of `through`, until none do."""
    merged: list[int] = []
    for group in groups:
        touching = [other for other in merged if group & other & through]
        apart = [other for other in merged if not group & other & through]
        merged = [*apart, reduce(or_, touching, group)]
    return merged
