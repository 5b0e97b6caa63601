"""One environment for all tests: double precision, strict shapes, no network, no live model, no user's settings."""

import os
import tempfile
from pathlib import Path

import pytest


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "causal-ssm"


os.environ.update(
    JAX_ENABLE_X64="1",
    JAX_NUMPY_RANK_PROMOTION="raise",
    JAX_PLATFORMS="cpu",
    JAX_COMPILATION_CACHE_DIR=str(_cache() / "jax"),
    JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS="0.3",
    DO_NOT_TRACK="1",
    DVC_NO_ANALYTICS="1",
    PREFECT_SERVER_ANALYTICS_ENABLED="false",
    PREFECT_LOGGING_LEVEL="CRITICAL",
    CAUSAL_SSM_HOME=str(Path(tempfile.gettempdir()) / f"causal-ssm-tests-{os.getpid()}"),
    **{
        f"PREFECT_SERVER_SERVICES_{name}_ENABLED": "false" for name in ("SCHEDULER", "LATE_RUNS", "FOREMAN", "TRIGGERS")
    },
)
for name in [n for n in os.environ if n.endswith("_API_KEY") or n in {"PREFECT_API_URL", "OPENAI_BASE_URL"}]:
    del os.environ[name]  # live model calls are impossible, and no test reaches a user's Prefect server


def pytest_configure() -> None:
    """A bounded, reproducible search, and its examples outside the repository."""
    from hypothesis import settings  # noqa: PLC0415 - after the environment above

    settings.register_profile("causal-ssm", deadline=None, derandomize=True, max_examples=60, database=None)
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "causal-ssm"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real data sets that no one here wrote; tests that need them are skipped without them."""
    path = Path(os.environ.get("CAUSAL_SSM_SHARED_DATA") or Path(__file__).resolve().parent.parent / "shared" / "data")
    if not path.is_dir():
        pytest.skip("the real data sets are not here (set CAUSAL_SSM_SHARED_DATA to their folder)")
    return path
