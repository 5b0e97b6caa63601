"""The observation families that a spec may name."""

from collections.abc import Callable

from ssm_core.observations.family import Family
from ssm_core.observations.gaussian import gaussian
from ssm_core.observations.probit import probit
from ssm_core.observations.student_t import student_t

FAMILIES: dict[str, Callable[[dict[str, float]], Family]] = {
    "gaussian": gaussian,
    "student_t": student_t,
    "probit": probit,
}


def family_of(name: str, options: dict[str, float]) -> Family:
    """Look a family up and read its options.

    Raises:
        ValueError: no such family, or options that it does not take.
    """
    if name not in FAMILIES:
        raise ValueError(f"no observation family '{name}'; known: {', '.join(FAMILIES)}")
    return FAMILIES[name](options)
