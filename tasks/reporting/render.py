"""From the report model to one HTML page and one Markdown text."""

import base64
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from tasks.reporting import charts
from tasks.reporting.model import Figure, ReportModel
from tasks.reporting.prose import markdown

TEMPLATES = Path(__file__).parent / "templates"


def to_html(report: ReportModel) -> bytes:
    """One page without any outside reference; its content policy allows its own two scripts only."""
    scripts = [charts.bundle(), _template_text("report.js")]
    page = _environment(html=True).get_template("report.html.j2")
    text = page.render(
        report=report,
        scripts=[Markup(script) for script in scripts],
        policy=" ".join(f"'sha256-{_digest(script)}'" for script in scripts),
        style=Markup(_template_text("report.css") + _dark()),
        specs=_specs(report),
    )
    return text.encode()


def to_markdown(report: ReportModel) -> bytes:
    """The same content as text; every value is escaped."""
    text = _environment(html=False).get_template("report.md.j2").render(report=report)
    lines = [line.rstrip() for line in text.splitlines()]
    kept = [line for i, line in enumerate(lines) if line or (i and lines[i - 1])]
    return ("\n".join(kept).strip() + "\n").encode()


def _environment(*, html: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=None if html else _escaped,
    )
    environment.filters["drawing"] = Markup  # the renderer escaped every text of a drawing
    return environment


def _escaped(value: Any) -> Any:  # noqa: ANN401 - whatever a template prints
    return markdown(value) if isinstance(value, str) else value


def _specs(report: ReportModel) -> Markup:
    """All charts as JSON that cannot end its script element."""
    figures = [*report.lay.picture, *(b for s in report.sections for b in s.blocks if isinstance(b, Figure))]
    text = json.dumps({f.id: f.spec for f in figures}, ensure_ascii=True, separators=(",", ":"), sort_keys=True)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def _dark() -> str:
    """Counterparts of the chart colours for dark screens."""
    rules = [
        f'svg [{kind}="{light}"]{{{kind}:{dark}}}' for light, dark in charts.DARK.items() for kind in ("fill", "stroke")
    ]
    return "@media screen and (prefers-color-scheme: dark){" + "".join(rules) + "}"


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


@cache
def _template_text(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")
