"""WHOOP: physiological cycles, sleeps, workouts and journal entries as CSV.

A cycle runs from falling asleep to falling asleep again: what sleep measured belongs to the day of waking, and so do
strain and energy, which are measured on the day that follows. WHOOP writes kilocalories as `cal`.
"""

from tasks.sources.described.layout import Field, Layout, Span
from tasks.sources.described.tables import VendorTables

_ZONE = "Cycle timezone"
_SLEEP = (
    Field("Asleep duration (min)", "sleep_minutes", "min", "sum", span="night"),
    Field("In bed duration (min)", "in_bed_minutes", "min", "sum", span="night"),
    Field("Light sleep duration (min)", "sleep_light_minutes", "min", "sum", span="night"),
    Field("Deep (SWS) duration (min)", "sleep_deep_minutes", "min", "sum", span="night"),
    Field("REM duration (min)", "sleep_rem_minutes", "min", "sum", span="night"),
    Field("Awake duration (min)", "sleep_awake_minutes", "min", "sum", span="night"),
    Field("Respiratory rate (rpm)", "respiratory_rate", "count/min", span="night"),
    Field("Sleep performance %", "sleep_performance", "%", scored=True, span="night"),
    Field("Sleep need (min)", "sleep_need_minutes", "min", scored=True, span="night"),
    Field("Sleep debt (min)", "sleep_debt_minutes", "min", scored=True, span="night"),
    Field("Sleep efficiency %", "sleep_efficiency", "%", scored=True, span="night"),
    Field("Sleep consistency %", "sleep_consistency", "%", scored=True, span="night"),
)
_NIGHT = Span("Sleep onset", "Wake onset", night=True, zone=_ZONE)
_DAY = Span("Wake onset|Cycle start time", "Cycle end time", zone=_ZONE)
CYCLES = Layout(
    name="cycles",
    device="WHOOP",
    marks=("Cycle start time", "Cycle timezone", "Recovery score %", "Day Strain"),
    fields=(
        Field("Recovery score %", "recovery_score", "%", scored=True, span="night"),
        Field("Resting heart rate (bpm)", "resting_heart_rate", "count/min", span="night"),
        Field("Heart rate variability (ms)", "hrv_rmssd", "ms", span="night"),
        Field("Skin temp (celsius)", "skin_temperature", "degC", span="night"),
        Field("Blood oxygen %", "spo2", "%", span="night"),
        *_SLEEP,
        Field("Day Strain", "strain", None, scored=True),
        Field("Energy burned (cal)", "energy", "kcal", "sum"),
        Field("Max HR (bpm)", "max_heart_rate", "count/min", "max"),
        Field("Average HR (bpm)", "heart_rate", "count/min"),
    ),
    spans={"night": _NIGHT, "row": _DAY},
    only=True,
)
SLEEPS = Layout(
    name="sleeps",
    device="WHOOP sleeps",
    marks=("Cycle start time", "Sleep onset", "Wake onset", "Nap"),
    fields=(*_SLEEP, Field("Nap", "nap", None, "any", levels=(("true", 1.0), ("false", 0.0)), span="night")),
    spans={"night": _NIGHT},
    only=True,
)
WORKOUTS = Layout(
    name="workouts",
    device="WHOOP",
    marks=("Workout start time", "Workout end time", "Activity name"),
    fields=(
        Field("Duration (min)", "workout_minutes", "min", "sum"),
        Field("Activity Strain", "workout_strain", None, "sum", scored=True),
        Field("Energy burned (cal)", "workout_energy", "kcal", "sum"),
        Field("Max HR (bpm)", "workout_max_heart_rate", "count/min", "max"),
        Field("Average HR (bpm)", "workout_heart_rate", "count/min"),
    ),
    spans={"row": Span("Workout start time", "Workout end time", zone=_ZONE)},
)
_ANSWERS = (("true", 1.0), ("false", 0.0), ("yes", 1.0), ("no", 0.0))
JOURNAL = Layout(
    name="journal",
    device="WHOOP",
    marks=("Cycle start time", "Question text", "Answered yes"),
    fields=(Field("Answered yes", "{Question text}", None, "any", levels=_ANSWERS),),
    spans={"row": Span("Cycle start time", zone=_ZONE, later=8)},
)


class Whoop(VendorTables):
    """The WHOOP app's data export."""

    def __init__(self) -> None:
        super().__init__("whoop", (CYCLES, SLEEPS, WORKOUTS, JOURNAL))
