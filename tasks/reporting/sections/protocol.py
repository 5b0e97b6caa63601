"""The protocol that was frozen before the fit, and how the verdict follows from it."""

from tasks.reporting import numbers
from tasks.reporting.inputs import Inputs
from tasks.reporting.model import Block, Fields, Section
from tasks.reporting.prose import clean, listed, say, sentence
from tasks.reporting.sections.common import table


def protocol(inputs: Inputs) -> Section:
    """Hash, when it was specified, decision rule, amendments, language-model replies it rests on."""
    frozen = inputs.protocol
    reasons = ((sentence(reason),) for reason in inputs.verdict.reasons)
    blocks: list[Block] = [
        Fields((*_frozen(inputs), *_rule(inputs))),
        table("Why the verdict is what it is", ("Reason",), reasons),
        table("What would change it", ("Rule",), ((sentence(rule),) for rule in inputs.verdict.would_change)),
    ]
    if frozen.amendments:
        rows = ((a.replaces_sha256[:12], listed([clean(c) for c in a.changed], 20)) for a in frozen.amendments)
        blocks.append(table("Amendments", ("Replaces protocol", "Changed"), rows))
    if frozen.calls:
        calls = ((c.role, clean(c.model), clean(c.prompt_version), c.recording[:12]) for c in frozen.calls)
        blocks.append(
            table("Language-model replies it rests on", ("Role", "Answered by", "Prompt", "Recording"), calls)
        )
    return Section("protocol", "Protocol and decision rule", tuple(blocks))


def _frozen(inputs: Inputs) -> tuple[tuple[str, str], ...]:
    frozen = inputs.protocol
    return (
        ("Protocol (SHA-256)", frozen.sha256),
        ("Specified", frozen.specified),
        ("Question", clean(frozen.question)),
        ("Headline estimand", say("{name} effect", name=frozen.estimand.replace("_", " "))),
        ("Lag", numbers.counted(frozen.lag, "step")),
        ("Compared", clean(frozen.contrast)),
    )


def _rule(inputs: Inputs) -> tuple[tuple[str, str], ...]:
    frozen, rope = inputs.protocol, inputs.protocol.rope
    origin = {
        "default": "a default: a tenth of the outcome's spread on unexposed steps",
        "person": "chosen by the person",
        "model": "proposed by the language model",
    }
    small = f"{numbers.plain(rope.low)} to {numbers.plain(rope.high)} {inputs.unit}"
    yes = say(
        "probability of the direction at least {a} and of more than a negligible size at least {b}",
        a=numbers.plain(frozen.decision.prob_direction),
        b=numbers.plain(frozen.decision.prob_meaningful),
    )
    no = say("probability of a negligible size at least {a}", a=numbers.plain(frozen.decision.prob_equivalent))
    return (
        ("Too small to matter", clean(f"{small} ({origin[rope.source]})")),
        ("“Effect” is said when", yes),
        ("“No difference that matters” is said when", no),
    )
