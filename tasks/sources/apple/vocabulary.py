"""What Apple's type identifiers mean: the variable's name and how its readings of one step become one number."""

import re

_PREFIX = re.compile(r"^HK(Quantity|Category|Data|Correlation)Type(Identifier)?")
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
NAMES = {
    "StepCount": "steps",
    "HeartRateVariabilitySDNN": "hrv_sdnn",
    "BodyMass": "weight",
    "BodyFatPercentage": "body_fat",
    "BodyMassIndex": "bmi",
    "OxygenSaturation": "spo2",
    "VO2Max": "vo2max",
    "BloodGlucose": "glucose",
    "ActiveEnergyBurned": "active_energy",
    "BasalEnergyBurned": "basal_energy",
    "AppleExerciseTime": "exercise_time",
    "AppleStandTime": "stand_time",
    "AppleStandHour": "stand_hours",
    "AppleSleepingWristTemperature": "skin_temperature",
    "FlightsClimbed": "floors",
    "DistanceWalkingRunning": "distance",
}
_SUMS = re.compile(
    r"^(StepCount|FlightsClimbed|Distance.*|.*EnergyBurned|Apple(Exercise|Move|Stand)Time|Dietary.*|PushCount|"
    r"SwimmingStrokeCount|NumberOf.*|InsulinDelivery|TimeInDaylight|NikeFuel|InhalerUsage)$"
)
FRACTIONS = "%"
"""HealthKit writes per cent as fractions of one."""


def short_of(identifier: str) -> str:
    """`HKQuantityTypeIdentifierStepCount` is `StepCount`."""
    return _PREFIX.sub("", identifier)


def variable_of(identifier: str) -> str:
    """The variable's name in words with underscores; the vendor-neutral one where there is one."""
    short = short_of(identifier)
    return NAMES.get(short) or snake(short)


def snake(text: str) -> str:
    """`WalkingHeartRateAverage` is `walking_heart_rate_average`."""
    return "_".join(word.lower() for word in _WORD.findall(text)) or text.lower()


def rule_of(identifier: str) -> str:
    """`sum` for increments of a counter, `mean` for everything that is a level."""
    return "sum" if _SUMS.match(short_of(identifier)) else "mean"
