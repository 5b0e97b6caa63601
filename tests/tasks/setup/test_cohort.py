"""Tables of several people are divided line by line, and every line has one owner."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.commands.each_subject import init_each
from schemas.errors import StudyError
from tasks.setup.cohort import divide
from tests.tasks.making import ingested

odd = st.sampled_from([" ", "\n", '"', ",", "\u2028", "\x0b", "\x85"])
cell = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")) | odd, max_size=6)
rows = st.lists(st.tuples(st.sampled_from(["1", "2", "b_3"]), cell, st.integers(0, 9)), min_size=1, max_size=12)


def table(lines, newline="\n"):
    sink = io.StringIO(newline="")
    csv.writer(sink, lineterminator=newline).writerows([("Id", "note", "x"), *lines])
    return sink.getvalue()


@given(rows)
def test_every_row_goes_to_its_person_as_it_is_written(tmp_path_factory, lines):
    folder = tmp_path_factory.mktemp("cohort")
    (folder / "raw").mkdir()
    (folder / "raw" / "a.csv").write_text(table(lines), newline="")
    people = divide(folder / "raw", folder / "out").people
    assert people == list(dict.fromkeys(person for person, *_ in lines))
    for person in people:
        mine = table([row for row in lines if row[0] == person])
        assert (folder / "out" / person / "a.csv").read_bytes().decode() == mine


def test_a_person_has_a_file_only_with_lines_in_it_and_other_files_are_told(tmp_path):
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "a.csv").write_text(table([("1", "", 1), ("2", "", 2)]))
    (raw / "b.csv").write_text(table([("2", "", 3)]))
    (raw / "weather.csv").write_text("date,rain\n2024-01-01,3\n")
    divided = divide(raw, tmp_path / "out")
    assert divided == (["1", "2"], ["weather.csv"])
    assert sorted(p.name for p in (tmp_path / "out" / "1").iterdir()) == ["a.csv"]
    assert sorted(p.name for p in (tmp_path / "out" / "2").iterdir()) == ["a.csv", "b.csv"]


@pytest.mark.parametrize("person", ["../evil", "", ".hidden", "a/b", "x" * 65])
def test_a_name_that_cannot_be_a_folder_is_refused(tmp_path, person):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "a.csv").write_text(table([("1", "", 1), (person, "", 1)]))
    with pytest.raises(StudyError, match="name a folder"):
        divide(tmp_path / "raw", tmp_path / "out")
    assert not list(tmp_path.rglob("evil"))


def test_tables_of_several_people_become_studies_that_can_be_read(tmp_path):
    days = [f"{person},2024-01-{day:02d},{day},{day % 3}" for person in ("ann", "bo") for day in range(1, 29)]
    (tmp_path / "log.csv").write_text("\n".join(["subject,date,steps,coffee", *days, "cy,not a date,,"]) + "\n")
    made = init_each(tmp_path / "studies", [tmp_path / "log.csv"], None, "coffee", "steps")
    assert made.studies == ("ann", "bo")
    assert list(made.without) == ["cy"]
    raw = tmp_path / "studies" / "bo" / "data" / "raw" / "log.csv"
    assert ingested(tmp_path / "again", {"log.csv": raw}).values("steps") == list(range(1, 29))
    with pytest.raises(StudyError, match="not empty"):
        init_each(tmp_path / "studies", [tmp_path / "log.csv"], None, None, None)


@pytest.mark.slow
def test_thirty_three_people_become_thirty_three_divisions_of_every_line(tmp_path, shared_data):
    made = divide(shared_data / "fitbit_mobius", tmp_path / "out")
    assert len(made.people) == 33
    for file in (shared_data / "fitbit_mobius").glob("*.csv"):
        parts = list((tmp_path / "out").glob(f"*/{file.name}"))
        assert sum(len(part.read_text().splitlines()) - 1 for part in parts) == len(file.read_text().splitlines()) - 1
