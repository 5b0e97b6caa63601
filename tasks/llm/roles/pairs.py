"""Role 2, edge by edge: short questions about each ordered pair and lag, scored by the probability of their answers."""

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import Literal, NamedTuple

from schemas.recording import Message, Reply, Request
from tasks.llm.exchange import Answerer
from tasks.llm.pair_scores import EdgeProbability, counted, edge_probability, mean_of, scored
from tasks.llm.prompt import Prompt, render

type Possible = Callable[[str, str, int], bool]
type Meaning = Literal["yes", "no", "forward", "backward", "neither"]
type Scores = dict[str, float] | None

ALTERNATIVES = 20
LONGEST = 4
_LETTERS = ("A", "B", "C")
_YES_NO: tuple[tuple[Meaning, ...], ...] = (("yes", "no"), ("no", "yes"))
_ROTATIONS: tuple[tuple[Meaning, ...], ...] = (
    ("forward", "backward", "neither"),
    ("backward", "neither", "forward"),
    ("neither", "forward", "backward"),
)
_EXAMPLES: dict[str, tuple[tuple[str, str, Meaning], ...]] = {
    "yes_no": (
        ("rain on the roof", "wetness of the roof", "yes"),
        ("wetness of the roof", "rain on the roof", "no"),
        ("colour of the socks", "air temperature", "no"),
        ("hours spent in the sun", "redness of the skin", "yes"),
    ),
    "choice": (
        ("rain on the roof", "wetness of the roof", "forward"),
        ("redness of the skin", "hours spent in the sun", "backward"),
        ("colour of the socks", "air temperature", "neither"),
    ),
}


class PairQuestion(NamedTuple):
    """One short question: what is offered under which label, about `first` and `second` at `lag`."""

    first: str
    second: str
    lag: int
    form: Literal["yes_no", "choice"]
    options: tuple[Meaning, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """The words or letters to answer with, in the order of `options`."""
        return tuple(option.capitalize() for option in self.options) if self.form == "yes_no" else _LETTERS


def edge_probabilities(
    answer: Answerer, names: Sequence[str], possible: Possible, max_lag: int, step: str = "step"
) -> tuple[EdgeProbability, ...]:
    """The probability of every possible edge; those that time order or design rule out are not asked about.

    For each ordered pair and lag: yes or no in both orders of the words, and for pairs that are possible both ways
    three statements (first causes second, second causes first, neither) in three rotations and both orders of the
    variables.
    Every question is preceded by worked examples. Without log-probabilities each question is repeated
    `configure.llm.pair_samples` times at temperature 1 and its answers are counted.

    Args:
        answer: source of replies.
        names: the variables that may be nodes.
        possible: whether cause, effect, lag is an edge that a graph may have.
        max_lag: the largest lag asked about.
        step: what one step is called.

    Raises:
        RecordingMissing: in replay, when a reply was never recorded.

    Source: Kiciman et al. 2024, arXiv:2305.00050 (pairwise prompts); Zhao et al. 2021, arXiv:2102.09690, and
    Pezeshkpour and Hruschka 2024, arXiv:2308.11483 (answer order and few-shot bias).
    """
    questions = list(questions_about(names, possible, max_lag))
    scores = dict(zip(questions, _scores(answer, questions, step), strict=True))
    edges = [(c, e, lag) for lag in range(max_lag + 1) for c in names for e in names if c != e and possible(c, e, lag)]
    return tuple(_edge(edge, scores) for edge in edges)


def questions_about(names: Sequence[str], possible: Possible, max_lag: int) -> Iterator[PairQuestion]:
    """Every question, lag by lag and pair by pair."""
    for lag in range(max_lag + 1):
        for one, other in combinations(names, 2):
            ways = [(a, b) for a, b in ((one, other), (other, one)) if possible(a, b, lag)]
            yield from (PairQuestion(a, b, lag, "yes_no", order) for a, b in ways for order in _YES_NO)
            if len(ways) == 2:
                yield from (PairQuestion(a, b, lag, "choice", order) for a, b in ways for order in _ROTATIONS)


def _edge(edge: tuple[str, str, int], scores: dict[PairQuestion, tuple[Scores, bool]]) -> EdgeProbability:
    cause, effect, lag = edge
    yes_no = [got for q, got in scores.items() if q.form == "yes_no" and (q.first, q.second, q.lag) == edge]
    ahead = [got for q, got in scores.items() if q.form == "choice" and (q.first, q.second, q.lag) == edge]
    behind = [
        got for q, got in scores.items() if q.form == "choice" and (q.first, q.second, q.lag) == (effect, cause, lag)
    ]
    turned = [score and {**score, "forward": score["backward"]} for score, _ in behind]
    return edge_probability(
        cause,
        effect,
        lag,
        mean_of([score for score, _ in yes_no], "yes"),
        mean_of([*(score for score, _ in ahead), *turned], "forward"),
        sampled=any(sampled for _, sampled in (*yes_no, *ahead, *behind)),
    )


def _scores(answer: Answerer, questions: Sequence[PairQuestion], step: str) -> list[tuple[Scores, bool]]:
    """For each question the probability of each meaning, and whether it was counted from repeated replies."""
    requests = [_request(answer, question, step) for question in questions]
    replies = answer.replies(requests)
    silent = [i for i, reply in enumerate(replies) if reply.first is None]
    repeated = [_repeated(requests[i], sample) for i in silent for sample in range(answer.llm.pair_samples)]
    again, size = answer.replies(repeated), answer.llm.pair_samples
    samples = {i: again[n * size : (n + 1) * size] for n, i in enumerate(silent)}
    return [
        (_by_meaning(question, reply, samples.get(i)), i in samples)
        for i, (question, reply) in enumerate(zip(questions, replies, strict=True))
    ]


def _by_meaning(question: PairQuestion, reply: Reply, samples: Sequence[Reply] | None) -> Scores:
    labels = question.labels
    found = counted(samples, labels) if samples is not None else scored(reply.first or (), labels)
    return None if found is None else {m: found[label] for m, label in zip(question.options, labels, strict=True)}


def _request(answer: Answerer, question: PairQuestion, step: str) -> Request:
    prompt = _prompt(question, step)
    turns = [message for shown in _examples(question) for message in _worked(shown, step)]
    return Request(
        model=answer.llm.model,
        messages=(prompt.messages[0], *turns, prompt.messages[1]),
        reply_schema={},
        temperature=0.0,
        seed=answer.llm.seed,
        prompt="pairs",
        prompt_version=prompt.version,
        top_logprobs=ALTERNATIVES,
        max_tokens=LONGEST,
    )


def _repeated(request: Request, sample: int) -> Request:
    changes = {"temperature": 1.0, "seed": request.seed + sample, "sample": sample, "top_logprobs": 0}
    return request.model_copy(update=changes)


def _prompt(question: PairQuestion, step: str) -> Prompt:
    lag = question.lag
    when = f"on the same {step}" if lag == 0 else f"on the next {step}" if lag == 1 else f"{lag} {step}s later"
    data = {"first": question.first, "second": question.second}
    return render("pairs", data, form=question.form, labels=question.labels, options=question.options, when=when)


def _examples(question: PairQuestion) -> list[tuple[PairQuestion, Meaning]]:
    """Solved questions of the same form, arranged so that every place is right equally often."""
    shown, offered = _EXAMPLES[question.form], question.options
    places = [(i + offered.index(sorted(offered)[0])) % len(offered) for i in range(len(shown))]
    return [
        (PairQuestion(a, b, 0, question.form, _turned(offered, right, place)), right)
        for (a, b, right), place in zip(shown, places, strict=True)
    ]


def _turned(offered: tuple[Meaning, ...], right: Meaning, place: int) -> tuple[Meaning, ...]:
    """The same options in the same round, begun so that `right` stands at `place`."""
    by = offered.index(right) - place
    return tuple(offered[(i + by) % len(offered)] for i in range(len(offered)))


def _worked(shown: tuple[PairQuestion, Meaning], step: str) -> tuple[Message, Message]:
    question, right = shown
    label = question.labels[question.options.index(right)]
    return _prompt(question, step).messages[1], Message(role="assistant", content=label)
