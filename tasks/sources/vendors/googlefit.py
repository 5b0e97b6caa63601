"""Google Fit in a Takeout archive: the daily summaries, which hold no location."""

from tasks.sources.described.layout import Field, Layout, Span
from tasks.sources.described.tables import VendorTables

DAILY = Layout(
    name="daily summaries",
    device="Google Fit",
    marks=("Date", "Move Minutes count", "Step count"),
    fields=(
        Field("Move Minutes count", "move_minutes", "min", "sum"),
        Field("Calories (kcal)", "energy", "kcal", "sum"),
        Field("Distance (m)", "distance", "km", "sum", scale=0.001),
        Field("Heart Points", "heart_points", "points", "sum", scored=True),
        Field("Heart Minutes", "heart_minutes", "min", "sum", scored=True),
        Field("Average heart rate (bpm)", "heart_rate", "count/min"),
        Field("Max heart rate (bpm)", "max_heart_rate", "count/min", "max"),
        Field("Min heart rate (bpm)", "min_heart_rate", "count/min", "min"),
        Field("Step count", "steps", "count", "sum"),
        Field("Average weight (kg)", "weight", "kg"),
        Field("Walking duration (ms)", "walking_minutes", "min", "sum", scale=1 / 60_000),
        Field("Running duration (ms)", "running_minutes", "min", "sum", scale=1 / 60_000),
        Field("Biking duration (ms)", "biking_minutes", "min", "sum", scale=1 / 60_000),
        Field("Sleep duration (ms)", "sleep_minutes", "min", "sum", scale=1 / 60_000),
    ),
    spans={"row": Span("Date")},
)


class GoogleFit(VendorTables):
    """`Daily activity metrics.csv`."""

    def __init__(self) -> None:
        super().__init__("google_fit", (DAILY,))
