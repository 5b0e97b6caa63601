"""Priors that a person or a model stated take the place of the defaults, each for its own parameter only."""

from collections.abc import Mapping, Sequence

from schemas.errors import StudyError
from schemas.graph import AssertedBy
from schemas.prior import Prior
from schemas.recording import ProposedPrior
from schemas.spec import ModelSpec, Parameter

POSITIVE_MATRICES = ("process_sd", "measurement_sd", "level_sd")
POSITIVE_FAMILIES = ("half_normal", "log_normal", "gamma")


def check_names(specs: Sequence[ModelSpec], person: Mapping[str, Prior]) -> None:
    """Every prior of the person is for a parameter of at least one model.

    Raises:
        StudyError: for one that no model has.
    """
    names = dict.fromkeys(parameter.name for spec in specs for parameter in spec.parameters)
    for name in person:
        if name not in names:
            known = f"one of the parameters: {'; '.join(names)}"
            raise StudyError(known, f"'{name}'", "params.yaml at configure.priors")


def with_stated_priors(
    spec: ModelSpec, elicited: Mapping[str, ProposedPrior], person: Mapping[str, Prior]
) -> ModelSpec:
    """Put stated priors in; the person's win over the model's.

    Raises:
        StudyError: a prior of a family that its parameter cannot have.
    """
    parameters = []
    for parameter in spec.parameters:
        stated = parameter
        if parameter.name in elicited:
            proposal = elicited[parameter.name]
            stated = _replaced(parameter, proposal.prior, "model", proposal.reason)
        if parameter.name in person:
            stated = _replaced(parameter, person[parameter.name], "person", "stated in params.yaml")
        parameters.append(stated)
    return spec.model_copy(update={"parameters": tuple(parameters)})


def _replaced(parameter: Parameter, prior: Prior, by: AssertedBy, reason: str) -> Parameter:
    positive = parameter.matrix in POSITIVE_MATRICES
    fits = prior.family in POSITIVE_FAMILIES if positive else prior.family not in POSITIVE_FAMILIES
    own_memory = parameter.matrix == "dynamics" and parameter.row == parameter.column and parameter.lag == 1
    if own_memory:
        fits = prior.family == "beta" or (prior.family == "truncated_normal" and prior.low >= -1 and prior.high <= 1)
    elif prior.family == "beta":
        fits = False
    if not fits:
        wanted = _wanted(positive, own_memory)
        raise StudyError(wanted, f"a {prior.family} prior", f"the prior of '{parameter.name}' ({by})")
    return parameter.model_copy(update={"prior": prior, "asserted_by": by, "reason": reason})


def _wanted(positive: bool, own_memory: bool) -> str:
    if own_memory:
        return "a beta prior, or a truncated_normal one within -1 and 1, so that the process stays stationary"
    if positive:
        return f"a family of positive numbers ({', '.join(POSITIVE_FAMILIES)})"
    return "a family of real numbers (normal, student_t, truncated_normal)"
