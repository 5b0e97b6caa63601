"""Small cost for new rows: the draws at an anchor, an earlier number of rows, are reweighted to the whole record.

The anchor follows from the number of rows alone, so the result is the same whether or not yesterday's run took place:
what lies in `.causal-ssm/anchors/` saves time and decides nothing. An update that started from yesterday's posterior
would make the result depend on the history of runs, and `repro` from scratch would give other bytes than `run`.
"""

import hashlib
import io
from collections.abc import Callable
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Float

from schemas.params import Infer
from schemas.spec import ModelSpec
from ssm_core.inference.density import LogPosterior
from ssm_core.inference.draws import Draws, ModeReport
from ssm_core.inference.update import judged, likelihoods
from tasks.artifacts import canonical_json, write_bytes
from tasks.fitting.record import Prepared, column, columns_of, prepared
from tasks.fitting.sampling import drawn, posterior_of

FOLDER = Path(".causal-ssm") / "anchors"
FEWEST = 3
"""Anchors begin after so many times `update_every` rows: with fewer, new rows change too much."""
ARRAYS = ("theta", "diverging", "energy", "steps")
"""What `Draws` has for every draw of every chain."""
KEPT = 24
"""Files kept in the folder, newest first."""


WEIGHED = 2.0
"""So many draws are weighed for each effective one that is wanted, since weights are used while they are worth half of
them; of more draws, every second, third, ... is enough."""


class Anchor(NamedTuple):
    """Draws at an anchor, and log-likelihoods there of those that are weighed (None where none ever is)."""

    draws: Draws
    log_likelihood: Float[np.ndarray, "chain draw"] | None


def anchor_rows(rows: int, every: int) -> int | None:
    """The largest multiple of `every` that is at most `rows`; None while the record is short."""
    whole = rows // every
    return whole * every if whole >= FEWEST else None


def from_anchor(
    target: LogPosterior,
    ready: Prepared,
    panel: pl.DataFrame,
    settings: Infer,
    tell: Callable[[str], None],
    root: Path | None,
) -> Draws:
    """Draws of `target` by way of the anchor's; sampled in full where reweighting is not sound.

    Args:
        target: posterior of the whole record.
        ready: the record.
        panel: where the anchor's rows come from.
        settings: parameters of stage infer.
        tell: takes progress.
        root: the study, where draws of anchors are kept; None keeps nothing.

    Raises:
        StudyError: the model gives no parameter vector a positive probability.
    """
    graph = target.spec.graph
    rows = anchor_rows(panel.height, settings.update_every)
    if rows is None:
        return drawn(target, ready, settings, tell)
    if rows == panel.height:
        return _kept_or_drawn(target.spec, panel, settings, tell, root, (target, ready)).draws
    anchor = _kept_or_drawn(target.spec, panel.head(rows), settings, tell, root)
    reweighted, why = judged(thinned(anchor.draws, settings.ess), anchor.log_likelihood, target)
    if reweighted is None:
        tell(f"{graph}: the draws after {rows} steps do not carry over to {panel.height} ({why}); sampling in full")
        return drawn(target, ready, settings, tell)
    tell(f"{graph}: the draws after {rows} steps were reweighted to {panel.height} ({why})")
    return reweighted


def thinned(draws: Draws, ess: float) -> Draws:
    """Every k-th draw of each chain, so that `WEIGHED` times the effective number that is wanted are left."""
    chains, length, _ = draws.theta.shape
    k = max(1, int(chains * length / (WEIGHED * ess)))
    return draws._replace(**{name: getattr(draws, name)[:, k - 1 :: k] for name in ARRAYS})


def _kept_or_drawn(
    spec: ModelSpec,
    panel: pl.DataFrame,
    settings: Infer,
    tell: Callable[[str], None],
    root: Path | None,
    made: tuple[LogPosterior, Prepared] | None = None,
) -> Anchor:
    """From the study's folder, else drawn; `made` is the posterior of this panel where it is at hand already."""
    path = _path(spec, panel, settings, root)
    if path is not None and (kept := _read(path)) is not None:
        return kept
    target, ready = made or _made(spec, panel, settings)
    draws = drawn(target, ready, settings, tell)
    anchor = Anchor(draws, likelihoods(target, thinned(draws, settings.ess)))
    if path is not None:
        _write(path, anchor)
    return anchor


def _made(spec: ModelSpec, panel: pl.DataFrame, settings: Infer) -> tuple[LogPosterior, Prepared]:
    ready = prepared(spec, panel)
    return posterior_of(spec, ready, settings), ready


def _path(spec: ModelSpec, panel: pl.DataFrame, settings: Infer, root: Path | None) -> Path | None:
    """Named by everything that may change the draws; without the hash of the code nothing is kept."""
    if root is None or not (root / "code.json").is_file():
        return None
    digest = hashlib.sha256((root / "code.json").read_bytes())
    digest.update(spec.model_dump_json().encode())
    digest.update(settings.model_dump_json().encode())
    digest.update(_libraries())
    for name in columns_of(spec):
        digest.update(name.encode() + column(panel, name).tobytes())
    times = panel["start"].cast(pl.Int64)  # microseconds; what is missing stands apart in the bits that follow
    digest.update(times.fill_null(0).to_numpy().tobytes() + times.is_null().to_numpy().tobytes())
    return root / FOLDER / f"{digest.hexdigest()}.npz"


@cache
def _libraries() -> bytes:
    return canonical_json({name: metadata.version(name) for name in ("numpy", "scipy", "jaxlib")})


def _write(path: Path, anchor: Anchor) -> None:
    """The checksum stands before the content, so that a damaged file is no file."""
    stream, draws = io.BytesIO(), anchor.draws
    modes = np.array([list(mode) for mode in draws.modes], dtype=float).reshape(-1, 3)
    arrays = {name: getattr(draws, name) for name in ARRAYS}
    if anchor.log_likelihood is not None:
        arrays["log_likelihood"] = anchor.log_likelihood
    np.savez(stream, allow_pickle=False, modes=modes, ran=np.array([draws.sampler, draws.kernel]), **arrays)
    content = stream.getvalue()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_bytes(path, hashlib.sha256(content).hexdigest().encode() + content)
    others = sorted(path.parent.glob("*.npz"), key=lambda p: p.stat().st_mtime_ns, reverse=True)
    for old in others[KEPT:]:
        old.unlink()


def _read(path: Path) -> Anchor | None:
    if not path.is_file():
        return None
    content = path.read_bytes()
    if hashlib.sha256(content[64:]).hexdigest().encode() != content[:64]:
        return None
    with np.load(io.BytesIO(content[64:]), allow_pickle=False) as kept:
        sampler, kernel = (str(word) for word in kept["ran"])
        modes = tuple(ModeReport(float(share), float(value), int(starts)) for share, value, starts in kept["modes"])
        draws = Draws(
            kept["theta"], kept["diverging"], kept["energy"], kept["steps"],
            "fast" if sampler == "fast" else "nuts", "native" if kernel == "native" else "jax", modes,
        )  # fmt: skip
        return Anchor(draws, kept.get("log_likelihood"))
