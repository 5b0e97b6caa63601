"""What `init` says of a table: what was assumed, what could not be used, and what cannot be asked."""

import pytest

from schemas.errors import StudyError
from tasks.setup import create_study

DAYS = [f"2024-{1 + day // 28:02d}-{1 + day % 28:02d}" for day in range(30)]


def table(**columns):
    names = ["date", *columns]
    rows = [[day, *(str(cells(n)) for cells in columns.values())] for n, day in enumerate(DAYS)]
    return "\n".join(",".join(row) for row in [names, *rows]) + "\n"


def told(tmp_path, text, treatment=None, outcome=None):
    (tmp_path / "a.csv").write_text(text)
    return "\n".join(create_study(tmp_path / "s", [tmp_path / "a.csv"], None, treatment, outcome))


def x(n):
    return n % 2


def y(n):
    return 60 + n * 7 % 9


def test_one_of_a_thing_is_told_in_the_singular(tmp_path):
    assert "Read 1 row: 1 day from 2024-01-01 to 2024-01-01, 1 variable." in told(tmp_path, "date,x\n2024-01-01,1\n")


def test_impossible_dates_are_told_with_the_first_line(tmp_path):
    text = table(x=x, y=y).replace("2024-01-05,", "2024-02-30,").replace("2024-01-09,", "2024-02-30,")
    assert "2 rows have no readable time in 'date' and are in no step (first: '2024-02-30' in line 6)" in told(
        tmp_path, text
    )


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (lambda n: ["wine", "beer", "none"][n % 3], "drink holds 3 texts ('beer', 'none', 'wine')"),
        (lambda n: "yes" if n % 2 else "", "drink says one thing only ('yes')"),
        (lambda n: n if n % 3 == 0 else "many", "drink mixes 10 numbers with texts ('many')"),
    ],
)
def test_a_column_that_cannot_be_used_has_its_line_and_what_to_do(tmp_path, cells, reason):
    said = told(tmp_path, table(drink=cells, y=y))
    (line,) = [line for line in said.splitlines() if line.startswith("drink")]
    assert reason in line
    assert "To use it, write" in line


def test_such_a_column_is_no_exposure_and_the_reason_is_told(tmp_path):
    text = table(drink=lambda n: ["wine", "beer", "none"][n % 3], y=y)
    with pytest.raises(StudyError, match="drink holds 3 texts"):
        told(tmp_path, text, "drink", "y")


def test_rows_without_dates_are_told(tmp_path):
    assert "There is no time column" in told(tmp_path, "x,y\n1,2\n2,3\n")


def test_many_notices_are_cut_short(tmp_path):
    said = told(tmp_path, table(y=y, **{f"note{n}": lambda n: "abc"[n % 3] for n in range(40)}))
    assert said.count("holds 3 texts") == 15
    assert "And 25 more such notices" in said


@pytest.mark.parametrize(("key", "columns"), [("treatment", ("same", "y")), ("outcome", ("x", "same"))])
def test_what_never_varies_is_refused_with_a_remedy(tmp_path, key, columns):
    with pytest.raises(StudyError, match="that varies") as caught:
        told(tmp_path, table(x=x, y=y, same=lambda _: 0), *columns)
    assert "the value 0 on all 30 observed steps" in caught.value.got
    assert "record steps on which it differs" in caught.value.fix
    assert f"name another column with --{key}" in caught.value.fix
    assert not (tmp_path / "s").exists()


def test_what_is_never_observed_is_refused(tmp_path):
    with pytest.raises(StudyError, match="some observed values of the treatment"):
        told(tmp_path, table(x=x, y=y, empty=lambda _: ""), "empty", "y")
