"""What the virtual person does each day, drawn once and shared by every world."""

from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from benchmarks.demo_data.study import Meals, Stress, Study


class Behaviour(NamedTuple):
    """One entry per simulated day, the burn-in included; minutes count from midnight."""

    low_carb: Bool[np.ndarray, " day"]
    breakfast_low_carb_g: Int[np.ndarray, " day"]
    breakfast_usual_g: Int[np.ndarray, " day"]
    lunch_g: Int[np.ndarray, " day"]
    dinner_g: Int[np.ndarray, " day"]
    snack_g: Int[np.ndarray, " day"]
    has_snack: Bool[np.ndarray, " day"]
    breakfast_minute: Int[np.ndarray, " day"]
    lunch_minute: Int[np.ndarray, " day"]
    dinner_minute: Int[np.ndarray, " day"]
    snack_minute: Int[np.ndarray, " day"]
    stress: Int[np.ndarray, " day"]


def draw_behaviour(study: Study) -> Behaviour:
    """Draw the coin flips, the meals and the stress of every simulated day.

    The coin is independent of everything else: stress moves the dinner, never the breakfast.
    """
    days, meals = study.simulated_days, study.meals
    stress = draw_stress(study.stress, study.rng("stress"), days)

    def whole(name: str, scale: int = 1) -> Int[np.ndarray, " day"]:
        return _whole(scale * getattr(meals, name).draw(study.rng(name), days))

    return Behaviour(
        low_carb=study.rng("low_carb").random(days) < study.probability_low_carb,
        breakfast_low_carb_g=whole("breakfast_low_carb_g"),
        breakfast_usual_g=whole("breakfast_usual_g"),
        lunch_g=whole("lunch_g"),
        dinner_g=draw_dinner(meals, study.stress, stress, study.rng("dinner_g")),
        snack_g=whole("snack_g"),
        has_snack=study.rng("has_snack").random(days) < meals.probability_snack,
        breakfast_minute=whole("breakfast_hour", 60),
        lunch_minute=whole("lunch_hour", 60),
        dinner_minute=whole("dinner_hour", 60),
        snack_minute=_whole(np.full(days, 60 * meals.snack_hour)),
        stress=stress,
    )


def draw_stress(stress: Stress, rng: np.random.Generator, days: int) -> Int[np.ndarray, " day"]:
    """Return the 0-10 score of a first-order autoregression that starts at its mean."""
    innovations = rng.normal(0, stress.innovation_sd, days)
    latent = np.zeros(days)
    for day in range(1, days):
        latent[day] = stress.persistence * latent[day - 1] + innovations[day]
    return _whole(stress.score_at_zero + stress.score_per_unit * latent).clip(0, 10)


def draw_dinner(
    meals: Meals, stress: Stress, score: Int[np.ndarray, " day"], rng: np.random.Generator
) -> Int[np.ndarray, " day"]:
    """Return grams of carbohydrate at dinner: larger on days with more stress than usual."""
    usual = meals.dinner_g.draw(rng, len(score))
    moved = usual + stress.dinner_g_per_point * (score - stress.score_at_zero)
    return _whole(moved.clip(stress.dinner_g_low, stress.dinner_g_high))


def meal_times(start: datetime, behaviour: Behaviour, low_carb: Bool[np.ndarray, " day"]) -> dict[datetime, int]:
    """Return grams of carbohydrate by time when `low_carb` says which breakfast is eaten each day."""
    breakfast_g = np.where(low_carb, behaviour.breakfast_low_carb_g, behaviour.breakfast_usual_g)
    every_day = np.ones_like(low_carb)
    courses = (
        (behaviour.breakfast_minute, breakfast_g, every_day),
        (behaviour.lunch_minute, behaviour.lunch_g, every_day),
        (behaviour.dinner_minute, behaviour.dinner_g, every_day),
        (behaviour.snack_minute, behaviour.snack_g, behaviour.has_snack),
    )
    return {
        start + timedelta(days=day, minutes=int(minute[day])): int(grams[day])
        for minute, grams, eaten in courses
        for day in np.flatnonzero(eaten).tolist()
    }


def _whole(values: Float[np.ndarray, " day"]) -> Int[np.ndarray, " day"]:
    return np.round(values).astype(int)
