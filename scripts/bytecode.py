"""Leave Python's compiled files of all that a run imports beside it, so that no later process compiles it again.

Python writes them as it imports, unless PYTHONDONTWRITEBYTECODE is set, as it is in many containers: then every process
would compile a hundred thousand lines of libraries anew, which is half of a short run.
"""

import compileall
import importlib
import pkgutil
import sys

OURS = ("schemas", "ssm_core", "tasks", "flows")
LATER = (
    *("prefect/server/database", "prefect/concurrency", "prefect/_internal", "prefect/utilities"),
    *("alembic", "anyio", "uvicorn", "whenever", "hypothesis", "graphviz", "h5py"),
    *("dvc", "dvc_data", "dvc_objects", "dvc_render", "dvc_http", "scmrepo", "dulwich", "sqltrie", "voluptuous"),
    *("configobj", "diskcache", "dpath", "flatten_dict", "flufl/lock", "fsspec", "funcy", "platformdirs", "psutil"),
    *("public", "zc/lockfile"),
)
"""Parts that are imported only as a run goes on: `python -v -m flows.cli demo DIR` names what it compiles."""
NOT_IN_A_RUN = ("jax", "numpyro", "openai")


def main() -> None:
    """Import what our modules import, compile what they import later; an extra that is not installed is left out."""
    sys.dont_write_bytecode = False
    sys.modules.update(dict.fromkeys(NOT_IN_A_RUN))  # importing one of them now fails
    for package in OURS:
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            try:
                importlib.import_module(module.name)
            except ModuleNotFoundError:
                continue
    for module in ("prefect.server.api.server", "prefect.task_engine", "prefect.flow_engine"):
        importlib.import_module(module)
    for part in LATER:
        top, _, below = part.partition("/")
        folder = importlib.import_module(top).__path__[0]
        compileall.compile_dir(f"{folder}/{below}", quiet=1)


if __name__ == "__main__":
    main()
