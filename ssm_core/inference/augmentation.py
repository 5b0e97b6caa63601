"""Auxiliary variables of observation families: drawn given the parameters, between two moves of the parameters."""

import numpy as np
from jaxtyping import Float

from ssm_core.inference.density import LogPosterior, Points
from ssm_core.inference.rescaling import index_scales, rescaled
from ssm_core.model.cells import SHARED, Cells, Mixture
from ssm_core.model.simulate import simulate, variances
from ssm_core.observations.family import Family
from ssm_core.observations.registry import family_of


class Augmentation:
    """The auxiliary variables of all series and chains; nothing at all when every series is Gaussian.

    `draw` is a Gibbs step in exact parts: the noise given parameters and auxiliary variables (a simulation smoother),
    the family's share of it where a known error is the rest, then the auxiliary variables given that share.
    """

    def __init__(self, target: LogPosterior, families: list[Family], chains: int, rng: np.random.Generator) -> None:
        """Start from the Gaussian observation nearest to each family."""
        self._target, self._families, self._rng = target, families, rng
        self._scales = index_scales(target)
        self.some = any(family.auxiliary is not None for family in families)
        self.mixture = SHARED
        if self.some:
            layout = target.assembly.layout
            first = [
                f.auxiliary.first(layout.y[:, i], chains) if f.auxiliary is not None else None
                for i, f in enumerate(families)
            ]
            shape = (*layout.y.shape, chains)
            y, stretch = np.repeat(layout.y[..., None], chains, axis=2), np.ones(shape)
            for i, part in enumerate(first):
                if part is not None:
                    y[:, i], stretch[:, i] = part
            self.mixture = Mixture(y, stretch)

    @property
    def nuisance(self) -> list[int]:
        """Parameters that only say how the index behind a code comes about; none where the model says nothing else."""
        found = [int(k) for scale in self._scales for k in scale.members]
        return found if len(found) < self._target.dimension else []

    def wide(self, chains: int) -> Mixture:
        """The variables of the first chain for any number of chains (before any was drawn all chains are alike)."""
        parts = (None if part is None else np.repeat(part[..., :1], chains, axis=-1) for part in self.mixture)
        return Mixture(*parts)

    def draw(self, x: Points) -> Points | None:
        """Draw all auxiliary variables given the parameters; None when there are none.

        Returns the parameters: where an index is behind a series, its scale and theirs move together.
        """
        if not self.some:
            return None
        assembly, layout = self._target.assembly, self._target.assembly.layout
        cells, _ = assembly.cells(self._target.constrain(x))
        noise = self._own_share(cells, self._draw_noise(cells))
        y, stretch = (np.array(part) for part in self.mixture)
        for i, family in enumerate(self._families):
            if family.auxiliary is not None:
                signal = y[:, i] - noise[:, i]
                y[:, i], stretch[:, i] = family.auxiliary.draw(self._rng, layout.y[:, i], signal, cells.R[i])
        x, self.mixture = rescaled(self._target, x, Mixture(y, stretch), self._scales, self._rng)
        return x

    def _draw_noise(self, cells: Cells) -> Float[np.ndarray, "time series chain"]:
        """Measurement noise given everything observed: `v+ + E[v | y - y+]`. Source: Durbin & Koopman (2002)."""
        layout = self._target.assembly.layout
        drawn = simulate(layout, cells, self.mixture, self._rng, known_part=False)
        y, stretch = self.mixture
        smoothed = self._target.kernel.smooth(cells, Mixture(y - drawn.y, stretch))
        return drawn.noise + variances(layout, cells, self.mixture) * smoothed.residual

    def _own_share(
        self, cells: Cells, noise: Float[np.ndarray, "time series chain"]
    ) -> Float[np.ndarray, "time series chain"]:
        """`a | a + b` for the family's noise `a ~ N(0, w R)` and the known error `b ~ N(0, known)`."""
        known = self._target.assembly.layout.known
        if known is None:
            return noise
        own = variances(self._target.assembly.layout._replace(known=None), cells, self.mixture)
        share = own / (own + known[..., None])
        return share * noise + np.sqrt(share * known[..., None]) * self._rng.standard_normal(noise.shape)


def augmentation_of(target: LogPosterior, chains: int, rng: np.random.Generator) -> Augmentation:
    """The auxiliary variables of a model.

    Raises:
        ValueError: an observation family is unknown, or one that stretches measurement noise has none.
    """
    families = [family_of(series.family, series.options) for series in target.spec.recorded]
    noisy = {
        entry.row for entry in (*target.spec.parameters, *target.spec.constants) if entry.matrix == "measurement_sd"
    }
    for series, family in zip(target.spec.recorded, families, strict=True):
        if family.auxiliary is not None and series.name not in noisy:
            raise ValueError(f"series '{series.name}' is {family.name}: expected a measurement_sd for it, got none")
    return Augmentation(target, families, chains, rng)
