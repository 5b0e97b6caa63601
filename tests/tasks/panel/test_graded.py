"""Words that grade something: known scales, and orders that the person gives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import StudyError
from schemas.params import StudyParams
from tasks.readings.scales import SCALES, plain, ranks_of
from tasks.settings import set_params
from tasks.setup import create_study
from tests.tasks.making import ingested

BY_RANK = [
    [[word for word in scale if scale[word] == rank] for rank in sorted(set(scale.values()))] for scale in SCALES
]
PAIN = ["none", "mild", "severe", "moderate", "mild", "none"]


def diary(cells, name="pain"):
    rows = "".join(f"2024-01-{n + 1:02d},{n % 2},{cell}\n" for n, cell in enumerate(cells))
    return {"a.csv": f"date,x,{name}\n{rows}"}


def panel(tmp_path, cells, levels=None, **study):
    rules = {"variables": {"pain": {"levels": levels}}} if levels else {}
    return ingested(tmp_path, diary(cells), ingest=rules, study=study)


@pytest.mark.parametrize(
    ("cells", "ranks"),
    [
        (PAIN, [0, 1, 3, 2, 1, 0]),
        (["low", "High ", "MEDIUM"], [0, 2, 1]),
        (["low", "very high", "medium", "high"], [1, 4, 2, 3]),
        (["never", "often", "always", "rarely", "sometimes"], [0, 3, 4, 1, 2]),
        (["very bad", "ok", "Very  good", "bad", "good"], [0, 2, 4, 1, 3]),
        (["bad", "ok", "good"], [0, 1, 2]),
        (["poor", "excellent", "fair", "good"], [0, 3, 1, 2]),
        (["not at all", "very_much", "somewhat", "a little"], [0, 3, 2, 1]),
        (["not at all", "extremely", "moderately", "a little", "quite a bit"], [0, 4, 2, 1, 3]),
        (["none", "", "mild", "n/a", "severe"], [0, None, 1, None, 3]),
        (["never", "sometimes", "always"], [0, 2, 4]),
    ],
)
def test_words_of_one_scale_are_ranks(tmp_path, cells, ranks):
    made = panel(tmp_path, cells)
    assert made.values("pain") == ranks
    told = made.finding("levels")
    assert told.where == "pain"
    assert "ingest.variables.pain.levels" in told.sentence
    assert sorted(told.counts.values()) == sorted({rank for rank in ranks if rank is not None})


@pytest.mark.parametrize(
    "cells",
    [
        ["none", "mild", "awful"],  # two scales
        ["wine", "beer", "none"],
        ["not at all", "a little", "very much"],  # four ranks or five
        ["fair", "good", "excellent"],
        ["bad", "meh", "ok", "good"],  # two words of one rank
        ["none", "mild", "severe", "2"],
    ],
)
def test_other_words_stay_texts_and_the_setting_is_named(tmp_path, cells):
    made = panel(tmp_path, cells)
    assert "pain" not in made.panel.columns
    if not any(cell.isdigit() for cell in cells):
        assert "from lowest to highest at ingest.variables.pain.levels" in made.finding("ignored_column").sentence


def test_many_texts_are_no_grades(tmp_path):
    told = panel(tmp_path, [f"note {n}" for n in range(20)]).finding("ignored_column")
    assert "levels" not in told.sentence


def test_two_words_are_zero_and_one_as_before(tmp_path):
    made = panel(tmp_path, ["none", "severe", "none"])
    assert made.values("pain") == [0, 1, 0]
    assert made.finding("levels").counts["one"] == "severe"


def test_the_listed_order_decides(tmp_path):
    made = panel(tmp_path, ["Good", "bad", "so  so", "", "bad"], ["good", "so so", "bad", "hopeless"])
    assert made.values("pain") == [0, 2, 1, None, 2]
    assert made.finding("levels").counts == {"good": 0, "so so": 1, "bad": 2, "hopeless": 3}
    assert panel(tmp_path / "known", PAIN, ["severe", "moderate", "mild", "none"]).values("pain") == [3, 2, 0, 1, 2, 3]


def test_two_listed_words_name_both_sides(tmp_path):
    made = panel(tmp_path, ["wet", "dry", "dry"], ["wet", "dry"])
    assert made.values("pain") == [0, 1, 1]
    assert {variable.name: variable.levels for variable in made.audit.variables}["pain"] == "wet|dry"


def test_numbers_may_be_listed_beside_words(tmp_path):
    assert panel(tmp_path, ["1", "none", "2", "worst"], ["none", "1", "2", "worst"]).values("pain") == [1, 0, 2, 3]


@pytest.mark.parametrize(
    ("cells", "got"), [(["none", "mild", "midl"], "'midl' in 1 of 3"), (["none", "2", "2"], "'2' in 2")]
)
def test_a_word_that_is_not_listed_is_refused(tmp_path, cells, got):
    with pytest.raises(StudyError) as caught:
        panel(tmp_path, cells, ["none", "mild", "severe"])
    refusal = caught.value
    assert refusal.expected == "one of the words none, mild, severe"
    assert got in refusal.got
    assert refusal.where == f"a.csv:{2 + (cells.index('midl') if 'midl' in cells else 1)}, column 'pain'"
    assert "ingest.variables.pain.levels" in refusal.fix


@pytest.mark.parametrize("levels", [["mild"], [], ["mild", " MILD"], "mild"])
def test_a_list_has_two_words_or_more_each_once(levels):
    with pytest.raises(ValueError, match=r"two words or more|tuple"):
        StudyParams.model_validate({"ingest": {"variables": {"pain": {"levels": levels}}}})


def test_the_contrast_of_two_words_goes_before_the_ranks(tmp_path):
    contrast = {"exposed": "severe", "reference": "none"}
    assert panel(tmp_path, PAIN, treatment="pain", contrast=contrast).values("pain") == [0, None, 1, None, None, 0]
    assert panel(tmp_path / "ranks", PAIN, treatment="pain").values("pain") == [0, 1, 3, 2, 1, 0]


def test_a_small_amount_of_an_event_is_not_none_unless_it_is_listed_so(tmp_path):
    rows = [f"2024-01-0{n + 1},coffee,{size}\n" for n, size in enumerate(["small", "large", "medium", ""])]
    log = {"a.csv": "date,substance,amount\n" + "".join(rows) + "2024-01-05,tea,\n"}
    assert "coffee" not in ingested(tmp_path / "s", log).panel.columns
    rules = {"variables": {"coffee": {"levels": ["none", "small", "medium", "large"]}}}
    assert ingested(tmp_path / "listed", log, ingest=rules).values("coffee")[:4] == [1, 3, 2, None]


def test_init_tells_the_codes_and_what_to_write(tmp_path):
    (tmp_path / "a.csv").write_text(diary(PAIN)["a.csv"])
    said = "\n".join(create_study(tmp_path / "s", [tmp_path / "a.csv"], None, "x", "pain"))
    assert (
        "pain is graded text: 'none' counts as 0, 'mild' as 1, 'moderate' as 2, 'severe' as 3; if that is wrong" in said
    )
    set_params(tmp_path / "s", {"ingest.variables": {"pain": {"levels": ["none", "mild", "moderate", "severe"]}}})


@pytest.mark.parametrize("scale", BY_RANK, ids=lambda scale: scale[0][0] + " - " + scale[-1][0])
def test_every_whole_scale_is_read_in_its_order(scale):
    words = [words[0] for words in scale]
    assert ranks_of(set(words)) == {word: rank for rank, word in enumerate(words)}


@given(st.data())
def test_ranks_of_any_part_of_a_scale_keep_its_order(data):
    scale = data.draw(st.sampled_from(BY_RANK))
    part = data.draw(st.lists(st.integers(0, len(scale) - 1), min_size=2, unique=True))
    words = [data.draw(st.sampled_from(scale[rank])) for rank in sorted(part)]
    ranks = ranks_of(set(words))
    assert ranks is None or [ranks[word] for word in words] == sorted(ranks.values())


def test_words_of_the_table_are_written_as_they_are_compared():
    assert all(word == plain(word) for scale in SCALES for word in scale)
