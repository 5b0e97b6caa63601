"""Withings: weight, blood pressure, sleep and daily aggregates as CSV."""

from tasks.sources.described.layout import Field, Layout, Rule, Span
from tasks.sources.described.tables import VendorTables

_SECONDS = 1 / 60
WEIGHT = Layout(
    name="weight",
    device="Withings",
    marks=("Date", "Weight (kg)", "Fat mass (kg)"),
    fields=(
        Field("Weight (kg)", "weight", "kg"),
        Field("Fat mass (kg)", "fat_mass", "kg"),
        Field("Bone mass (kg)", "bone_mass", "kg"),
        Field("Muscle mass (kg)", "muscle_mass", "kg"),
        Field("Hydration (kg)", "hydration", "kg"),
    ),
    spans={"row": Span("Date")},
)
POUNDS = WEIGHT._replace(
    marks=("Date", "Weight (lb)", "Fat mass (lb)"),
    fields=(Field("Weight (lb)", "weight", "lb"), Field("Fat mass (lb)", "fat_mass", "lb")),
)
PRESSURE = Layout(
    name="blood pressure",
    device="Withings",
    marks=("Date", "Systolic", "Diastolic"),
    fields=(
        Field("Systolic", "blood_pressure_systolic", "mmHg"),
        Field("Diastolic", "blood_pressure_diastolic", "mmHg"),
        Field("Heart rate", "heart_rate_at_rest", "count/min"),
    ),
    spans={"row": Span("Date")},
)
SLEEP = Layout(
    name="sleep",
    device="Withings",
    marks=("from", "to", "light (s)", "deep (s)", "awake (s)"),
    fields=(
        Field("light (s)", "sleep_light_minutes", "min", "sum", scale=_SECONDS),
        Field("deep (s)", "sleep_deep_minutes", "min", "sum", scale=_SECONDS),
        Field("rem (s)", "sleep_rem_minutes", "min", "sum", scale=_SECONDS),
        Field("awake (s)", "sleep_awake_minutes", "min", "sum", scale=_SECONDS),
        Field("wake up", "wake_ups", "count", "sum"),
        Field("Duration to sleep (s)", "sleep_latency_minutes", "min", "first", scale=_SECONDS),
        Field("Average heart rate", "sleep_heart_rate", "count/min", missing=(0.0,)),
        Field("Snoring (s)", "snore_minutes", "min", "sum", scale=_SECONDS),
    ),
    spans={"row": Span("from", "to", night=True)},
)


def _aggregate(file: str, variable: str, unit: str, rule: Rule = "sum", scale: float = 1.0) -> Layout:
    return Layout(
        name=file, device="Withings", marks=("date", "value"), fields=(Field("value", variable, unit, rule, scale),),
        spans={"row": Span("date")}, only=True, file=file,
    )  # fmt: skip


AGGREGATES = (
    _aggregate("aggregates_steps", "steps", "count"),
    _aggregate("aggregates_distance", "distance", "km", scale=0.001),
    _aggregate("aggregates_calories_earned", "active_energy", "kcal"),
    _aggregate("aggregates_elevation", "elevation", "m"),
)


class Withings(VendorTables):
    """The Health Mate archive."""

    def __init__(self) -> None:
        super().__init__("withings", (WEIGHT, POUNDS, PRESSURE, SLEEP, *AGGREGATES))
