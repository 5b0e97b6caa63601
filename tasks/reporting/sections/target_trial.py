"""The trial that this analysis imitates (target-trial table)."""

from tasks.reporting.inputs import Inputs
from tasks.reporting.model import Fields, Section, Text
from tasks.reporting.prose import clean, moment, say
from tasks.reporting.sections.common import NOT_RECORDED, steps


def target_trial(inputs: Inputs) -> Section:
    """Each element of the target trial with what stands for it in this record."""
    protocol, audit = inputs.protocol, inputs.audit
    if protocol.randomised:
        assignment = "Randomised, as declared by the person who set up the study."
    else:
        assignment = "Not randomised: the person did as they did; the analysis adjusts for what the graph names."
    period = f"{moment(audit.first)} to {moment(audit.last)}" if audit.first and audit.last else "no dates"
    rows = (
        ("Who", say("One person; {n} ({period}).", n=steps(inputs, audit.steps), period=period)),
        ("Compared", clean(protocol.contrast)),
        ("How the exposure is coded", clean(protocol.exposure_coding)),
        ("Assignment", assignment),
        ("Time zero", say("The start of each step at which {x} is set.", x=protocol.treatment)),
        (
            "Outcome and when",
            say("{y}, {lag} after the exposure.", y=protocol.outcome, lag=steps(inputs, protocol.lag))
            if protocol.lag
            else say("{y}, in the same step.", y=protocol.outcome),
        ),
        ("Followed for", steps(inputs, protocol.horizon)),
        ("Causal contrast", _causal_contrast(inputs)),
        ("Analysis", "Bayesian state-space model; see the section on the model."),
        ("Not adjusted for", _not_adjusted(inputs)),
        ("Concealment and blinding", NOT_RECORDED),
    )
    return Section("target-trial", "The trial this imitates", (Text(_lead(inputs)), Fields(rows)))


def _lead(inputs: Inputs) -> str:
    return say(
        "The question put as an experiment on one person: what would {y} have been on the same steps "
        "with and without {x}?",
        x=inputs.protocol.treatment,
        y=inputs.protocol.outcome,
    )


def _causal_contrast(inputs: Inputs) -> str:
    if inputs.protocol.estimand == "average_since_beginning":
        return say(
            "The average, over the steps since {x} began, of the outcome with it minus the outcome had it not begun.",
            x=inputs.protocol.treatment,
        )
    return "The total effect; later exposures follow their own course."


def _not_adjusted(inputs: Inputs) -> str:
    lines = [
        f"{clean(name)}: {clean(reason).rstrip('.')}" for name, reason in sorted(inputs.protocol.not_adjusted.items())
    ]
    return "; ".join(lines[:20]) or "nothing was set aside"
