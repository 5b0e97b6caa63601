"""Small cost for new rows: the draws at an anchor, an earlier number of rows, are reweighted to the whole record.

The anchor follows from the number of rows alone, so the result is the same whether or not yesterday's run took place:
what lies in `.causal-ssm/anchors/` saves time and decides nothing. An update that started from yesterday's posterior
would make the result depend on the history of runs, and `repro` from scratch would give other bytes than `run`.
"""

import hashlib
import io
from collections.abc import Callable
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
from tasks.fitting.record import Prepared, prepared
from tasks.fitting.sampling import drawn, posterior_of

FOLDER = Path(".causal-ssm") / "anchors"
FEWEST = 3
"""Anchors begin after so many times `update_every` rows: with fewer, new rows change too much."""
KEPT = 24
"""Files kept in the folder, newest first."""


class Anchor(NamedTuple):
    """Draws at an anchor and their log-likelihoods there (None where they are never reweighted)."""

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
        return _kept_or_drawn(target.spec, ready, settings, tell, root).draws
    anchor = _kept_or_drawn(target.spec, prepared(target.spec, panel.head(rows)), settings, tell, root)
    reweighted, why = judged(anchor.draws, anchor.log_likelihood, target)
    if reweighted is None:
        tell(f"{graph}: the draws after {rows} steps do not carry over to {panel.height} ({why}); sampling in full")
        return drawn(target, ready, settings, tell)
    tell(f"{graph}: the draws after {rows} steps were reweighted to {panel.height} ({why})")
    return reweighted


def _kept_or_drawn(
    spec: ModelSpec, ready: Prepared, settings: Infer, tell: Callable[[str], None], root: Path | None
) -> Anchor:
    path = _path(spec, ready, settings, root)
    if path is not None and (kept := _read(path)) is not None:
        return kept
    target = posterior_of(spec, ready, settings)
    draws = drawn(target, ready, settings, tell)
    anchor = Anchor(draws, likelihoods(target, draws))
    if path is not None:
        _write(path, anchor)
    return anchor


def _path(spec: ModelSpec, ready: Prepared, settings: Infer, root: Path | None) -> Path | None:
    """Named by everything that may change the draws; without the hash of the code nothing is kept."""
    if root is None or not (root / "code.json").is_file():
        return None
    digest = hashlib.sha256((root / "code.json").read_bytes())
    digest.update(spec.model_dump_json().encode())
    digest.update(settings.model_dump_json().encode())
    digest.update(canonical_json({name: metadata.version(name) for name in ("numpy", "scipy", "jaxlib")}))
    for array in (*ready.design, *ready.scale):
        digest.update(b"none" if array is None else np.ascontiguousarray(array).tobytes() + str(array.shape).encode())
    return root / FOLDER / f"{digest.hexdigest()}.npz"


def _write(path: Path, anchor: Anchor) -> None:
    """The checksum stands before the content, so that a damaged file is no file."""
    stream, draws = io.BytesIO(), anchor.draws
    modes = np.array([list(mode) for mode in draws.modes], dtype=float).reshape(-1, 3)
    arrays = {name: getattr(draws, name) for name in ("theta", "diverging", "energy", "steps")}
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
