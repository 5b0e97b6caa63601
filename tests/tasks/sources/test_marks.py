"""Which sign stands before the decimals: no number is a thousand times too small or too large in silence."""

import pytest

from tasks.settings import load_params
from tasks.setup import create_study
from tests.tasks.sources.tables import assumed, read, table, values

STEPS = ["8.055", "10.312", "9.870", "950"]
COMMAS = [cell.replace(".", ",") for cell in STEPS]
THOUSANDS = [8055.0, 10312.0, 9870.0, 950.0]
DECIMALS = [8.055, 10.312, 9.87, 950.0]


@pytest.mark.parametrize(
    ("columns", "separator", "steps", "told"),
    [
        ({"steps": STEPS, "sleep": ["7,5", "8", "6,25", "7"]}, ";", THOUSANDS, False),
        ({"steps": STEPS, "sleep": ["7,5", "8", "6,25", "7"]}, "\t", THOUSANDS, False),
        ({"steps": STEPS, "sleep": ['"7,5"', "8", '"6,25"', "7"]}, ",", THOUSANDS, False),
        ({"steps": STEPS, "sleep": ["7,5 h", "8 h", "6,25 h", "7 h"]}, ";", THOUSANDS, False),
        ({"steps": STEPS}, ";", THOUSANDS, True),
        ({"steps": STEPS, "sleep": ["7.5", "8", "6.25", "7"]}, ",", DECIMALS, False),
        ({"steps": STEPS, "sleep": ["7.5", "8", "6.25", "7"]}, ";", DECIMALS, True),
        ({"steps": STEPS, "sleep": ["7.5", "8", "6,25", "7"]}, ";", THOUSANDS, True),
        ({"steps": STEPS}, ",", DECIMALS, True),
        ({"steps": STEPS}, "\t", DECIMALS, True),
        ({"steps": ["0.055", *STEPS[1:]]}, ";", [0.055, *DECIMALS[1:]], False),
        ({"steps": ["1.208.055", *STEPS[1:]]}, ",", [1208055.0, *THOUSANDS[1:]], False),
        ({"steps": ["8.055,5", *STEPS[1:]]}, ";", [8055.5, *THOUSANDS[1:]], False),
        ({"steps": [f'"{cell}"' for cell in COMMAS]}, ",", THOUSANDS, True),
        ({"steps": COMMAS, "sleep": ["7,5", "8", "6,2", "7"]}, ";", DECIMALS, False),
    ],
)  # fmt: skip
def test_points_and_commas(tmp_path, columns, separator, steps, told):
    readings = read(tmp_path, table(columns, separator))
    assert values(readings, "steps") == steps
    assert ["in line 2 was read as" in sentence for sentence in assumed(readings)] == [True] * told


def test_a_declared_sign_decides(tmp_path):
    text = table({"steps": STEPS})
    assert values(read(tmp_path, text, decimal="comma"), "steps") == THOUSANDS
    assert values(read(tmp_path, text.replace(",", ";"), decimal="point"), "steps") == DECIMALS
    assert assumed(read(tmp_path, text, decimal="comma")) == []


def test_init_says_how_an_open_column_was_read_and_what_to_write(tmp_path):
    (tmp_path / "a.csv").write_text(table({"steps": STEPS}))
    told = "\n".join(create_study(tmp_path / "s", [tmp_path / "a.csv"], None, None, None))
    assert "'8.055' in line 2 was read as 8.055. If that is wrong, write `decimal: comma` for a.csv" in told
    assert load_params(tmp_path / "s").ingest.sources == ()
