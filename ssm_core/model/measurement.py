"""From parameters to the observation half of the model: loadings, mean, measurement noise."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from ssm_core.model.augmented import Augmented, pattern_of
from ssm_core.model.cells import DATA, FREE, UNIT, Loadings, Sparse
from ssm_core.model.polynomial import CellsBuilder, symbols_of
from ssm_core.model.scatter import Scatter, scatter_of
from ssm_core.model.structure import Scale, Structure


class Measurement(NamedTuple):
    """Indexes of `y_t = D d_t + C z_t + l_t + beta_t d_t + v_t`.

    Attributes:
        loadings: cells of the rows of observation.
        D: cells of the mean.
        coefficients: regressor of each column of `z` that multiplies a drifting coefficient.
        free: series and node of each free (or constant but not unit) loading.
        loading, mean, noise: scatters.
    """

    loadings: Loadings
    D: Sparse
    coefficients: Int[np.ndarray, " column"]
    free: tuple[Int[np.ndarray, " cell"], Int[np.ndarray, " cell"]]
    loading: Scatter
    mean: Scatter
    noise: Scatter

    def describe(self, builder: CellsBuilder, first: int) -> None:
        """Tell what stands in `C`, `D` and `R`, whose cells begin at `first`."""
        loading, mean, noise = (symbols_of(scatter) for scatter in (self.loading, self.mean, self.noise))
        entries = [loading[cell] for cell in zip(*self.free, strict=True)]
        entries += [mean[cell] for cell in zip(self.D.row, self.D.column, strict=True)]
        entries += [sd * sd for sd in noise]
        for at, entry in enumerate(entries, start=first):
            builder.add(at, entry)


def measurement_of(structure: Structure, scale: Scale, augmented: Augmented) -> Measurement:
    """Index the observation half."""
    loading = scatter_of(structure, scale, "loading")
    loads = pattern_of(structure, "loading")
    unit = (loading.base[..., 0] == 1.0) & loads
    rows: list[tuple[int, int, int, int]] = []
    free: list[tuple[int, int]] = []
    columns = sorted({regressor for _, regressor in augmented.coefficient})
    for series in range(structure.series):
        state = structure.recorded_as[series]
        if state is not None:
            rows.append((series, state, UNIT, 0))
        for node in np.flatnonzero(loads[series]):
            if unit[series, node]:
                rows.append((series, int(node), UNIT, 0))
            else:
                rows.append((series, int(node), FREE, len(free)))
                free.append((series, int(node)))
        if series in augmented.level:
            rows.append((series, augmented.level[series], UNIT, 0))
        rows.extend((series, at, DATA, columns.index(regressor))
                    for (of, regressor), at in augmented.coefficient.items() if of == series)  # fmt: skip
    free_cells = np.array(free, dtype=int).reshape(-1, 2)
    mean_row, mean_column = np.nonzero(pattern_of(structure, "mean"))
    return Measurement(
        loadings=Loadings(*np.array(rows, dtype=int).reshape(-1, 4).T),
        D=Sparse(mean_row, mean_column, np.zeros(mean_row.size, dtype=bool)),
        coefficients=np.array(columns, dtype=int),
        free=(free_cells[:, 0], free_cells[:, 1]),
        loading=loading,
        mean=scatter_of(structure, scale, "mean"),
        noise=scatter_of(structure, scale, "measurement_sd"),
    )
