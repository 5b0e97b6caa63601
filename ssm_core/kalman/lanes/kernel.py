"""The Kalman recursion of many chains in pure JAX: it runs where no compiler is, and checks the compiled kernel."""

import jax
import numpy as np
from jaxtyping import Float

from ssm_core.kalman.lanes.model import Record
from ssm_core.kalman.lanes.record import dense_model, dense_record, padded, sparse_slopes
from ssm_core.kalman.lanes.recursion import innovations, smoothed, value_and_slopes
from ssm_core.model.cells import SHARED, Cells, Layout, Mixture, Predicted, Smoothed


class JaxKernel:
    """See `ssm_core.model.cells.Kernel`. NumPy in, NumPy out.

    A program is compiled once per number of states, series, inputs, regressors, regimes, noises and chains, and per
    length of the record rounded up to a block (`record.BLOCK`); sparsity (except whether any loading is free) and
    data are arguments.
    """

    def __init__(self, layout: Layout) -> None:
        """Lay the record out once."""
        self.layout = layout
        self._record: Record = jax.device_put(dense_record(layout))
        self._missing = np.isnan(layout.y)

    def value(self, cells: Cells, mixture: Mixture = SHARED) -> Float[np.ndarray, " chain"]:
        """Log-likelihood of the scored cells."""
        return np.array(innovations(dense_model(self.layout, cells), self._with(mixture))[0])

    def value_and_adjoint(self, cells: Cells, mixture: Mixture = SHARED) -> tuple[Float[np.ndarray, " chain"], Cells]:
        """The log-likelihood and its derivative by every cell; the derivatives are valid until the next call."""
        free = self.layout.free_loadings > 0
        value, slopes = value_and_slopes(dense_model(self.layout, cells), self._with(mixture), free=free)
        return np.array(value), sparse_slopes(self.layout, slopes)

    def predict(self, cells: Cells, mixture: Mixture = SHARED) -> Predicted:
        """Every cell given all before it, scored or not."""
        _, *found = innovations(dense_model(self.layout, cells), self._with(mixture))
        steps, missing = len(self._missing), self._missing[:, :, None]
        return Predicted(*(np.where(missing, np.nan, np.asarray(part)[:steps]) for part in found))

    def smooth(self, cells: Cells, mixture: Mixture = SHARED) -> Smoothed:
        """States and measurement noise given all cells, scored or not."""
        found = smoothed(dense_model(self.layout, cells), self._with(mixture))
        return Smoothed(*(np.array(part[: len(self._missing)]) for part in found))

    def _with(self, mixture: Mixture) -> Record:
        """The record with what the chains do not share; what they say of missing cells is ignored."""
        missing = self._missing[:, :, None]
        record = self._record
        if mixture.y is not None:
            record = record._replace(y=padded(np.where(missing, np.nan, mixture.y), np.nan))
        if mixture.stretch is not None:
            record = record._replace(stretch=padded(np.where(missing, 1.0, mixture.stretch)))
        return record
