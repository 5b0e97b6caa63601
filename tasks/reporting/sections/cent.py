"""CENT 2015: the items of the reporting guideline for N-of-1 trials (Vohra et al. 2015) as named fields.

What the record does not say is `not recorded`; nothing is inferred.
"""

import polars as pl

from tasks.reporting import numbers
from tasks.reporting.inputs import Inputs
from tasks.reporting.model import Section, Text
from tasks.reporting.prose import clean, listed, moment, say
from tasks.reporting.sections.common import NOT_RECORDED, WITHHELD, steps, table, terms


def cent(inputs: Inputs) -> Section:
    """Item, name, value."""
    rows = (*_design(inputs), *_conduct(inputs), *_results(inputs), *_discussion(inputs))
    lead = "Items of the CENT guideline for single-person trials. What nobody wrote down is said to be not recorded."
    blocks = (Text(lead), table("CENT items", ("Item", "Name", "Here"), rows))
    return Section("cent", "Reporting checklist (CENT 2015)", blocks)


def _design(inputs: Inputs) -> list[tuple[str, str, str]]:
    protocol, seen = inputs.protocol, inputs.exploration.overlap
    kind = "randomised" if protocol.randomised else "observational: the exposure was not assigned"
    periods = numbers.count(seen.switches + 1) if seen else NOT_RECORDED
    longest = max(seen.longest_run_exposed, seen.longest_run_unexposed) if seen else None
    unit = f" in {clean(inputs.unit)}" if inputs.unit else ""
    how = next((v.aggregate for v in inputs.audit.variables if v.name == protocol.outcome), None)
    return [
        ("1a", "N-of-1 in the title", "yes"),
        ("2", "Question", clean(protocol.question)),
        ("3a", "Design", f"one person, {kind}"),
        ("3a", "Number of periods", say("{n} runs of equal exposure", n=periods) if seen else NOT_RECORDED),
        (
            "3a",
            "Length of periods",
            say("up to {n}", n=steps(inputs, longest)) if longest is not None else NOT_RECORDED,
        ),
        ("3a", "Run-in", NOT_RECORDED),
        ("3a", "Planned washout", NOT_RECORDED),
        ("4", "Participant", "one person; age, sex and diagnosis not recorded"),
        ("5", "Interventions", clean(f"{protocol.contrast}; {protocol.exposure_coding}")),
        ("6a", "Outcome", clean(f"{protocol.outcome}{unit}; one value per step: {how or NOT_RECORDED}")),
        ("6a", "Measurement properties of the outcome", NOT_RECORDED),
        ("7a", "Sample size", steps(inputs, inputs.audit.steps) + "; how it was chosen: " + NOT_RECORDED),
    ]


def _kind(inputs: Inputs) -> str:
    """The declared design in words."""
    design = inputs.params.study.design
    if design is None:
        return NOT_RECORDED
    units = "steps" if design.period == 1 else f"periods of {design.period} steps"
    words = {
        "coin": f"each of the {units} for itself",
        "complete": f"a fixed number of exposed {units} in random order",
        "periods": "whole periods of one value in random order",
    }
    return words.get(design.kind, f"{units} in random order within blocks of {design.block}")


def _line(inputs: Inputs, check: str) -> str:
    """What a line of the scorecard found, where it applies."""
    found = inputs.robustness.filter(pl.col("check") == check, pl.col("status") != "not_applicable")
    return clean(found["sentence"][0]) if found.height else NOT_RECORDED


def _planned(inputs: Inputs) -> str:
    planned = inputs.params.study.planned
    return NOT_RECORDED if planned is None else steps(inputs, inputs.panel[planned].count())


def _conduct(inputs: Inputs) -> list[tuple[str, str, str]]:
    randomised = inputs.protocol.randomised
    order = "randomised, as declared; how the sequence was made: not recorded" if randomised else "not randomised"
    observed = inputs.panel[inputs.protocol.outcome].count()
    calendar = terms(name for spec in inputs.specs.specs for name in spec.regressors if name != "intercept")
    return [
        ("8a", "How the order was made", order),
        ("8b", "Type of randomisation", _kind(inputs) if randomised else "does not apply"),
        ("8c", "Allocation sequence", "in the record section" if randomised else "does not apply"),
        ("9", "Concealment", NOT_RECORDED),
        ("11", "Blinding", _line(inputs, "blinding")),
        ("12a", "Statistical method", "Bayesian state-space model, see the section on the model"),
        ("12c", "Carry-over", "modelled by lagged effects and the outcome's own past"),
        ("12c", "Period effects", listed(calendar) or "none in the model"),
        ("12c", "Autocorrelation", "modelled by the outcome's own past; see the residual checks"),
        (
            "13",
            "Sequence completed",
            say("{n} with the outcome", n=steps(inputs, observed)) + "; planned length: " + _planned(inputs),
        ),
        ("13", "Deviations", _line(inputs, "plan_followed")),
        ("14", "Dates", f"{moment(inputs.audit.first)} to {moment(inputs.audit.last)}"),
    ]


def _results(inputs: Inputs) -> list[tuple[str, str, str]]:
    estimate, seen = inputs.verdict.estimate, inputs.exploration.overlap
    if inputs.refused or estimate is None:
        effect = WITHHELD
    else:
        value = numbers.estimate(estimate.mean, estimate.q05, estimate.q95, sign=True)
        ends = numbers.interval(estimate.q05, estimate.q95, sign=True)
        effect = f"{value} {estimate.unit} ({numbers.INTERVAL} interval {ends})"
        if inputs.verdict.verdict == "cannot_tell":
            effect += ", inconclusive"
    analysed = (
        say(
            "{a} exposed and {b} unexposed steps",
            a=numbers.count(seen.usable_exposed),
            b=numbers.count(seen.usable_unexposed),
        )
        if seen
        else NOT_RECORDED
    )
    return [
        ("15", "Baseline data", NOT_RECORDED),
        ("16", "Periods analysed", analysed),
        ("17a", "Figure of all data", "the picture at the top"),
        ("17a", "Effect and precision", clean(effect)),
        ("18", "Ancillary analyses", "the robustness scorecard"),
        ("19", "Harms", NOT_RECORDED),
    ]


def _discussion(inputs: Inputs) -> list[tuple[str, str, str]]:
    return [
        ("20", "Limitations", "see the section on limits"),
        ("21", "Generalisability", "this person, as long as life goes on as it was recorded"),
        ("22", "Interpretation", "the first screen"),
        ("23", "Registration", NOT_RECORDED),
        ("24", "Protocol", f"frozen {inputs.protocol.specified}; hash {inputs.protocol.sha256}"),
        ("25", "Funding", NOT_RECORDED),
    ]
