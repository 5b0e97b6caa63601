"""`causal-ssm doctor`: what is installed, configured and reachable."""

import shutil
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schemas.errors import StudyError
from schemas.params import Llm
from schemas.recording import Message, Request
from tasks.settings import load_params

LIBRARIES = ("jax", "numpyro", "polars", "prefect", "dvc", "arviz-stats")


class Finding(NamedTuple):
    """One line: what was looked at, how it is, and what that means."""

    what: str
    status: Literal["ok", "optional", "missing"]
    told: str

    def line(self) -> str:
        """The line for people."""
        return f"{self.status:<8} {self.what}: {self.told}"


def examine(directory: Path, *, reach: bool) -> tuple[Finding, ...]:
    """All findings; `missing` means that `causal-ssm run` cannot work."""
    libraries = tuple(_library(name) for name in LIBRARIES)
    return (
        _python(),
        _project(),
        *libraries,
        _zones(),
        _writable(directory),
        _compiler(),
        _chromium(),
        _llm(directory, reach),
    )


def _python() -> Finding:
    return Finding("Python", "ok", f"{sys.version.split()[0]} at {sys.executable}")


def _project() -> Finding:
    try:
        return Finding("causal-ssm-agent", "ok", metadata.version("causal-ssm-agent"))
    except metadata.PackageNotFoundError:
        return Finding("causal-ssm-agent", "missing", "not installed here; run `make demo` in the checkout")


def _library(name: str) -> Finding:
    try:
        return Finding(name, "ok", metadata.version(name))
    except metadata.PackageNotFoundError:
        return Finding(name, "missing", "not installed; run `make demo` in the checkout")


def _zones() -> Finding:
    try:
        ZoneInfo("Europe/Berlin")
    except ZoneInfoNotFoundError:
        return Finding("time zones", "missing", "the package tzdata is not installed")
    return Finding("time zones", "ok", "available")


def _writable(directory: Path) -> Finding:
    there = next(path for path in (directory, *directory.resolve().parents) if path.is_dir())
    try:
        with tempfile.TemporaryFile(dir=there):
            return Finding("write permission", "ok", str(there.resolve()))
    except OSError as error:
        return Finding("write permission", "missing", f"{there}: {error.strerror}")


def _compiler() -> Finding:
    for name in ("cc", "gcc", "clang"):
        if path := shutil.which(name):
            return Finding("C compiler", "ok", path)
    return Finding("C compiler", "optional", "none found; everything works without one, only slower")


def _chromium() -> Finding:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return Finding("Chromium", "ok", path)
    return Finding("Chromium", "optional", "none found; only the tests that look at the report need it")


def _llm(directory: Path, reach: bool) -> Finding:
    what = "language model"
    llm = load_params(directory).configure.llm if (directory / "params.yaml").is_file() else Llm()
    if not llm.model:
        return Finding(what, "optional", "none configured (configure.llm.model); everything runs without one")
    where = f"{llm.model} at {llm.base_url or 'the hosted service'}"
    return Finding(what, "ok", f"{where}, mode {llm.mode}") if not reach else _reached(llm, where)


def _greeting(llm: Llm) -> Request:
    """The smallest request: it holds nothing of the study, and nothing is recorded."""
    return Request(
        model=llm.model,
        messages=(Message(role="user", content="Reply with an empty JSON object."),),
        reply_schema={"type": "object", "properties": {}, "required": [], "additionalProperties": False},
        temperature=llm.temperature,
        seed=llm.seed,
        prompt="narrative",
        prompt_version="doctor",
    )


def _reached(llm: Llm, where: str) -> Finding:
    from tasks.llm.client import ChatClient  # noqa: PLC0415 - importing openai takes over a second

    try:
        with ChatClient(llm) as client:
            client.complete(_greeting(llm))
    except StudyError as error:
        return Finding("language model", "missing", f"{where}: {error.got}")
    return Finding("language model", "ok", f"{where} answers")
