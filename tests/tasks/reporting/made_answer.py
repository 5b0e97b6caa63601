"""Effects, scorecard and verdict for each of the five verdicts."""

import polars as pl

from schemas.results import (
    Effect,
    EstimandName,
    Headline,
    KnownTruth,
    NaiveDifference,
    Rope,
    Verdict,
    VerdictName,
)

VERDICTS: tuple[VerdictName, ...] = (
    "effect",
    "no_meaningful_effect",
    "cannot_tell",
    "not_identified",
    "not_trustworthy",
)
NUMBERS: dict[VerdictName, tuple[float, float]] = {
    "effect": (-23.4137, 5.1273),
    "no_meaningful_effect": (0.6137, 1.1273),
    "cannot_tell": (-4.4137, 7.1273),
    "not_identified": (-23.4137, 5.1273),
    "not_trustworthy": (-23.4137, 5.1273),
}
REASONS: dict[VerdictName, tuple[str, ...]] = {
    "effect": ("The direction is clear and the size is more than negligible",),
    "no_meaningful_effect": ("The effect lies inside the band that makes no difference",),
    "cannot_tell": ("the interval covers both an increase and a decrease", "only 31 exposed days could be used"),
    "not_identified": ("a cause of both that was never recorded: coffee <- stress -> sleep_minutes",),
    "not_trustworthy": ("the chains of the sampler disagree (R-hat 1.34)",),
}
NEXT: dict[VerdictName, str] = {
    "effect": "repeat it for four weeks with coffee on days chosen by a coin",
    "no_meaningful_effect": "look at another exposure",
    "cannot_tell": "choose coffee days by a coin for 60 more days",
    "not_identified": "record stress every evening, or choose coffee days by a coin",
    "not_trustworthy": "record more days, or simplify the model",
}


def make_effects(verdict: VerdictName) -> list[Effect]:
    mean, sd = NUMBERS[verdict]
    horizons: list[tuple[EstimandName, int | None, float]] = [("immediate", 0, 1.0), ("cumulative", 14, 1.6)]
    horizons += [("period_effect", 14, 1.4), *(("impulse_response", h, 0.4**h) for h in range(8))]
    made = [_effect(name, horizon, "pooled", mean * k, sd * max(k, 0.1)) for name, horizon, k in horizons]
    made.append(_effect("immediate", 0, "primary", mean * 1.1, sd, weight=0.7))
    made.append(_effect("immediate", 0, "with_stress", mean * 0.8, sd * 1.5, weight=0.3))
    common = {"graph": "pooled", "weight": 1.0, "kind": "expected", "contrast": "1 versus 0"}
    half = {"unit": "steps", "definition": "first step with at most half of the peak", "horizon": 14}
    made.append(Effect.model_validate(common | half | {"estimand": "half_life", "q05": 1, "q50": 1, "q95": 3}))
    beyond = {"q05": 2, "q50": 4, "open_ended": ("q95",), "estimand": "washout"}
    made.append(Effect.model_validate(common | half | beyond))
    none = {"estimand": "steady_state", "unit": "min", "definition": "sustained", "horizon": None}
    made.append(Effect.model_validate(common | none | {"reason": "extrapolation: no run was that long"}))
    return made


def _effect(name: EstimandName, horizon: int | None, graph: str, mean: float, sd: float, weight: float = 1.0) -> Effect:
    return Effect(
        estimand=name,
        graph=graph,
        weight=weight,
        kind="expected",
        horizon=horizon,
        contrast="1 versus 0",
        unit="min",
        definition="mean over days of E[y | do(1)] - E[y | do(0)]",
        mean=mean,
        sd=sd,
        q05=mean - 1.645 * sd,
        q50=mean,
        q95=mean + 1.645 * sd,
        prob_positive=0.01,
    )


def make_robustness() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "check": ["leave_one_block_out", "e_value"],
            "did": ["Each tenth of the record left out in turn", "Strength that a hidden cause would need"],
            "status": ["pass", "warn"],
            "value": [-21.2468, 2.1357],
            "threshold": [None, 2.0],
            "sentence": ["Without one block the effect lies between -25.1 and -21.2468.", "A weak cause would do."],
        },
        schema_overrides={"threshold": pl.Float64},
    )


def make_verdict(verdict: VerdictName, x: str, y: str, truth: KnownTruth | None) -> Verdict:
    mean, sd = NUMBERS[verdict]
    refused = verdict in ("not_identified", "not_trustworthy")
    headline = Headline(
        name="immediate",
        mean=mean,
        sd=sd,
        q05=mean - 1.645 * sd,
        q50=mean,
        q95=mean + 1.645 * sd,
        unit="min",
        horizon=0,
        contrast="1 versus 0",
    )
    meaningful = {"effect": 0.99, "no_meaningful_effect": 0.03}.get(verdict, 0.6)
    return Verdict(
        question=f"Does {x} change {y}?",
        treatment=x,
        outcome=y,
        verdict=verdict,
        direction="decrease" if verdict == "effect" else "none",
        estimate=None if refused else headline,
        naive_difference=NaiveDifference(mean=-14.4321, se=5.1, n_exposed=59, n_unexposed=68, unit="min"),
        prob_direction=None if refused else 0.984,
        prob_meaningful=None if refused else meaningful,
        rope=Rope(low=-3.0, high=3.0, source="default"),
        reasons=REASONS[verdict],
        identified=verdict != "not_identified",
        gates={},
        next_step=NEXT[verdict],
        doubts=() if refused else ("Nobody has said which column drives both.",),
        known_truth=truth,
    )
