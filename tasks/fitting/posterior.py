"""`model/posterior.nc`: draws and sampler statistics of every graph, the same bytes for the same draws."""

from pathlib import Path

import numpy as np
import xarray as xr

from schemas.spec import ModelSpec
from ssm_core.inference.draws import Draws


def posterior_tree(fits: dict[str, tuple[ModelSpec, Draws]]) -> xr.DataTree:
    """Groups `GRAPH/posterior` and `GRAPH/sample_stats`; `theta` holds the parameters in the units of the data."""
    groups: dict[str, xr.Dataset] = {}
    for graph, (spec, draws) in fits.items():
        names = [parameter.name for parameter in spec.parameters]
        units = [parameter.unit for parameter in spec.parameters]
        groups[f"{graph}/posterior"] = xr.Dataset(
            {"theta": (("chain", "draw", "parameter"), draws.theta)},
            coords={"parameter": np.array(names, dtype=object), "unit": ("parameter", np.array(units, dtype=object))},
        )
        groups[f"{graph}/sample_stats"] = xr.Dataset(
            {
                "diverging": (("chain", "draw"), draws.diverging.astype(np.int8)),
                "energy": (("chain", "draw"), draws.energy),
                "n_steps": (("chain", "draw"), draws.steps),
            }
        )
    return xr.DataTree.from_dict(groups)


def write_posterior(path: Path, tree: xr.DataTree) -> None:
    """Write netCDF without any clock."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tree.to_netcdf(path, engine="h5netcdf")


def read_draws(path: Path) -> dict[str, np.ndarray]:
    """Draws per graph, `chain x draw x parameter`."""
    with xr.open_datatree(path, engine="h5netcdf") as tree:
        return {name: child["posterior"]["theta"].to_numpy() for name, child in tree.children.items()}
