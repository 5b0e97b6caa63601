"""The inverse Hessian that a quasi-Newton path knows: diagonal plus low rank, many paths side by side."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from ssm_core.inference.density import Points

Batch = Float[np.ndarray, "path parameter"]
CURVED = 1e-12
"""A step is remembered when `s'z > CURVED |z|^2`."""


class Factors(NamedTuple):
    """`Sigma = diag(a) + beta gamma beta' = diag(sqrt a) (I + Q (M - I) Q') diag(sqrt a)`, one per path.

    Attributes:
        alpha: the diagonal `a`.
        beta, gamma: low-rank part.
        Q: orthonormal basis of `diag(1 / sqrt a) beta`.
        root: symmetric square root of `M = I + R gamma R'`, with `Q R` that basis' factorisation.
        log_determinant: of `Sigma`; NaN where it is not positive definite.
    """

    alpha: Batch
    beta: Float[np.ndarray, "path parameter twice"]
    gamma: Float[np.ndarray, "path twice twice"]
    Q: Float[np.ndarray, "path parameter rank"]
    root: Float[np.ndarray, "path rank rank"]
    log_determinant: Float[np.ndarray, " path"]

    def times(self, vector: Batch) -> Batch:
        """`Sigma v`."""
        inner = np.einsum("ipk,ip->ik", self.beta, vector)
        return self.alpha * vector + np.einsum("ipk,ikl,il->ip", self.beta, self.gamma, inner)

    def spread(self, noise: Float[np.ndarray, "path parameter draw"]) -> Float[np.ndarray, "path parameter draw"]:
        """`Sigma^(1/2) u`."""
        inner = self.Q.swapaxes(1, 2) @ noise
        return np.sqrt(self.alpha)[..., None] * (noise + self.Q @ (self.root @ inner - inner))

    def log_density(self, away: Float[np.ndarray, "path parameter draw"]) -> Float[np.ndarray, "path draw"]:
        """`log N(v | 0, Sigma)`."""
        small = np.linalg.inv(self.root) - np.eye(self.root.shape[1])
        whiten = np.eye(away.shape[1]) + self.Q @ small @ self.Q.swapaxes(1, 2)
        distance = np.square((whiten / np.sqrt(self.alpha)[:, None, :]) @ away).sum(axis=1)
        return -0.5 * (distance + self.log_determinant[:, None] + away.shape[1] * np.log(2 * np.pi))


class History:
    """The last steps of every path, and the diagonal they suggest. Source: Zhang et al. (2022), algorithms 3 and 4."""

    def __init__(self, paths: int, parameters: int, length: int, diagonal: Float[np.ndarray, " parameter"]) -> None:
        """Nothing known but a first diagonal."""
        self.alpha = np.tile(diagonal, (paths, 1))
        self._s = np.zeros((paths, parameters, length))
        self._z = np.zeros((paths, parameters, length))

    def learn(self, which: Int[np.ndarray, " moved"], step: Points, change: Points) -> None:
        """One more step `s` with change `z` of minus the gradient; forgotten when it shows no curvature.

        The diagonal follows Gilbert & Lemarechal (1989): that of the BFGS update of `diag(1 / a)`, rescaled.
        """
        curvature, size = (step * change).sum(axis=0), np.square(change).sum(axis=0)
        good = curvature > CURVED * size
        which, s, z, b = which[good], step[:, good].T, change[:, good].T, curvature[good][:, None]
        alpha = self.alpha[which]
        a, c = (alpha * z**2).sum(axis=1)[:, None], (s**2 / alpha).sum(axis=1)[:, None]
        new = 1.0 / (a / (b * alpha) + z**2 / b - a * s**2 / (b * c * alpha**2))
        fine = (np.isfinite(new) & (new > 0)).all(axis=1)[:, None]
        self.alpha[which] = np.where(fine, new, alpha)
        for memory, latest in ((self._s, s), (self._z, z)):
            memory[which] = np.concatenate([memory[which][..., 1:], latest[..., None]], axis=2)

    def factors(self, which: Int[np.ndarray, " some"] | Bool[np.ndarray, " path"]) -> Factors:
        """`gamma = [[0, -R^-1], [-R^-T, R^-T (E + Z' diag(a) Z) R^-1]]`, `beta = [diag(a) Z, S]`, `R = triu(S'Z)`.

        Empty slots of the memory come first and add nothing. Source: Byrd, Nocedal & Schnabel (1994), theorem 2.2.
        """
        alpha, s, z = self.alpha[which], self._s[which], self._z[which]
        paths, length = len(alpha), s.shape[2]
        inner = s.swapaxes(1, 2) @ z
        E = np.einsum("ijj->ij", inner).copy()
        empty = E == 0.0
        R = np.triu(inner) + empty[..., None] * np.eye(length)
        inverse = np.linalg.inv(R)
        az = alpha[..., None] * z
        middle = E[..., None] * np.eye(length) + z.swapaxes(1, 2) @ az
        gamma = np.zeros((paths, 2 * length, 2 * length))
        gamma[:, :length, length:] = -inverse
        gamma[:, length:, :length] = -inverse.swapaxes(1, 2)
        gamma[:, length:, length:] = inverse.swapaxes(1, 2) @ middle @ inverse
        beta = np.concatenate([az, s], axis=2)
        Q, upper = np.linalg.qr(beta / np.sqrt(alpha)[..., None])
        M = np.eye(Q.shape[2]) + upper @ gamma @ upper.swapaxes(1, 2)
        values, vectors = np.linalg.eigh((M + M.swapaxes(1, 2)) / 2)
        with np.errstate(invalid="ignore", divide="ignore"):
            log_determinant = np.log(alpha).sum(axis=1) + np.log(values).sum(axis=1)
            root = (vectors * np.sqrt(values)[:, None, :]) @ vectors.swapaxes(1, 2)
        return Factors(alpha, beta, gamma, Q, root, log_determinant)
