"""The Kalman recursion of many chains side by side in pure JAX."""

from ssm_core.kalman.lanes.kernel import JaxKernel

__all__ = ["JaxKernel"]
