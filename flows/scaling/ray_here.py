"""A Ray of our own on this machine: sends nothing, says nothing, listens on loopback, and takes its folder with it."""

import atexit
import logging
import os
import secrets
import shutil
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from flows.scaling.answering import threads

QUIET = MappingProxyType(
    {
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_TASK_MAX_RETRIES": "0",  # a study that kills its worker would kill the next
        "RAY_DISABLE_FAILURE_SIGNAL_HANDLER": "1",  # it prints a stack at SIGTERM
    }
)
"""Read by Ray when it is imported, also where it joins a cluster."""
SILENT = MappingProxyType({"logging_level": logging.CRITICAL, "log_to_driver": False})
"""For `ray.init`: what Ray has to say stays in its files."""
ROOM = 20
"""Longest name of a folder, in bytes, below which the names of Ray's sockets are not too long for every system."""
STORE_BYTES = 80 * 2**20
"""A little more than the least that Ray takes: rows are small, and so is the shared memory of a container."""


@cache
def environment() -> Mapping[str, str]:
    """What a Ray of our own reads in this process and in those that it starts.

    The token is of this process and keeps other users of the machine out; Ray would leave one in the user's home.
    """
    return QUIET | {
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # on every system it means: no cluster, hence loopback
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
    }


def joining() -> dict[str, Any]:
    """For `ray.init` where there is a cluster: its workers, begun by others, are told of our server and threads."""
    told = {name: value for name, value in os.environ.items() if name.startswith("PREFECT_API_")}
    return {**SILENT, "runtime_env": {"env_vars": threads() | told}}


def settings(workers: int) -> dict[str, Any]:
    """For `ray.init`: so many studies at once, in a private folder."""
    return {
        **SILENT,
        "num_cpus": workers,
        "include_dashboard": False,
        "object_store_memory": STORE_BYTES,
        "_temp_dir": str(private_folder() / "ray"),
    }


def private_folder() -> Path:
    """A folder of this user's until this process ends; Ray opens what it makes inside to everybody."""
    usual = tempfile.gettempdir()
    folder = Path(tempfile.mkdtemp(prefix="ray-", dir=usual if len(os.fsencode(usual)) <= ROOM else "/tmp"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
