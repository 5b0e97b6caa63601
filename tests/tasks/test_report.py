"""Laws of the stage report, on fake studies with each verdict."""

import json
import re
from pathlib import Path

import polars as pl
import pytest

from schemas.errors import StudyError
from schemas.frames import Robustness
from schemas.manifest import Manifest
from schemas.params import StudyParams
from schemas.protocol import EdgeBelief, FeatureProposal
from schemas.recording import NarrativeReply
from schemas.results import EffectSet, Verdict
from tasks.artifacts import read_document, sha256_of, write_frame
from tasks.llm.narrative_text import template
from tasks.llm.roles.narrative import Narrated
from tasks.modelling.protocol import frozen, protocol_bytes, read_protocol
from tasks.report import report
from tasks.reporting.inputs import read_inputs
from tasks.reporting.lay import LABELS
from tasks.reporting.narrative import filled
from tasks.reporting.sections import SECTIONS
from tests.tasks.reporting.made_answer import VERDICTS, make_robustness
from tests.tasks.reporting.page import Page
from tests.tasks.reporting.studies import write_study

REFUSED = ("not_identified", "not_trustworthy")
OUTPUTS = ("results/report.html", "results/report.md", "results/manifest.json")


def _quiet(_: str) -> None:
    """Take a progress sentence."""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Report of each verdict, made once: (folder, page, Markdown)."""
    reports = {}

    def of(verdict):
        if verdict not in reports:
            folder = tmp_path_factory.mktemp(verdict)
            reports[verdict] = (folder, *_made(folder, verdict, truth=verdict in ("effect", *REFUSED)))
        return reports[verdict]

    return of


def _made(root: Path, verdict: str, **more: object) -> tuple[Page, str]:
    params = write_study(root, verdict, **more)
    report(root, params, _quiet)
    page = (root / "results/report.html").read_text(encoding="utf-8")
    return Page(page), (root / "results/report.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("verdict", VERDICTS)
def test_every_verdict_gives_its_plain_label_and_a_readable_text(made, verdict):
    folder, page, text = made(verdict)
    assert LABELS[verdict] in page.words
    assert LABELS[verdict] in text
    assert "N-of-1" in page.words
    assert (folder / "results/report.html").stat().st_size < 2_500_000


@pytest.mark.parametrize("verdict", REFUSED)
def test_a_refused_verdict_shows_no_number_as_an_effect(made, verdict):
    folder, page, text = made(verdict)
    effects = read_document(folder / "results/effects.json", EffectSet).effects
    values = [v for e in effects for v in (e.mean, e.q05, e.q95) if e.unit == "min" and v and abs(v) > 2]
    values += [-14.4321, -21.2468, -21.5, -25.1]
    specs = page.json
    for value in values:
        for shown in {f"{abs(value):.6g}", f"{abs(value):.2f}", f"{abs(value):.1f}"}:
            assert not re.search(rf"(?<![\d.]){re.escape(shown)}(?![\d])", page.words + text), shown
        assert f"{value:.6g}" not in specs
    assert not {"effect", "posterior", "response", "forest"} & set(page.ids)


def test_an_open_verdict_shows_its_interval_labelled_inconclusive(made):
    _, page, _ = made("cannot_tell")
    assert "inconclusive" in page.words.lower()
    assert {"effect", "posterior"} <= set(page.ids)


@pytest.mark.parametrize("verdict", VERDICTS)
def test_numbers_of_the_first_screen_come_from_the_results(made, verdict):
    folder, _, text = made(verdict)
    lay = text.split("# For the technical reader")[0].split("## " + LABELS[verdict])[1]
    result = read_document(folder / "results/verdict.json", Verdict)
    known = [v for v in _values(result.model_dump()) if isinstance(v, (int, float))]
    known += [result.naive_difference.n_exposed + result.naive_difference.n_unexposed, 90, 0.9]
    known += [
        float(n) for part in (*result.reasons, result.next_step, "-23 -32 -15") for n in re.findall(r"\d+\.?\d*", part)
    ]
    for token in re.findall(r"\d[\d,]*\.?\d*", re.sub(r"&#\d+;", "", lay)):
        number = float(token.replace(",", "").rstrip("."))
        places = len(token.partition(".")[2])
        rounded = {round(abs(v) * k, places) for v in known for k in (1, 100)}
        rounded |= {round((1 - abs(v)) * 100) for v in known}
        assert number in rounded, token


def _values(document):
    if isinstance(document, dict):
        return [v for part in document.values() for v in _values(part)]
    if isinstance(document, (list, tuple)):
        return [v for part in document for v in _values(part)]
    return [document]


def test_the_assumption_is_stated_unless_randomised(made, tmp_path):
    _, seen, _ = made("cannot_tell")
    randomised, _ = _made(tmp_path, "cannot_tell", randomised=True)
    assert "if nothing unrecorded drives both" in seen.words
    assert "if nothing unrecorded drives both" not in randomised.words


def test_what_the_checks_found_against_an_answer_stands_beside_it(made):
    _, page, text = made("effect")
    for told in (page.words, text):
        assert "What the checks found against it:" in told
        assert "Nobody has said which" in told
    assert "What the checks found against it:" not in made("not_identified")[1].words


def test_the_truth_of_a_simulation_is_labelled(made):
    _, page, text = made("effect")
    assert "Simulated person: the true effect of one exposure is \N{MINUS SIGN}21.5" in page.words
    assert "Simulated person" in text


def test_hostile_names_are_shown_and_never_obeyed(tmp_path):
    name = "<script>alert(1)</script> | **b** [l](http://evil.example)"
    outcome = "<img src=x onerror=alert(2)>\u202e `x` {{7*7}} </script>"
    page, text = _made(tmp_path, "effect", treatment=name, outcome=outcome)
    assert page.tags.count("script") == 3
    assert "img" not in page.tags
    assert not page.handlers
    assert "<script>alert(1)</script>" in page.words
    assert "{{7*7}}" in page.words
    assert "\u202e" not in page.words + text
    assert "<script>" not in text
    assert "<img" not in text
    assert "[l](" not in text.replace("\\[", "").replace("\\]", "")
    assert "http://" not in text
    assert json.loads(page.json)


def test_the_page_loads_nothing_from_outside(made):
    folder, page, _ = made("effect")
    assert page.loads == ["data:,"]
    assert "default-src 'none'" in (folder / "results/report.html").read_text(encoding="utf-8")[:500]


def test_every_anchor_leads_somewhere(made):
    _, page, _ = made("effect")
    assert len(page.ids) == len(set(page.ids))
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)
    assert all(link.startswith("#") for link in page.links)


def test_the_same_results_give_the_same_bytes(made, tmp_path):
    before, _, _ = made("effect")
    _made(tmp_path, "effect", truth=True)
    assert [sha256_of(before / path) for path in OUTPUTS] == [sha256_of(tmp_path / path) for path in OUTPUTS]


def test_the_manifest_names_what_was_read_and_made(tmp_path):
    (tmp_path / "code.json").write_text('{"report": "abc"}', encoding="utf-8")
    _made(tmp_path, "effect")
    manifest = read_document(tmp_path / "results/manifest.json", Manifest)
    assert manifest.code == {"report": "abc"}
    assert manifest.artifacts["results/report.html"] == sha256_of(tmp_path / "results/report.html")
    assert manifest.artifacts["results/verdict.json"] == sha256_of(tmp_path / "results/verdict.json")
    assert manifest.inputs == {"data/raw/log.csv": "a" * 64}


def test_a_missing_file_is_told_and_leaves_earlier_results(tmp_path):
    params = write_study(tmp_path, "effect")
    report(tmp_path, params, _quiet)
    before = sha256_of(tmp_path / "results/report.html")
    (tmp_path / "data/audit.json").unlink()
    with pytest.raises(StudyError, match=r"audit\.json"):
        report(tmp_path, params, _quiet)
    assert sha256_of(tmp_path / "results/report.html") == before


@pytest.mark.parametrize("steps", [6, 140])
def test_a_record_without_time_and_with_a_continuous_exposure_is_drawn(tmp_path, steps):
    page, text = _made(tmp_path, "cannot_tell", plain=True, steps=steps)
    assert "more coffee" in page.json
    assert "A straight line through all recorded values" in text
    assert "140 rows" in text or "6 rows" in text


def test_a_rejected_text_is_replaced_and_the_report_says_so(tmp_path, monkeypatch):
    def rejecting(_answerer, facts, _attempts):
        return Narrated(template(facts), "template", ("it held a digit",))

    monkeypatch.setattr("tasks.reporting.narrative.narrate", rejecting)
    page, text = _made(tmp_path, "effect")
    assert "was rejected (it held a digit)" in page.words
    assert "was rejected" in text


def test_a_narrative_with_a_number_of_its_own_is_refused(tmp_path):
    inputs = read_inputs(tmp_path, write_study(tmp_path, "effect"))
    reply = NarrativeReply(answer="It fell by 12.", how_sure="x", why="x", what_next="x")
    with pytest.raises(ValueError, match="not in the results"):
        filled(reply.answer, inputs.verdict, None)


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.__name__)
@pytest.mark.parametrize("verdict", ["effect", "not_identified"])
def test_every_section_has_content_for_every_verdict(made, section, verdict):
    folder, _, _ = made(verdict)
    content = section(read_inputs(folder, StudyParams()))
    assert content.title
    assert content.blocks
    assert re.fullmatch(r"[a-z-]+", content.id)


HOSTILE = "<script>alert(9)</script> **b** </table>"


def test_beliefs_knowledge_features_and_other_models_are_shown_and_never_obeyed(tmp_path):
    params = write_study(tmp_path, "effect")
    path = tmp_path / "model/protocol.yaml"
    belief = EdgeBelief(cause=HOSTILE, effect="sleep", lag=1, whole_graphs=0.25, pair_by_pair=None, combined=0.25)
    proposal = FeatureProposal(
        name="late",
        of=HOSTILE,
        kind="window",
        made={"kind": "window"},
        role="confounder",
        reason=HOSTILE,
        derived=False,
    )
    protocol = read_protocol(path).model_copy(
        update={
            "edge_beliefs": (belief,),
            "knowledge": (f"In general, {HOSTILE}.",),
            "proposed_features": (proposal,),
            "prior_doubts": (HOSTILE,),
        }
    )
    path.write_bytes(protocol_bytes(frozen(protocol)))
    lines = {"check": "other_language_models", "did": "As others have it", "sentence": f"It hardly depends: {HOSTILE}"}
    rows = [*make_robustness().to_dicts(), {**lines, "status": "pass", "value": 0.1, "threshold": 2.0}]
    write_frame(tmp_path / "results/robustness.parquet", pl.DataFrame(rows, infer_schema_length=None), Robustness)
    report(tmp_path, params, _quiet)
    page = Page((tmp_path / "results/report.html").read_text(encoding="utf-8"))
    text = (tmp_path / "results/report.md").read_text(encoding="utf-8")
    for words in (
        "How probable the language model finds each edge",
        "General knowledge, without a language model",
        "How much the answer depends on the language model",
        "Variables that the language model proposed to derive",
        "causal-ssm features --accept late",
        "did not remove",
    ):
        assert words in page.words
    assert page.words.count(HOSTILE) >= 6
    assert page.tags.count("script") == 3
    assert "<script>" not in text
    assert "**b**" not in text
