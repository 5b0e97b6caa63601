"""Sleep Cycle: one row per night, in the old and the new form of its CSV."""

from tasks.sources.described.layout import Field, Layout, Span
from tasks.sources.described.tables import VendorTables

_NIGHT = {"row": Span("Start", "End", night=True)}
OLD = Layout(
    name="nights",
    device="Sleep Cycle",
    marks=("Start", "End", "Sleep quality", "Time in bed"),
    fields=(
        Field("Sleep quality", "sleep_quality", "%", scored=True),
        Field("Time in bed", "in_bed_minutes", "min", "sum"),
        Field("Heart rate", "morning_heart_rate", "count/min"),
        Field("Activity (steps)", "steps_before", "count", "sum"),
    ),
    spans=_NIGHT,
    tags=(("Sleep Notes", ":"),),
)
NEW = Layout(
    name="nights",
    device="Sleep Cycle",
    marks=("Start", "End", "Sleep Quality", "Time in bed (seconds)"),
    fields=(
        Field("Sleep Quality", "sleep_quality", "%", scored=True),
        Field("Regularity", "sleep_regularity", "%", scored=True),
        Field("Time in bed (seconds)", "in_bed_minutes", "min", "sum", scale=1 / 60),
        Field("Time asleep (seconds)", "sleep_minutes", "min", "sum", scale=1 / 60),
        Field("Awake (seconds)", "sleep_awake_minutes", "min", "sum", scale=1 / 60),
        Field("Dream (seconds)", "sleep_rem_minutes", "min", "sum", scale=1 / 60),
        Field("Light (seconds)", "sleep_light_minutes", "min", "sum", scale=1 / 60),
        Field("Deep (seconds)", "sleep_deep_minutes", "min", "sum", scale=1 / 60),
        Field("Time before sleep (seconds)", "sleep_latency_minutes", "min", "first", scale=1 / 60),
        Field("Heart rate (bpm)", "morning_heart_rate", "count/min"),
        Field("Steps", "steps_before", "count", "sum"),
        Field("Snore time (seconds)", "snore_minutes", "min", "sum", scale=1 / 60),
    ),
    spans=_NIGHT,
    tags=(("Notes", ":"),),
)


class SleepCycle(VendorTables):
    """The app's CSV export."""

    def __init__(self) -> None:
        super().__init__("sleep_cycle", (OLD, NEW))
