"""What the answer does not cover, and the versions that made it."""

import platform
from importlib.metadata import version

from tasks.answering.reasons import except_for
from tasks.reporting.inputs import Inputs
from tasks.reporting.model import Fields, Section, Text
from tasks.reporting.prose import clean, say

LIBRARIES = ("jax", "jaxlib", "numpy", "numpyro", "pandera", "polars", "pydantic", "scipy", "vl-convert-python")


def versions() -> dict[str, str]:
    """Python and the libraries whose version can change a figure."""
    return {"python": platform.python_version()} | {name: version(name) for name in LIBRARIES}


def limits(inputs: Inputs) -> Section:
    """Limits in sentences, versions as fields."""
    x, y = inputs.protocol.treatment, inputs.protocol.outcome
    texts = [
        "This is decision support for one person's routine as it was while the data were recorded. "
        "It is not a medical device. Do not change a treatment because of it without talking to a professional.",
        "The answer is about this person and says nothing about others. It assumes that what connects "
        "the variables stayed the same over the record, and that an exposure of one step is like that of another.",
        "The model is linear with normal noise: it gives one average effect and cannot show that the effect "
        "differs from step to step.",
    ]
    if not inputs.protocol.randomised:
        texts.insert(
            0,
            say(
                "Nothing was assigned at random. The answer holds if nothing unrecorded drives both {x} and {y}{but}.",
                x=x,
                y=y,
                but=except_for(inputs.protocol),
            ),
        )
    fields = tuple((clean(name), clean(value)) for name, value in versions().items())
    return Section("limits", "Limits and versions", (*map(Text, texts), Fields(fields)))
