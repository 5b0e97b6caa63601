"""The record itself: exposure history, overlap, and what ingest found and did."""

from tasks.reporting import numbers
from tasks.reporting.figures.exposure import history, overlap
from tasks.reporting.inputs import Inputs
from tasks.reporting.model import Block, Fields, Section
from tasks.reporting.prose import clean, moment, say
from tasks.reporting.record import names, step_word
from tasks.reporting.record import steps as record_steps
from tasks.reporting.sections.common import NOT_RECORDED, figure, steps, table

FILES = ("File", "Read as", "Rows", "Readings", "From", "To", "Time zones")
VARIABLES = ("Variable", "Unit", "One value per step", "Readings", "Steps observed", "Steps missing", "Longest gap")


def record(inputs: Inputs) -> Section:
    """Figures of the exposure, then the audit."""
    audit = inputs.audit
    files = (
        (
            clean(f.path),
            f"{clean(f.adapter)}, {clean(f.layout)}",
            numbers.count(f.rows),
            numbers.count(f.readings),
            moment(f.first),
            moment(f.last),
            clean(", ".join(f.zones)) or NOT_RECORDED,
        )
        for f in audit.files
    )
    variables = (
        (
            clean(v.name),
            clean(v.unit or "none"),
            clean(v.aggregate),
            numbers.count(v.readings),
            numbers.count(v.steps_observed),
            numbers.count(v.steps_missing),
            numbers.count(v.longest_gap),
        )
        for v in audit.variables
    )
    findings = ((f.severity, clean(f.where), clean(f.sentence)) for f in audit.findings)
    blocks: list[Block] = [*_exposure(inputs), Fields(_window(inputs))]
    if audit.findings:
        blocks.append(table("What the audit found", ("Kind", "Where", "What"), findings))
    blocks.append(table("Variables on their way to steps", VARIABLES, variables, numeric=(3, 4, 5, 6)))
    blocks.append(table("Files", FILES, files, numeric=(2, 3)))
    return Section("record", "The record and its audit", tuple(blocks))


def _exposure(inputs: Inputs) -> list[Block]:
    treatment, outcome = inputs.protocol.treatment, inputs.protocol.outcome
    called = names(inputs.catalog, treatment)
    frame = record_steps(inputs.panel, treatment, outcome, inputs.protocol.lag, called)
    spec, left_out = history(frame, called, treatment)
    caption = "Each block is a run of steps with the same exposure."
    if left_out:
        caption += say(" The first {n} are not drawn.", n=numbers.counted(left_out, "run"))
    blocks: list[Block] = [figure("exposure", "When the exposure was there", caption, spec)]
    spec = overlap(frame, called, outcome, inputs.unit)
    if spec is not None:
        caption = (
            "Where the two colours cover the same range, exposed and unexposed steps started from comparable states; "
            "a range with one colour only cannot be compared."
        )
        blocks.append(figure("overlap", "Did both kinds of steps start alike?", caption, spec))
    return blocks


def _window(inputs: Inputs) -> tuple[tuple[str, str], ...]:
    audit, seen = inputs.audit, inputs.exploration.overlap
    rows = [
        ("One step", step_word(audit.step)),
        ("A day starts at", audit.day_starts_at),
        ("Time zone", clean(audit.timezone or NOT_RECORDED)),
        ("Steps", numbers.count(audit.steps)),
        ("First and last", f"{moment(audit.first)} to {moment(audit.last)}"),
        ("Missing values", "never filled; a missing value carries no information"),
    ]
    if seen is not None:
        rows += [
            ("Steps with / without the exposure", f"{_n(seen.steps_exposed)} / {_n(seen.steps_unexposed)}"),
            ("Of these with the outcome too", f"{_n(seen.usable_exposed)} / {_n(seen.usable_unexposed)}"),
            ("Changes of the exposure", _n(seen.switches)),
            (
                "Longest run with / without",
                f"{steps(inputs, seen.longest_run_exposed)} / {steps(inputs, seen.longest_run_unexposed)}",
            ),
        ]
    return tuple(rows)


def _n(value: int) -> str:
    return numbers.count(value)
