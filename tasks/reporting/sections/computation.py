"""Whether the computation may be believed: gates, sampler, and the fit to the record."""

from schemas.results import Gate
from tasks.reporting import numbers
from tasks.reporting.figures.fit import calibration, predictions
from tasks.reporting.inputs import Inputs
from tasks.reporting.model import Block, Fields, Section, Text
from tasks.reporting.prose import clean, say
from tasks.reporting.record import names, steps
from tasks.reporting.sections.common import figure, table

COLUMNS = ("Check", "Passed", "Value", "Threshold", "If it fails", "What it says")


def computation(inputs: Inputs) -> Section:
    """Gates of the verdict, then those of each graph, sampler settings and one-step predictions."""
    blocks: list[Block] = [Text("A claim is made only when every hard gate is passed.")]
    if inputs.verdict.gates:
        blocks.append(table("Gates of the verdict", COLUMNS, map(_row, inputs.verdict.gates.items()), numeric=(2, 3)))
    for graph, gates in inputs.diagnostics.graphs.items():
        blocks.append(table(f"Gates of “{graph}”", COLUMNS, map(_row, gates.items()), numeric=(2, 3)))
    settings = inputs.diagnostics.sampler.items()
    blocks.append(Fields(tuple((clean(name.replace("_", " ")), _setting(value)) for name, value in settings)))
    return Section("computation", "Computation and fit", (*blocks, *_precision(inputs), *_fit(inputs)))


def _precision(inputs: Inputs) -> list[Block]:
    """How precisely the sampler knows each effect."""
    rows = [
        (clean(e.graph), e.estimand.replace("_", " "), e.kind, *map(numbers.optional, (e.mcse, e.ess, e.rhat)))
        for e in inputs.effects.effects
        if e.rhat is not None and e.estimand not in ("impulse_response", "controlled_direct") and not inputs.refused
    ]
    columns = ("Graph", "Estimand", "Of", "Error of the mean (MCSE)", "Effective draws", "R-hat")
    return [table("Precision of the sampler", columns, rows, numeric=(3, 4, 5))] if rows else []


def _row(item: tuple[str, Gate]) -> tuple[str, ...]:
    name, gate = item
    harm = "no number is shown" if gate.hard else "a warning"
    value, threshold = numbers.optional(gate.value), numbers.plain(gate.threshold)
    return clean(name.replace("_", " ")), "yes" if gate.passed else "NO", value, threshold, harm, clean(gate.sentence)


def _setting(value: float | str) -> str:
    return numbers.plain(value, 6) if isinstance(value, float) else clean(str(value))


def _fit(inputs: Inputs) -> list[Block]:
    primary = inputs.graphs.graphs[0].name
    fit = inputs.diagnostics.fit.get(primary)
    if fit is None:
        return [Text("One-step predictions were not stored for the primary graph.")]
    treatment, outcome = inputs.protocol.treatment, inputs.protocol.outcome
    frame = steps(inputs.panel, treatment, outcome, inputs.protocol.lag, names(inputs.catalog, treatment))
    blocks: list[Block] = []
    spec, left_out = predictions(fit, frame, outcome, inputs.unit)
    if spec is not None:
        caption = say(
            "Line and band: predicted from the past only ({level} band). Dots: what came.", level=numbers.INTERVAL
        )
        if left_out:
            caption += say(" The first {n} are not drawn.", n=numbers.counted(left_out, "step"))
        blocks.append(figure("predictions", "Predicted one step ahead, and observed", caption, spec))
    spec = calibration(fit, frame)
    if spec is not None:
        caption = "Bars near the dashed line: the predictive intervals are neither too wide nor too narrow."
        blocks.append(figure("calibration", "Are the predictions honest about their uncertainty?", caption, spec))
    return blocks
