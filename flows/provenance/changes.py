"""What changed since the run before, in sentences, with the lineage that explains it."""

from flows.provenance.history import Past
from schemas.results import Headline
from schemas.rounding import signed

LINEAGE = (
    ("data/panel.parquet", "the data"),
    ("model/protocol.yaml", "the protocol"),
    ("model/spec.json", "the model"),
    ("model/posterior.nc", "the posterior"),
    ("results/effects.json", "the effects"),
    ("results/verdict.json", "the verdict"),
)
LARGE = 1.0
"""An estimate that moved by more of its own standard deviations is said to have drifted."""
WORDS = {
    "effect": "an effect", "no_meaningful_effect": "no meaningful effect", "cannot_tell": "cannot tell",
    "not_identified": "not identified", "not_trustworthy": "not trustworthy",
}  # fmt: skip


def changes(before: Past, now: Past, looks: int) -> tuple[str, ...]:
    """Verdict, estimate, data, variables, breaks, protocol, code and lineage; empty when nothing differs.

    Args:
        before: the run before.
        now: the present one.
        looks: how many different records have been looked at so far, this one included.
    """
    told = [
        *_verdict(before, now),
        *_estimate(before, now),
        *_data(before, now),
        *_contract(before, now),
        *_breaks(before, now),
    ]
    if before.content("model/protocol.yaml") != now.content("model/protocol.yaml"):
        told.append("The protocol was amended: the two answers are answers to different questions.")
    if changed := [name for name in now.code if before.code.get(name) != now.code[name] and name != "report"]:
        told.append(f"The code of {', '.join(changed)} changed.")
    if not told:
        return ()
    if looks > 1 and now.verdict.verdict == "effect":
        told.append(
            f"This is look {looks} at a record that grows: each look is another chance to see an effect that is not "
            "there. Decide on the day that was planned, not on the first that pleases."
        )
    return (*told, lineage(before, now))


def _verdict(before: Past, now: Past) -> list[str]:
    old, new = before.verdict, now.verdict
    if (old.verdict, old.direction) == (new.verdict, new.direction):
        return []
    said = {"increase": ", upward", "decrease": ", downward", "none": ""}
    return [
        f"The verdict changed from '{WORDS[old.verdict]}{said[old.direction]}' "
        f"to '{WORDS[new.verdict]}{said[new.direction]}'."
    ]


def _estimate(before: Past, now: Past) -> list[str]:
    old, new = before.verdict.estimate, now.verdict.estimate
    if old is None or new is None or old.mean == new.mean:
        return []
    grows = old.name == "average_since_beginning"
    if (old.name, old.contrast, old.unit) != (new.name, new.contrast, new.unit) or (
        old.horizon != new.horizon and not grows
    ):
        return ["The headline estimand is another one; the two estimates cannot be compared."]
    return [_moved(old, new)]


def _moved(old: Headline, new: Headline) -> str:
    unit = f" {new.unit}" if new.unit else ""
    moved = f"The estimate moved from {signed(old.mean, 3)} to {signed(new.mean, 3)}{unit}"
    if old.sd <= 0:
        return f"{moved}."
    share = abs(new.mean - old.mean) / old.sd
    return f"{moved}, by {share:.2g} of its earlier standard deviation{': a drift' if share > LARGE else ''}."


def _data(before: Past, now: Past) -> list[str]:
    told = []
    if now.steps != before.steps:
        more = now.steps - before.steps
        until = f", now to {now.last}" if now.last else ""
        told.append(f"The record has {abs(more)} steps {'more' if more > 0 else 'fewer'} ({now.steps}{until}).")
    if changed := sorted(
        n for n in now.inputs.keys() | before.inputs.keys() if now.inputs.get(n) != before.inputs.get(n)
    ):
        told.append(f"Raw files that are new, gone or different: {', '.join(changed)}.")
    return told


def _contract(before: Past, now: Past) -> list[str]:
    """Variables that came, went, or are recorded in another unit or kind; nothing where a note is older than these."""
    if not before.variables or not now.variables:
        return []
    came, went = now.variables.keys() - before.variables, before.variables.keys() - now.variables
    told = [
        f"Variables that are {word}: {', '.join(sorted(names))}."
        for word, names in (("new", came), ("gone", went))
        if names
    ]
    for name in sorted(now.variables.keys() & before.variables):
        old, new = before.variables[name], now.variables[name]
        if old != new:
            told.append(
                f"{name} was recorded in {old[0]} ({old[1]}) and is now recorded in {new[0]} ({new[1]}): "
                "the numbers before and after may not mean the same."
            )
    return told


def _breaks(before: Past, now: Past) -> list[str]:
    known = {(finding.kind, finding.where) for finding in before.breaks}
    return [finding.sentence for finding in now.breaks if (finding.kind, finding.where) not in known]


def lineage(before: Past, now: Past) -> str:
    """From the data to the verdict: what is the same and what is new, with the first digits of its hash."""
    parts = []
    for path, name in LINEAGE:
        old, new = before.content(path)[:8], now.content(path)[:8]
        parts.append(f"{name} {new} (same)" if old == new else f"{name} {old} to {new}")
    return f"Lineage: {'; '.join(parts)}."
