"""Daylio: entries with a mood and activities; each activity is 1 in an entry that names it and 0 in the others."""

from tasks.sources.described.layout import Field, Layout, Span
from tasks.sources.described.tables import VendorTables

_MOODS = (("rad", 5.0), ("good", 4.0), ("meh", 3.0), ("bad", 2.0), ("awful", 1.0))
ENTRIES = Layout(
    name="diary",
    device="Daylio",
    marks=("full_date", "time", "mood", "activities"),
    fields=(Field("mood", "mood", "points", levels=_MOODS),),
    spans={"row": Span("full_date + time")},
    tags=(("activities", "|"),),
)


class Daylio(VendorTables):
    """The app's CSV export."""

    def __init__(self) -> None:
        super().__init__("daylio", (ENTRIES,))
