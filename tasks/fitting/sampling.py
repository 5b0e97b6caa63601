"""Draw from the posterior of one spec with the sampler and kernel that the study asks for."""

from collections.abc import Callable
from typing import assert_never

from schemas.errors import StudyError
from schemas.params import Infer
from schemas.spec import ModelSpec
from ssm_core.inference.density import LogPosterior
from ssm_core.inference.draws import Draws
from ssm_core.inference.kernels import KernelUnavailableError
from ssm_core.inference.modes import NoModeError
from ssm_core.inference.sample import sample
from ssm_core.inference.settings import Settings
from tasks.fitting.record import Prepared


def posterior_of(spec: ModelSpec, ready: Prepared, settings: Infer) -> LogPosterior:
    """The log posterior of a spec on a record.

    Raises:
        StudyError: the kernel that was asked for cannot run on this machine.
    """
    try:
        return LogPosterior(spec, ready.scale, ready.design, settings.kernel)
    except KernelUnavailableError as error:
        raise StudyError(
            "a kernel that this machine can run", str(error), "params.yaml at infer.kernel", "set it to auto or jax"
        ) from error


def drawn(target: LogPosterior, ready: Prepared, settings: Infer, tell: Callable[[str], None]) -> Draws:
    """Draws of one posterior.

    Raises:
        StudyError: the model gives no parameter vector a positive probability.
    """
    match settings.sampler:
        case "fast":
            try:
                return sample(target, _fast(settings), tell)[0]
            except NoModeError as error:
                where = f"model/spec.json, graph '{target.spec.graph}'"
                raise StudyError("a model under which the record is possible", str(error), where,
                                 "look for absurd values in the record or priors far from it") from error  # fmt: skip
        case "nuts":
            from ssm_core.reference.nuts import sample as reference  # noqa: PLC0415 - imports JAX and NumPyro

            return reference(target.spec, ready.scale, ready.design, settings.nuts, settings.seed, tell)
        case _:
            assert_never(settings.sampler)


def _fast(settings: Infer) -> Settings:
    return Settings(
        seed=settings.seed, chains=settings.chains, starts=settings.starts, draws=settings.draws,
        most=settings.most_draws, ess=settings.ess, rhat=settings.rhat, target_accept=settings.target_accept,
    )  # fmt: skip
