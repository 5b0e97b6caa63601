"""What every section of `params.yaml` has in common."""

from typing import Annotated

from pydantic import ConfigDict, Field

Probability = Annotated[float, Field(ge=0, le=1)]
SECTION = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, allow_inf_nan=False)
"""Frozen; unknown keys and infinities are refused."""
