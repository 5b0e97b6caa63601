"""Free text above the header of a table."""

import pytest

from schemas.errors import StudyError
from tasks.setup.cohort import divide
from tests.tasks.sources.tables import assumed, read, table, values

TABLE = table({"x": ["1", "2", "3"], "mood": ["5", "", "7"]})
WIDE = table({"x": ["1", "2", "3"], "mood": ["5", "6", "7"], "note": ["a", "b", "c"]})


@pytest.mark.parametrize(
    ("above", "lines"),
    [
        ("Exported by Health on 3 May 2024\n\n", 2),
        ("Exported by Health, for Ann\n", 1),
        ("My diary\nfrom 2024-01-01\n\n\nName,Ann\n\n", 6),
        ("note\n" * 20, 20),
    ],
)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_it_is_skipped_and_told(tmp_path, above, lines, separator):
    readings = read(tmp_path, above + TABLE.replace(",", separator))
    assert readings.variables == ("x", "mood")
    assert values(readings, "mood") == [5.0, 7.0]
    assert readings.frame["line"].min() == lines + 2
    (told,) = assumed(readings)
    assert f"its header was read from line {lines + 1}." in told
    assert above.splitlines()[0] in told


def test_a_text_file_with_free_text_above_is_a_table(tmp_path):
    assert values(read(tmp_path, "Diary of Ann\n\n" + TABLE, "a.txt"), "x") == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("text", [TABLE, TABLE.replace(",", ";"), WIDE, "\n\n" + TABLE, TABLE + "\n" + TABLE])
def test_a_table_without_any_loses_no_line(tmp_path, text):
    assert assumed(read(tmp_path, text)) == []


def test_rows_that_are_longer_than_their_header_are_no_table_below_it(tmp_path):
    with pytest.raises(StudyError, match="2 cells as in the header") as caught:
        read(tmp_path, "date,x\n2024-01-01,1,5\n2024-01-02,1,5\n2024-01-03,1,5\n")
    assert "'date,x' was taken as the header" in caught.value.fix


@pytest.mark.parametrize("above", ["note\n" * 21, "a line of prose\n" * 40])
def test_what_is_not_found_is_told_with_where_it_was_looked_for(tmp_path, above):
    with pytest.raises(StudyError, match="a single column") as caught:
        read(tmp_path, above + TABLE)
    assert "looked for in the first 20 lines" in caught.value.fix


def test_it_is_no_part_of_a_persons_lines(tmp_path):
    (tmp_path / "in").mkdir()
    rows = "".join(f"{who},2024-01-0{day},{day}\n" for who in ("ann", "bob") for day in range(1, 4))
    (tmp_path / "in" / "a.csv").write_text("Exported on 3 May\n\nid,date,x\n" + rows)
    assert divide(tmp_path / "in", tmp_path / "out").people == ["ann", "bob"]
    assert (tmp_path / "out" / "ann" / "a.csv").read_text().startswith("id,date,x\nann,2024-01-01,1\n")
