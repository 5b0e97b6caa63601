"""From raw readings to a protocol through a scripted model: features derived by code, doubts, models compared."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from schemas.audit import Audit
from schemas.errors import StudyError
from schemas.frames import Catalog, Panel
from schemas.params import StudyParams
from schemas.recording import Reply, Request
from tasks.artifacts import read_document, read_frame
from tasks.configure import ask, ask_first, asked_of_others, configure
from tasks.explore import explore
from tasks.ingest import ingest
from tasks.llm.exchange import recording
from tasks.llm.prompt import quoted
from tasks.llm.store import Store
from tasks.modelling.asking.features import derivable, with_proposals
from tasks.modelling.protocol import read_protocol

VALUES = {
    "normal": {"mean": 0.0, "sd": 1.0},
    "log_normal": {"median": 1.0, "log_sd": 0.5},
    "truncated_normal": {"mean": 0.2, "sd": 0.3, "low": -0.99, "high": 0.99},
}
COUNTED = {"variables": {"coffee": {"aggregate": "sum"}}}
LATE = {"kind": "window", "of": "coffee", "by": "sum", "between": ["14:00", "23:59"], "absent": "zero"}
WEEK = {"kind": "rolling", "of": "stress", "by": "mean", "steps": 3}


def raw() -> dict[str, str]:
    """Sixty days: coffees at all hours, stress and sleep once a day."""
    rng = np.random.default_rng(2)
    days = [f"2025-{3 + d // 30:02d}-{1 + d % 30:02d}" for d in range(60)]
    cups = [f"{day} {hour:02d}:10,1" for day in days for hour in (8, 11, 15, 17) if rng.random() < 0.6]
    diary = [f"{day} 22:00,{4 + rng.normal():.2f},{7 + 0.5 * rng.normal():.2f}" for day in days]
    return {
        "coffee.csv": "time,coffee (cups)\n" + "\n".join(cups) + "\n",
        "diary.csv": "time,stress,sleep (h)\n" + "\n".join(diary) + "\n",
    }


class Model:
    """A model that answers every role; what it says of features and widths is written down beforehand."""

    def __init__(self, features=(), sd=(1.0,), edges=(("coffee", "sleep"),), roles=None) -> None:
        self.features, self.sd, self.edges = list(features), list(sd), edges
        self.roles = roles or {"coffee": "exposure", "sleep": "outcome", "stress": "confounder"}
        self.requests: list[Request] = []

    def __call__(self, request: Request) -> Reply:
        self.requests.append(request)
        text = next(m.content for m in request.messages if "<data>\n" in m.content)
        data = json.loads(text[text.index("<data>\n") + 7 : text.index("\n</data>")])
        said = getattr(self, f"_{request.prompt}")(data)
        return Reply(model=request.model, content=json.dumps(said), finish_reason="stop")

    def _variables(self, data):
        shown = [each["name"] for each in data["variables"]]
        roles = [{"name": n, "role": self.roles.get(n, "ignore"), "reason": "So."} for n in shown]
        return {"roles": roles, "features": self.features}

    def _graphs(self, data):
        names = [each["name"] for each in data["variables"]]
        edges = [{"cause": a, "effect": b, "lag": 0, "reason": "So."} for a, b in self.edges if {a, b} <= {*names}]
        graph = {"summary": "One.", "plausibility": 1.0, "edges": edges}
        return {"graphs": [{**graph, "hidden_common_cause": False, "hidden_reason": ""}]}

    def _priors(self, data):
        sd = self.sd.pop(0) if len(self.sd) > 1 else self.sd[0]
        return {"priors": [self._prior(each, sd) for each in data["parameters"]]}

    def _prior(self, asked, sd):
        family = next(name for name in asked["families"] if name in VALUES)
        prior = {"family": family, **VALUES[family]}
        if asked["name"].startswith("sleep <- coffee"):
            prior["sd"] = sd
        if asked["name"] == "sleep: intercept":
            prior |= {"mean": 7.0, "sd": 2.0}
        return {"parameter": asked["name"], "prior": prior, "unit": asked["unit"], "reason": "So."}


def params_of(model: str = "scripted", features=None, mode="derive") -> StudyParams:
    names = {"treatment": "coffee", "outcome": "sleep", "question": "Does coffee change my sleep?"}
    return StudyParams.model_validate(
        {
            "study": names,
            "ingest": {"features": features or {}, **COUNTED},
            "configure": {"llm": {"mode": "replay", "model": model, "prior_samples": 1, "features": mode}},
        }
    )


def quiet(_: str) -> None:
    """Take a progress sentence."""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study before configure, made once."""
    folder = tmp_path_factory.mktemp("base")
    (folder / "data/raw").mkdir(parents=True)
    for name, text in raw().items():
        (folder / "data/raw" / name).write_text(text)
    made(folder, params_of())
    return folder


@pytest.fixture
def root(base: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(base, tmp_path / "study"))


def made(root: Path, params: StudyParams) -> None:
    ingest(root, params, quiet)
    explore(root, params, quiet)


def answering(root: Path, params: StudyParams, model: Model):
    store = Store.of(root)

    def call(request: Request) -> Reply:
        reply = model(request)
        store.write(request, reply)
        return reply

    return recording(root, params.configure.llm, call, parallel=1)


def test_only_what_the_record_allows_can_be_derived(root):
    catalog = read_frame(root / "data/catalog.parquet", Catalog)
    audit = read_document(root / "data/audit.json", Audit)
    found = derivable(catalog, audit, params_of())
    assert found["window"] == found["count"] == found["coverage"] == ("coffee",)  # the diary is written once a day
    assert {*found["rolling"]} == {"coffee", "stress", "sleep"}
    assert "before_sleep" not in found
    assert derivable(catalog, audit, params_of(mode="off")) == {}


def test_a_proposed_feature_is_derived_by_code_and_the_first_question_stays_the_same(root):
    model = Model([{"name": "stress_days", "feature": WEEK, "role": "confounder", "reason": "Stress lasts."}],
                  edges=(("coffee", "sleep"), ("stress_days", "coffee"), ("stress_days", "sleep")))  # fmt: skip
    before = params_of()
    reply = ask_first(root, before, answering(root, before, model))
    features = with_proposals(before, reply)
    assert features == {"stress_days": {**WEEK, "asserted_by": "model"}}
    after = params_of(features=features)
    made(root, after)
    panel = read_frame(root / "data/panel.parquet", Panel)
    mean = panel["stress"].rolling_mean(3, min_samples=2)
    assert panel["stress_days"].to_list() == pytest.approx(mean.to_list(), nan_ok=True)
    asked = len(model.requests)
    ask(root, after, answering(root, after, model))
    assert [request.prompt for request in model.requests[asked:]] == ["graphs", "priors"]
    configure(root, after, quiet)
    protocol = read_protocol(root / "model/protocol.yaml")
    (proposal,) = protocol.proposed_features
    assert (proposal.name, proposal.derived, proposal.role) == ("stress_days", True, "confounder")
    assert "stress_days" in protocol.specs[0].inputs
    assert with_proposals(after, reply) is None


def test_a_part_of_the_day_can_be_the_exposure_once_it_is_derived(root):
    feature = {"name": "late_coffee", "feature": LATE, "role": "exposure", "reason": "Late cups matter."}
    model = Model([feature], roles={"sleep": "outcome", "stress": "confounder"}, edges=(("late_coffee", "sleep"),))
    free = params_of().model_copy(update={"study": params_of().study.model_copy(update={"treatment": None})})
    reply = ask_first(root, free, answering(root, free, model))
    with pytest.raises(StudyError, match=r"(?s)late_coffee.*not derived yet.*features: derive"):
        ask(root, free, answering(root, free, model))
    after = StudyParams.model_validate(
        {**free.model_dump(by_alias=True), "ingest": {"features": with_proposals(free, reply), **COUNTED}}
    )
    made(root, after)
    late = read_frame(root / "data/panel.parquet", Panel)["late_coffee"]
    assert set(late.to_list()) == {0.0, 1.0, 2.0}
    ask(root, after, answering(root, after, model))
    configure(root, after, quiet)
    assert read_protocol(root / "model/protocol.yaml").treatment == "late_coffee"


def test_what_is_proposed_but_not_derived_takes_no_part_and_is_told(root):
    model = Model([{"name": "stress_days", "feature": WEEK, "role": "confounder", "reason": "Stress lasts."}])
    ask(root, params_of(mode="propose"), answering(root, params_of(mode="propose"), model))
    configure(root, params_of(mode="propose"), quiet)
    (proposal,) = read_protocol(root / "model/protocol.yaml").proposed_features
    assert not proposal.derived
    graphs = next(request for request in model.requests if request.prompt == "graphs")
    assert "stress_days" not in graphs.messages[1].content


def test_a_persons_feature_and_one_that_is_the_exposure_stay(root):
    person = {"mine": WEEK, "late": {**LATE, "asserted_by": "model"}}
    params = params_of(features=person)
    params = params.model_copy(update={"study": params.study.model_copy(update={"treatment": "late"})})
    model = Model([{"name": "mine", "feature": WEEK, "role": "ignore", "reason": "Same."}])
    reply = ask_first(root, params_of(), answering(root, params_of(), model))
    assert with_proposals(params, reply) is None


def test_priors_that_predict_absurd_values_go_back_in_units_and_a_better_answer_is_taken(root):
    model = Model(sd=(500.0, 0.5))
    ask(root, params_of(), answering(root, params_of(), model))
    first, second = (request for request in model.requests if request.prompt == "priors")
    assert len(second.messages) == len(first.messages) + 2
    reason = second.messages[-1].content
    assert quoted("sleep <- coffee, lag 0") in reason
    assert " h (99 %), which is absurdly wide" in reason
    configure(root, params_of(), quiet)
    protocol = read_protocol(root / "model/protocol.yaml")
    assert protocol.prior_doubts == ()
    assert all(check.passed for check in protocol.prior_checks.values())


def test_a_model_that_insists_is_bounded_and_its_priors_are_told_to_be_in_doubt(root):
    model = Model(sd=(500.0,))
    ask(root, params_of(), answering(root, params_of(), model))
    assert sum(request.prompt == "priors" for request in model.requests) == 3
    configure(root, params_of(), quiet)
    assert "absurdly wide" in read_protocol(root / "model/protocol.yaml").prior_doubts[0]


def test_a_new_day_changes_no_request_even_after_a_doubt(root):
    model = Model(sd=(500.0, 0.5))
    ask(root, params_of(), answering(root, params_of(), model))
    asked = len(model.requests)
    diary = root / "data/raw/diary.csv"
    diary.write_text(diary.read_text() + "2025-05-01 22:00,4.3,6.9\n")
    made(root, params_of())
    ask(root, params_of(), answering(root, params_of(), model))
    assert len(model.requests) == asked


def test_models_whose_replies_are_whole_are_compared_and_kept(root):
    one, two, part = params_of("one"), params_of("two"), params_of("part")
    ask(root, one, answering(root, one, Model()))
    configure(root, one, quiet)
    assert read_protocol(root / "model/protocol.yaml").other_models == ()
    ask(root, two, answering(root, two, Model(edges=(("coffee", "sleep"), ("stress", "coffee"), ("stress", "sleep")))))
    ask_first(root, part, answering(root, part, Model()))
    configure(root, one, quiet, renew=True)
    (other,) = read_protocol(root / "model/protocol.yaml").other_models
    assert (other.name, other.identified) == ("two", True)
    assert "stress" in other.spec.inputs
    assert {request.model for request in asked_of_others(root, one)} == {"two"}


def test_another_model_that_asks_about_something_else_says_so(root):
    free = params_of("one").study.model_copy(update={"treatment": None})
    one = params_of("one").model_copy(update={"study": free})
    two = params_of("two").model_copy(update={"study": free})
    ask(root, one, answering(root, one, Model()))
    roles = {"stress": "exposure", "sleep": "outcome", "coffee": "ignore"}
    ask(root, two, answering(root, two, Model(roles=roles, edges=(("stress", "sleep"),))))
    configure(root, one, quiet)
    (other,) = read_protocol(root / "model/protocol.yaml").other_models
    assert other.spec is None
    assert "about stress and sleep" in other.why
