"""Which implementation of the Kalman recursion runs: the compiled one where it can be built, JAX elsewhere."""

from typing import Literal, NamedTuple

from ssm_core.model.cells import Kernel, Layout
from ssm_core.native.bindings import NativeKernel, TooLargeError
from ssm_core.native.build import NoCompilerError, library

Choice = Literal["auto", "native", "jax"]


class KernelUnavailableError(RuntimeError):
    """The kernel that was asked for by name cannot run here."""


class Chosen(NamedTuple):
    """A kernel, its name, and why it is not the compiled one (None when it is, or when JAX was asked for)."""

    kernel: Kernel
    name: Literal["native", "jax"]
    reason: str | None


def kernel_name(choice: Choice) -> Literal["native", "jax"]:
    """The kernel that `choice` means on this machine, for models that are not too large for it.

    Raises:
        KernelUnavailableError: `native` was asked for and cannot be built.
    """
    if choice == "jax":
        return "jax"
    try:
        library()
    except NoCompilerError as error:
        if choice == "native":
            raise KernelUnavailableError(f"infer.kernel is 'native', but {error}") from error
        return "jax"
    return "native"


def kernel_for(layout: Layout, choice: Choice) -> Chosen:
    """The kernel for one layout.

    Raises:
        KernelUnavailableError: `native` was asked for and cannot be built, or the model is too large for it.
    """
    reason = None
    if choice != "jax":
        try:
            return Chosen(NativeKernel(layout), "native", None)
        except (NoCompilerError, TooLargeError) as error:
            if choice == "native":
                raise KernelUnavailableError(f"infer.kernel is 'native', but {error}") from error
            reason = str(error)
    from ssm_core.kalman.lanes import JaxKernel  # noqa: PLC0415 - JAX costs seconds and is wanted only here

    return Chosen(JaxKernel(layout), "jax", reason)
