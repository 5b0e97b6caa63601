"""The house style of every chart, and the two ways a Vega-Lite specification becomes a picture.

A chart is a plain dictionary. Colours are those of Okabe & Ito (2008), told apart by people with any common colour
vision; each has a counterpart for dark screens, which the page's style sheet puts in its place.
"""

import hashlib
import math
import re
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from typing import Any

from ssm_core.native.build import cache_folder
from tasks.artifacts import write_bytes
from tasks.reporting.prose import printable

type Spec = dict[str, Any]
type Layer = dict[str, Any]
type Row = dict[str, float | int | str | bool | None]

_ID = re.compile(r'id="((?:clip|gradient_)\d+)"')
FONT = "Arial, Liberation Sans, Helvetica, sans-serif"
INK, MUTED, RULE, PAPER = "#1d2733", "#5a6675", "#dfe4ea", "#fefefe"
EXPOSED, UNEXPOSED, UNKNOWN = "#d55e00", "#0072b2", "#8f9aa6"
BAND, TRUTH, WARN = "#c3cbd4", "#7b3294", "#b3261e"
DARK: dict[str, str] = {
    INK: "#e8ecf1",
    MUTED: "#a9b4c0",
    RULE: "#323c47",
    PAPER: "#161b21",
    EXPOSED: "#ff9248",
    UNEXPOSED: "#63b3ed",
    UNKNOWN: "#7d8894",
    BAND: "#4b5662",
    TRUTH: "#cf9be6",
    WARN: "#ff8a80",
}
CONFIG: Spec = {
    "background": "transparent",
    "font": FONT,
    "view": {"stroke": None},
    "title": {"color": INK, "subtitleColor": MUTED, "anchor": "start", "fontSize": 14, "subtitleFontSize": 12},
    "axis": {
        "labelColor": MUTED,
        "titleColor": INK,
        "gridColor": RULE,
        "domainColor": MUTED,
        "tickColor": MUTED,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "titlePadding": 8,
        "labelLimit": 170,
        "titleLimit": 420,
    },
    "axisX": {"grid": False},
    "axisY": {"titleLimit": 250},
    "axisQuantitative": {"tickCount": 7},
    "legend": {
        "labelColor": INK,
        "titleColor": INK,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "orient": "top",
        "direction": "horizontal",
        "title": None,
        "labelLimit": 240,
        "offset": 4,
        "symbolSize": 90,
        "columns": 2,
    },
    "text": {"color": INK, "fontSize": 12},
    "header": {"labelColor": INK, "titleColor": INK, "labelFontSize": 12},
}


def chart(layers: list[Layer], *, description: str, height: int = 260, width: int = 640, **more: Any) -> Spec:  # noqa: ANN401 - Vega-Lite's own keys
    """Layers in the house style; `description` is read aloud by screen readers."""
    size = {"width": width, "height": height, "autosize": {"type": "fit", "contains": "padding"}}
    spec = {"description": description, **size, "layer": layers, **more}
    return {**_printable(spec), "config": CONFIG}


def _printable(part: Any) -> Any:  # noqa: ANN401 - any piece of a specification
    """The same piece with every text made printable: names come from data."""
    match part:
        case str():
            return printable(part)
        case dict():
            return {key: _printable(value) for key, value in part.items()}
        case list():
            return [_printable(value) for value in part]
        case _:
            return part


def rows(values: list[Row]) -> Spec:
    """Inline data; numbers keep six significant digits, so that a file stays small."""
    return {"values": [{key: _short(value) for key, value in row.items()} for row in values]}


def _short(value: float | str | bool | None) -> float | str | bool | None:
    if isinstance(value, bool) or not isinstance(value, float):
        return value
    return float(f"{value:.6g}") if math.isfinite(value) else None


def axis(field: str, title: str | None, **more: Any) -> Spec:  # noqa: ANN401 - Vega-Lite's own keys
    """A quantitative position channel whose scale need not start at zero."""
    return {"field": field, "type": "quantitative", "title": title, "scale": {"zero": False, "nice": True}, **more}


def colours(pairs: list[tuple[str, str]], **more: Any) -> Spec:  # noqa: ANN401 - Vega-Lite's own keys
    """A colour channel over the field `group` with a fixed colour for each name."""
    scale = {"domain": [name for name, _ in pairs], "range": [colour for _, colour in pairs]}
    return {"field": "group", "type": "nominal", "scale": scale, **more}


@cache
def _renderer() -> Any:  # noqa: ANN401 - the module object
    import vl_convert  # noqa: PLC0415 - starts a JavaScript engine, which only a report needs

    return vl_convert


def to_svg(spec: Spec) -> bytes:
    """Draw a specification; the same specification gives the same bytes on one machine."""
    svg: str = _renderer().vegalite_to_svg(spec, show_warnings=False, allowed_base_urls=[])
    return _with_own_ids(svg).encode()


def _with_own_ids(svg: str) -> str:
    """Name clips and gradients after the drawing; the renderer numbers them on from one drawing to the next."""
    found = list(dict.fromkeys(_ID.findall(svg)))
    for number, name in enumerate(found):
        svg = re.sub(rf'(id="|url\(#){name}(?=["\)])', rf"\g<1>ID-{number}", svg)
    own = hashlib.sha256(svg.encode()).hexdigest()[:10]
    return re.sub(r'(id="|url\(#)ID-', rf"\g<1>d{own}-", svg)


@cache
def bundle() -> str:
    """The JavaScript of Vega, Vega-Lite and Vega-Embed, to be put into a page once; needs no network.

    It is the same for one version of the renderer and takes seconds to make, so that it is kept beside the compiled
    kernels under the hash of its bytes; a kept one that is damaged is made anew.
    """
    kept = cache_folder() / f"vega-{version('vl-convert-python')}.js"
    try:
        digest, _, script = kept.read_bytes().decode().partition("\n")
    except (OSError, UnicodeDecodeError):
        digest, script = "", ""
    if script and hashlib.sha256(script.encode()).hexdigest() == digest:
        return script
    made: str = _renderer().javascript_bundle()
    with suppress(OSError):  # a home that cannot be written to costs time, nothing else
        write_bytes(kept, f"{hashlib.sha256(made.encode()).hexdigest()}\n{made}".encode())
    return made
