"""What a stage tells while it works: sentences, and how far a long file has been read."""

from collections.abc import Callable


class Share(str):
    """A sentence about how far a file has been read; on a terminal it is drawn as a bar, elsewhere it is not shown.

    Attributes:
        name: the file.
        share: what has been read, 0 to 1.
    """

    __slots__ = ("name", "share")
    name: str
    share: float

    def __new__(cls, name: str, share: float) -> "Share":
        """The sentence is `Reading NAME: 40 %`."""
        made = super().__new__(cls, f"Reading {name}: {int(share * 100)} %")
        made.name, made.share = name, share
        return made

    def __reduce__(self) -> tuple[type["Share"], tuple[str, float]]:
        """How it is made again in another process."""
        return Share, (self.name, self.share)


def by_per_cent(name: str, tell: Callable[[str], None]) -> Callable[[float], None]:
    """Hear any number of shares of a file, tell of every per cent once."""
    told = -1

    def heard(share: float) -> None:
        nonlocal told
        if int(share * 100) > told:
            told = int(share * 100)
            tell(Share(name, share))

    return heard
