"""Questions that a panel cannot answer are refused."""

import pytest

from schemas.errors import StudyError
from tasks.panel import check_question
from tasks.profiles import catalog_of
from tests.tasks.making import ingested

ROWS = 14


def study(tmp_path):
    rows = [f"2024-01-{d:02d},{d % 2},{d * d % 13},1,,{d if d < 6 else ''}" for d in range(1, ROWS + 1)]
    made = ingested(tmp_path, {"a.csv": "date,x,y,constant,empty,short\n" + "\n".join(rows) + "\n"})
    return made.panel, catalog_of(made.panel, made.audit)


def test_a_good_question_passes(tmp_path):
    panel, catalog = study(tmp_path)
    check_question(panel, catalog, "x", "y", 0, 10)
    check_question(panel, catalog, "x", "y", 1, ROWS - 1)


@pytest.mark.parametrize(
    ("treatment", "outcome", "lag", "message"),
    [
        ("xx", "y", 0, "'xx'"),
        ("x", "shortt", 0, "did you mean short"),
        ("constant", "y", 0, "a treatment 'constant' that varies"),
        ("x", "constant", 0, "an outcome 'constant' that varies"),
        ("x", "empty", 0, "some observed values of the outcome"),
        ("x", "short", 0, "at least 10 steps"),
        ("x", "y", 10, "at least 10 steps"),
        ("x", "x", 1, "two different variables"),
    ],
)
def test_a_question_without_answer_is_refused(tmp_path, treatment, outcome, lag, message):
    panel, catalog = study(tmp_path)
    with pytest.raises(StudyError) as caught:
        check_question(panel, catalog, treatment, outcome, lag, 10)
    assert message in str(caught.value)
