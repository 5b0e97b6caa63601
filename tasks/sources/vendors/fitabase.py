"""Fitabase: Fitbit data of one or many people as CSV, as research platforms export them."""

from tasks.sources.described.layout import Field, Layout, Span
from tasks.sources.described.tables import VendorTables


def _hourly(column: str, variable: str, unit: str | None, rule: str = "sum") -> Layout:
    return Layout(
        name=f"hourly {variable}", device="Fitbit hourly", marks=("Id", "ActivityHour", column),
        fields=(Field(column, variable, unit, "mean" if rule == "mean" else "sum"),),
        spans={"row": Span("ActivityHour")}, order="month_first", person="Id",
    )  # fmt: skip


DAILY = Layout(
    name="daily activity",
    device="Fitbit",
    marks=("Id", "ActivityDate", "TotalSteps", "SedentaryMinutes"),
    fields=(
        Field("TotalSteps", "steps", "count", "sum"),
        Field("TotalDistance", "distance", "km", "sum"),
        Field("LoggedActivitiesDistance", "logged_distance", "km", "sum"),
        Field("VeryActiveMinutes", "very_active_minutes", "min", "sum"),
        Field("FairlyActiveMinutes", "fairly_active_minutes", "min", "sum"),
        Field("LightlyActiveMinutes", "lightly_active_minutes", "min", "sum"),
        Field("SedentaryMinutes", "sedentary_minutes", "min", "sum"),
        Field("Calories", "energy", "kcal", "sum"),
    ),
    spans={"row": Span("ActivityDate")},
    order="month_first",
    person="Id",
    not_worn=(("TotalSteps", 0.0), ("SedentaryMinutes", 1440.0)),
)
SLEEP = Layout(
    name="daily sleep",
    device="Fitbit",
    marks=("Id", "SleepDay", "TotalMinutesAsleep", "TotalTimeInBed"),
    fields=(
        Field("TotalSleepRecords", "sleeps", "count", "sum"),
        Field("TotalMinutesAsleep", "sleep_minutes", "min", "sum"),
        Field("TotalTimeInBed", "in_bed_minutes", "min", "sum"),
    ),
    spans={"row": Span("SleepDay")},
    order="month_first",
    person="Id",
)
WEIGHT = Layout(
    name="weight",
    device="Fitbit",
    marks=("Id", "Date", "WeightKg", "BMI"),
    fields=(
        Field("WeightKg", "weight", "kg"),
        Field("Fat", "body_fat", "%"),
        Field("BMI", "bmi", None, scored=True),
    ),
    spans={"row": Span("Date")},
    order="month_first",
    person="Id",
)
SECONDS = Layout(
    name="heart rate",
    device="Fitbit",
    marks=("Id", "Time", "Value"),
    fields=(Field("Value", "heart_rate", "count/min"),),
    spans={"row": Span("Time")},
    order="month_first",
    person="Id",
    only=True,
)


class Fitabase(VendorTables):
    """Tables of the Fitabase platform."""

    def __init__(self) -> None:
        hourly = (
            _hourly("StepTotal", "steps", "count"),
            _hourly("Calories", "energy", "kcal"),
            _hourly("TotalIntensity", "activity_intensity", None),
        )
        super().__init__("fitabase", (DAILY, SLEEP, WEIGHT, SECONDS, *hourly))
