"""Twenty-four questions with a catalogue each and the answers an expert would expect."""

from typing import NamedTuple

from tasks.llm.inputs import VariableSummary


class Case(NamedTuple):
    """One question.

    Attributes:
        exposure, outcome: what the question is about; a backend that names them itself is scored on them too.
        others: further columns with their expected role.
        causes: edges that must be found more probable than their reverse.
        unrelated: pairs that must be found less probable than each of `causes`.
        effect: plausible effects for a person, in the outcome's unit per unit of the exposure: a prior covers both.
        sd, exposure_sd: usual variation of outcome and exposure from day to day.
    """

    question: str
    exposure: tuple[str, str]
    outcome: tuple[str, str]
    others: dict[str, str]
    causes: tuple[tuple[str, str], ...]
    unrelated: tuple[tuple[str, str], ...]
    effect: tuple[float, float]
    sd: float
    exposure_sd: float

    def variables(self) -> tuple[VariableSummary, ...]:
        """The catalogue as a model sees it."""
        named = {**dict((self.exposure, self.outcome)), **dict.fromkeys(self.others, "")}
        return tuple(
            VariableSummary(name, unit or None, "continuous", None, "nearly complete", None)
            for name, unit in sorted(named.items())
        )


def _case(
    exposure: tuple[str, str], outcome: tuple[str, str], others: dict[str, str], effect: tuple[float, float], sd: float
) -> Case:
    """Confounders cause both, mediators stand between, the rest is unrelated to the exposure."""
    x, y = exposure[0], outcome[0]
    causes = [(x, y)]
    causes += [(name, target) for name, role in others.items() if role == "confounder" for target in (x, y)]
    causes += [pair for name, role in others.items() if role == "mediator" for pair in ((x, name), (name, y))]
    unrelated = tuple((name, x) for name, role in others.items() if role == "ignore")
    question = f"Does {x} change my {y}?"
    return Case(question, exposure, outcome, others, tuple(causes), unrelated, effect, sd, _SPREAD[x])


_SPREAD = {
    "coffee": 1.5, "alcohol": 1.5, "exercise": 25.0, "sleep duration": 1.0, "stress": 1.0, "meditation": 10.0,
    "carbohydrates": 60.0, "walking": 25.0, "salt": 2.5, "screen time": 1.5, "daylight": 1.0, "room temperature": 2.0,
    "nap": 20.0, "melatonin": 1.5, "water": 0.7, "work hours": 2.0, "caffeine": 100.0, "smoking": 4.0,
    "late dinner": 1.0, "social contact": 1.5,
}  # fmt: skip
"""Usual variation of each exposure from day to day, in its unit."""


CASES: tuple[Case, ...] = (
    _case(("coffee", "cups"), ("sleep duration", "h"), {"stress": "confounder", "shoe size": "ignore"}, (-1, 0.2), 1),
    _case(("alcohol", "drinks"), ("heart rate variability", "ms"), {"illness": "confounder"}, (-15, 2), 12),
    _case(("alcohol", "drinks"), ("resting heart rate", "1/min"), {"moon phase": "ignore"}, (-1, 6), 4),
    _case(("exercise", "min"), ("mood", "points"), {"illness": "confounder", "moon phase": "ignore"}, (-0.02, 0.05), 1),
    _case(("exercise", "min"), ("sleep quality", "points"), {"stress": "confounder"}, (-0.1, 0.3), 10),
    _case(
        ("sleep duration", "h"), ("mood", "points"), {"illness": "confounder", "fatigue": "mediator"}, (-0.2, 0.8), 1
    ),
    _case(("sleep duration", "h"), ("concentration", "points"), {"fatigue": "mediator"}, (-0.2, 0.8), 1),
    _case(("stress", "points"), ("headache", "points"), {"sleep quality": "mediator"}, (-0.1, 0.6), 1),
    _case(("stress", "points"), ("blood pressure", "mmHg"), {"noise": "ignore"}, (-1, 5), 8),
    _case(("meditation", "min"), ("anxiety", "points"), {"work hours": "confounder"}, (-0.1, 0.03), 1),
    _case(("carbohydrates", "g"), ("glucose", "mg/dL"), {"shoe size": "ignore"}, (-0.1, 1), 20),
    _case(("walking", "min"), ("glucose", "mg/dL"), {"illness": "confounder"}, (-1, 0.2), 20),
    _case(("salt", "g"), ("blood pressure", "mmHg"), {"moon phase": "ignore"}, (-0.5, 2), 8),
    _case(("screen time", "h"), ("sleep duration", "h"), {"work hours": "confounder"}, (-0.6, 0.2), 1),
    _case(("daylight", "h"), ("mood", "points"), {"illness": "confounder"}, (-0.1, 0.4), 1),
    _case(("room temperature", "°C"), ("sleep quality", "points"), {"shoe size": "ignore"}, (-4, 1), 10),
    _case(("nap", "min"), ("fatigue", "points"), {"illness": "confounder"}, (-0.05, 0.03), 1),
    _case(("melatonin", "mg"), ("sleep latency", "min"), {"stress": "confounder"}, (-8, 2), 12),
    _case(("water", "l"), ("headache", "points"), {"moon phase": "ignore"}, (-0.6, 0.2), 1),
    _case(("work hours", "h"), ("sleep duration", "h"), {"stress": "mediator"}, (-0.4, 0.1), 1),
    _case(("caffeine", "mg"), ("anxiety", "points"), {"sleep duration": "confounder"}, (-0.002, 0.01), 1),
    _case(("smoking", "cigarettes"), ("resting heart rate", "1/min"), {"stress": "confounder"}, (-0.3, 1.5), 4),
    _case(("late dinner", "h"), ("glucose", "mg/dL"), {"shoe size": "ignore"}, (-3, 10), 20),
    _case(("social contact", "h"), ("mood", "points"), {"illness": "confounder"}, (-0.1, 0.4), 1),
)
