"""Stage report: one page and one text from the results, and the manifest of what they rest on."""

from collections.abc import Callable
from pathlib import Path

from schemas.params import StudyParams
from tasks.artifacts import staged, write_bytes, write_document
from tasks.reporting.compose import compose
from tasks.reporting.inputs import read_inputs
from tasks.reporting.manifest import manifest
from tasks.reporting.narrative import words
from tasks.reporting.render import to_html, to_markdown


def report(root: Path, params: StudyParams, tell: Callable[[str], None]) -> None:
    """Write `results/report.html`, `results/report.md` and `results/manifest.json`.

    Raises:
        StudyError: an earlier stage's file is missing or not valid.
        RecordingMissing: replay is asked for and the narrative was never recorded.
    """
    inputs = read_inputs(root, params)
    text = words(root, inputs)
    tell("Drawing the figures.")
    model = compose(inputs, text)
    written = {"results/report.html": to_html(model), "results/report.md": to_markdown(model)}
    with staged(root) as scratch:
        for path, content in written.items():
            write_bytes(scratch / path, content)
        write_document(scratch / "results/manifest.json", manifest(root, inputs, text, written))
    tell("The report is written to results/report.html.")
