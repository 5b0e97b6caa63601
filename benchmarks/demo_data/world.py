"""One simulated world: the glucose of a simglucose patient who eats the given meals."""

from datetime import datetime
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from simglucose.actuator.pump import InsulinPump
from simglucose.controller.basal_bolus_ctrller import BBController
from simglucose.controller.base import Action as Insulin
from simglucose.patient.t1dpatient import T1DPatient
from simglucose.sensor.cgm import CGMSensor
from simglucose.simulation.env import T1DSimEnv
from simglucose.simulation.scenario import Action as Eating
from simglucose.simulation.scenario import Scenario

from benchmarks.demo_data.study import Study

CORRECT_ABOVE = 150  # mg/dL, as in simglucose's BBController


class Therapy(NamedTuple):
    """A patient's insulin settings, from simglucose's own tables."""

    basal: float  # U/min
    carbohydrate_ratio: float  # g/U
    correction_factor: float  # mg/dL per U
    target: float  # mg/dL


class MealTimes(Scenario):
    """Grams of carbohydrate at given minutes: simglucose's `CustomScenario` with a constant-time look-up."""

    def __init__(self, start: datetime, grams: dict[datetime, int]) -> None:
        """Keep the meals by their minute, `start` being minute 0."""
        super().__init__(start_time=start)
        self.grams = grams

    def get_action(self, t: datetime) -> Eating:
        """Return what is eaten at `t`."""
        return Eating(meal=self.grams.get(t, 0))

    def reset(self) -> None:
        """Nothing to reset: the meals are fixed."""


def simulate_glucose(study: Study, grams: dict[datetime, int]) -> Float[np.ndarray, "day reading"]:
    """Return the complete sensor readings (mg/dL) of the days that are kept.

    The noise of the sensor depends on the seed and the clock alone, so that it is the same in every world.

    Raises:
        ValueError: if glucose leaves 10..600 mg/dL, where simglucose ends an episode.
    """
    env = T1DSimEnv(
        virtual_patient(study.patient),
        CGMSensor.withName("Dexcom", seed=study.seed),
        InsulinPump.withName("Insulet"),
        MealTimes(study.start, grams),
    )
    therapy = therapy_of(study.patient)
    step = env.reset()
    steps_per_day = int(24 * 60 / env.sample_time)
    cgm = np.empty(study.simulated_days * steps_per_day)
    for i in range(len(cgm)):
        eaten_g = step.info["meal"] * env.sample_time
        step = env.step(insulin_rate(therapy, eaten_g, step.observation.CGM, env.sample_time), reward_fun=_no_reward)
        if step.done:
            raise ValueError(f"glucose must stay in 10..600 mg/dL, got {step.info['bg']:.0f} at {env.time}")
        cgm[i] = step.observation.CGM
    steps_per_reading = int(study.sensor.minutes_between_readings / env.sample_time)
    return cgm[::steps_per_reading].reshape(study.simulated_days, -1)[study.burn_in_days :]


def virtual_patient(name: str) -> T1DPatient:
    """Return simglucose's patient, with its parameters as plain attributes instead of a pandas Series (for speed)."""
    row = T1DPatient.withName(name)._params  # simglucose offers no other reader of its table
    initial_state = row.iloc[2:15].to_numpy(dtype=float)  # the columns that T1DPatient.reset reads
    return T1DPatient(SimpleNamespace(**row.to_dict()), init_state=initial_state)


def therapy_of(name: str) -> Therapy:
    """Return the settings that `BBController` uses, looked up once instead of at every step."""
    controller = BBController()
    quest = controller.quest.set_index("Name").loc[name]
    body = controller.patient_params.set_index("Name").loc[name]
    return Therapy(
        basal=float(body.u2ss * body.BW / 6000),
        carbohydrate_ratio=float(quest.CR),
        correction_factor=float(quest.CF),
        target=float(controller.target),
    )


def insulin_rate(therapy: Therapy, eaten_g: float, glucose: float, minutes: float) -> Insulin:
    """`bolus = (g / CR + [G > 150] (G - target) / CF) / minutes` with a meal, else 0; U/min.

    Source: `BBController._bb_policy` of simglucose 0.2.11.
    """
    correction = (glucose - therapy.target) / therapy.correction_factor if glucose > CORRECT_ABOVE else 0.0
    bolus = eaten_g / therapy.carbohydrate_ratio + correction if eaten_g > 0 else 0.0
    return Insulin(basal=therapy.basal, bolus=bolus / minutes)


def _no_reward(_recent_glucose: list[float]) -> float:
    return 0.0
