"""The one exception that means: the request or the data cannot be used as they are."""

from unicodedata import category

_UNSEEN = {"Cc", "Cf", "Cs"}


class StudyError(Exception):
    """A user's mistake, told as expected / got / where / fix; the command line turns it into exit status 2.

    Args:
        expected: what would have been right, as a noun phrase or sentence.
        got: what came instead.
        where: file, line, column or parameter in which it was found.
        fix: what to do about it, when the program knows.
    """

    def __init__(self, expected: str, got: str, where: str, fix: str = "") -> None:
        """Keep the four parts, so that `--json` can print them apart."""
        super().__init__(expected, got, where, fix)
        self.expected, self.got, self.where, self.fix = expected, got, where, fix

    def __str__(self) -> str:
        """One message of at most four lines, in which what a terminal would obey is written out."""
        lines = [f"{self.where}: expected {self.expected},", f"  got {self.got}."]
        return "\n".join(map(_visible, [*lines, f"  To fix it: {self.fix}"] if self.fix else lines))


def _visible(text: str) -> str:
    """Control characters and marks of writing direction as escapes; a message may quote a hostile file."""
    return "".join(
        character.encode("unicode_escape").decode()
        if character != "\n" and category(character) in _UNSEEN
        else character
        for character in text
    )
