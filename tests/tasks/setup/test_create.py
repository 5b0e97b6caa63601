"""Making a study: whole or not at all."""

import stat
import zipfile
from pathlib import Path

import pytest
from pydantic import BaseModel
from ruamel.yaml import YAML

import schemas.deciding
import schemas.params
from schemas.errors import StudyError
from schemas.params import StudyParams
from tasks.ingest import ingest
from tasks.settings import load_params
from tasks.setup import create_study, require_pair, study_variables
from tasks.setup.create import TEMPLATE

CSV = "date,coffee,mood\n" + "".join(f"2024-01-{d:02d},{d % 2},{d % 5}\n" for d in range(1, 20))
LOG = (
    "time,substance,amount\n2024-01-01 08:00,caffeine,200mg\n"
    "2024-01-02 08:00,sugar,2g\n2024-01-03 08:00,caffeine,200mg\n"
)


def data(tmp_path: Path, content: str = CSV, name: str = "diary.csv") -> Path:
    path = tmp_path / name
    path.write_text(content)
    return path


def archive(tmp_path: Path, *names: str, mode: int = 0) -> Path:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as content:
        for name in names:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            content.writestr(entry, CSV)
    return path


def test_a_study_is_ready_to_run(tmp_path):
    root = tmp_path / "new" / "study"
    told = create_study(root, [data(tmp_path)], "does coffee change my mood?", None, None)
    params = load_params(root)
    assert (params.study.treatment, params.study.outcome, params.study.name) == ("coffee", "mood", "study")
    assert params.study.question == "does coffee change my mood?"
    assert params.configure.llm.mode == "off"
    assert "Exposure: coffee. Outcome: mood." in told
    assert (root / "recordings").is_dir()
    ingest(root, params, lambda _: None)


def test_without_a_question_the_columns_and_the_command_are_told(tmp_path):
    root = tmp_path / "a study"
    told = "\n".join(create_study(root, [data(tmp_path)], None, None, None))
    assert "coffee, mood" in told
    assert f"causal-ssm run '{root}' --treatment NAME --outcome NAME" in told
    assert load_params(root).study.treatment is None


def test_an_unclear_pair_is_refused_with_the_command_to_type(tmp_path):
    create_study(tmp_path / "s", [data(tmp_path)], None, None, None)
    names = study_variables(tmp_path / "s", load_params(tmp_path / "s"))
    with pytest.raises(StudyError) as caught:
        require_pair(Path("s"), names, "coffee", None)
    assert "coffee, mood" in caught.value.expected
    assert caught.value.fix == "causal-ssm run s --treatment coffee --outcome NAME"
    with pytest.raises(StudyError, match="'moood'"):
        require_pair(Path("s"), names, "coffee", "moood")
    with pytest.raises(StudyError, match="two different variables"):
        require_pair(Path("s"), names, "coffee", "coffee")


def test_a_comparator_is_declared_in_view(tmp_path):
    files = [data(tmp_path, LOG, "log.csv"), data(tmp_path)]
    told = "\n".join(create_study(tmp_path / "s", files, "did caffeine raise mood?", None, None))
    rule = load_params(tmp_path / "s").ingest.exposures["caffeine"]
    assert (rule.active, rule.comparator, rule.absent) == ("caffeine", "sugar", "null")
    assert "caffeine and sugar" in told
    assert "ingest.exposures.caffeine.absent" in told
    assert "absent: 'null'" in (tmp_path / "s" / "params.yaml").read_text().replace('"', "'")


def test_folders_and_archives_keep_their_inner_names(tmp_path):
    (tmp_path / "in" / "deep").mkdir(parents=True)
    data(tmp_path / "in" / "deep")
    data(tmp_path / "in", "secret", ".hidden")
    create_study(tmp_path / "one", [tmp_path / "in"], None, None, None)
    create_study(tmp_path / "two", [archive(tmp_path, "deep/diary.csv", "__MACOSX/x")], None, None, None)
    for name in ("one", "two"):
        raw = tmp_path / name / "data" / "raw"
        assert [p.relative_to(raw).as_posix() for p in raw.rglob("*") if p.is_file()] == ["deep/diary.csv"]


@pytest.mark.parametrize("name", ["../evil.csv", "/evil.csv", "a/../../evil.csv", "C:\\evil.csv", "a\\..\\evil.csv"])
def test_archives_cannot_write_outside(tmp_path, name):
    with pytest.raises(StudyError, match="stay inside"):
        create_study(tmp_path / "s", [archive(tmp_path, "good.csv", name)], None, None, None)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["export.zip"]


def test_archives_cannot_hold_links(tmp_path):
    with pytest.raises(StudyError, match="stay inside"):
        create_study(tmp_path / "s", [archive(tmp_path, "link.csv", mode=stat.S_IFLNK | 0o777)], None, None, None)


@pytest.mark.parametrize(
    ("content", "treatment", "message"),
    [
        (None, None, "nothing there"),
        ("", None, "an empty file"),
        ("x\n1\n", None, "a single column"),
        ("date,x\n2024-01-01,inf\n", None, "finite"),
        (CSV, "tea", "'tea'"),
    ],
)
def test_a_refusal_leaves_nothing_behind(tmp_path, content, treatment, message):
    path = tmp_path / "missing.csv" if content is None else data(tmp_path, content)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(StudyError) as caught:
        create_study(tmp_path / "deep" / "s", [path], None, treatment, "mood" if treatment else None)
    assert message in str(caught.value)
    assert sorted(tmp_path.iterdir()) == before


def test_a_folder_in_use_is_refused_and_untouched(tmp_path):
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "mine.txt").write_text("x")
    with pytest.raises(StudyError, match="a new or an empty folder"):
        create_study(tmp_path / "s", [data(tmp_path)], None, None, None)
    assert [p.name for p in (tmp_path / "s").iterdir()] == ["mine.txt"]
    (tmp_path / "empty").mkdir()
    create_study(tmp_path / "empty", [data(tmp_path)], None, None, None)


def test_two_files_of_one_name_are_refused(tmp_path):
    (tmp_path / "other").mkdir()
    files = [data(tmp_path), data(tmp_path / "other")]
    with pytest.raises(StudyError, match=r"'diary\.csv' twice"):
        create_study(tmp_path / "s", files, None, None, None)


def test_what_params_can_solve_does_not_stop_init(tmp_path):
    text = "date,x,y\n" + "".join(f"0{d}/02/2024,{d},{d * d}\n" for d in range(1, 10))
    told = create_study(tmp_path / "s", [data(tmp_path, text)], None, None, None)
    assert any("date_format" in sentence for sentence in told)
    assert load_params(tmp_path / "s") is not None


def test_the_template_is_the_defaults():
    content = YAML(typ="safe", pure=True).load(TEMPLATE.read_text(encoding="utf-8"))
    assert StudyParams.model_validate(content) == StudyParams()


def test_the_template_documents_every_key():
    text = TEMPLATE.read_text(encoding="utf-8")
    names = {**vars(schemas.params), **vars(schemas.deciding)}.values()
    models = [m for m in names if isinstance(m, type) and issubclass(m, BaseModel)]
    ours = [m for m in models if m.__module__ in (schemas.params.__name__, schemas.deciding.__name__)]
    aliases = {field.alias or name for m in ours for name, field in m.model_fields.items()}
    assert [key for key in sorted(aliases) if f"{key}:" not in text and f"{key}," not in text] == []
