"""Continuous glucose monitors: Dexcom Clarity, FreeStyle Libre (LibreView), and tables of id, time and gl.

`Low` and `High` stand for values beyond the sensor's range; they are kept as text and count as not observed.
"""

from tasks.sources.described.layout import Field, Layout, Span
from tasks.sources.described.tables import VendorTables

_MG, _MMOL = "mg/dL", 18.01559
_DEXCOM_TIME = "Timestamp (YYYY-MM-DDThh:mm:ss)"


def _dexcom(unit: str, scale: float) -> Layout:
    return Layout(
        name="dexcom",
        device="Dexcom",
        marks=(_DEXCOM_TIME, "Event Type", f"Glucose Value ({unit})"),
        fields=(
            Field(f"Glucose Value ({unit})", "glucose", _MG, scale=scale, where=("Event Type", ("EGV",))),
            Field("Carb Value (grams)", "carbohydrates", "g", "sum"),
            Field("Insulin Value (u)", "insulin", "U", "sum"),
        ),
        spans={"row": Span(_DEXCOM_TIME)},
    )


def _libre(unit: str, scale: float) -> Layout:
    return Layout(
        name="libre",
        device="FreeStyle Libre",
        marks=("Device Timestamp", "Record Type", f"Historic Glucose {unit}"),
        fields=(
            Field(f"Historic Glucose {unit}", "glucose", _MG, scale=scale),
            Field(f"Scan Glucose {unit}", "glucose_scan", _MG, scale=scale),
            Field("Carbohydrates (grams)", "carbohydrates", "g", "sum"),
            Field("Rapid-Acting Insulin (units)", "insulin_rapid", "U", "sum"),
            Field("Long-Acting Insulin (units)", "insulin_long", "U", "sum"),
        ),
        spans={"row": Span("Device Timestamp")},
        skip=1,
    )


IGLU = Layout(
    name="glucose",
    device="CGM",
    marks=("id", "time", "gl"),
    fields=(Field("gl", "glucose", _MG),),
    spans={"row": Span("time")},
    person="id",
)


class GlucoseMonitor(VendorTables):
    """Glucose monitors."""

    def __init__(self) -> None:
        libre = [_libre("mg/dL", 1.0), _libre("mmol/L", _MMOL)]
        plain = [layout._replace(skip=0) for layout in libre]
        super().__init__("cgm", (_dexcom("mg/dL", 1.0), _dexcom("mmol/L", _MMOL), *libre, *plain, IGLU))
