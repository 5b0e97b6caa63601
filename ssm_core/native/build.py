"""Compile the C++ kernel on the machine that runs it, once for each number of states that is asked for.

`python -m ssm_core.native.build` makes all of them and says where they are, or why not.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

SOURCES = (
    "kernel.cpp", "density.hpp", "priors.hpp", "recursion.hpp", "adjoint.hpp", "moments.hpp", "block.hpp", "lanes.hpp",
    "problem.hpp",
)  # fmt: skip
FLAGS = (
    "-std=c++17",
    "-O3",
    "-fPIC",
    "-shared",
    "-fvisibility-inlines-hidden",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-Wno-psabi",
)
SIZES = range(1, 9)
"""Numbers of states with a kernel of their own; one more takes any number."""
COMPILERS = ("g++", "clang++", "c++")
LEVELS = (
    (frozenset({"avx512f", "avx512dq", "avx512vl", "fma"}), ("-mavx512f", "-mavx512dq", "-mavx512vl", "-mfma")),
    (frozenset({"avx2", "fma"}), ("-mavx2", "-mfma")),
)
"""Instruction sets that are used where the processor has them, best first; elsewhere the compiler's own default."""


class NoCompilerError(RuntimeError):
    """The kernel cannot be built here; the sentence says why."""


def cache_folder() -> Path:
    """Where compiled kernels lie: below `$CAUSAL_SSM_CACHE`, else in the user's cache directory.

    A library is code that will run as us: in a directory that several users share each has a folder of its own, and
    where the user's cache directory cannot be written it lies in that of temporary files.
    """
    own = f"causal-ssm-{os.getuid()}"
    if told := os.environ.get("CAUSAL_SSM_CACHE"):
        folders = [Path(told) / "causal-ssm", Path(told) / own]
    else:
        folders = [base / name for base in _bases() for name in ("causal-ssm", own)]
        folders.append(Path(tempfile.gettempdir()) / own)
    return next((folder for folder in folders if _ours(folder)), folders[0]) / "native"


def _bases() -> list[Path]:
    """The user's cache directory; none where the user has no home."""
    if told := os.environ.get("XDG_CACHE_HOME"):
        return [Path(told)]
    try:
        return [Path.home() / ".cache"]
    except RuntimeError:
        return []


def _ours(folder: Path) -> bool:
    """Whether the folder is our own, or could be made by us."""
    for path in (folder, *folder.parents):
        try:
            facts = path.stat()
        except (FileNotFoundError, NotADirectoryError):
            continue
        except PermissionError:
            return False
        return os.access(path, os.W_OK | os.X_OK) and (path != folder or facts.st_uid == os.getuid())
    return False


def instruction_set() -> tuple[str, ...]:
    """Compiler flags for what this processor can do."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ()
    features = {word for line in lines if line.startswith("flags") for word in line.split(":", 1)[1].split()}
    return next((flags for needed, flags in LEVELS if needed <= features), ())


def library(states: int = 0) -> Path:
    """The compiled kernel for a number of states (0: any) on this processor, built now if it is not there and whole.

    Raises:
        NoCompilerError: no C++ compiler, or it failed; the message holds its first error.
    """
    states = states if states in SIZES else 0
    target = _target(states)
    if not _whole(target):
        compile_to(target, states)
    return target


def _whole(target: Path) -> bool:
    """Whether the file holds the bytes that we wrote: mapping a damaged library ends the process."""
    try:
        if target.stat().st_uid not in {0, os.getuid()}:
            return False
        return _digest_file(target).read_text() == hashlib.sha256(target.read_bytes()).hexdigest()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return False


def _digest_file(target: Path) -> Path:
    return target.with_suffix(".sha256")


@cache
def _target(states: int = 0) -> Path:
    digest = hashlib.sha256()
    for name in SOURCES:
        digest.update((Path(__file__).parent / name).read_bytes())
    digest.update(" ".join((*FLAGS, *instruction_set(), platform.machine(), sys.platform)).encode())
    return cache_folder() / f"kernel-{states or 'any'}-{digest.hexdigest()[:20]}.so"


def compile_to(target: Path, states: int = 0) -> None:
    """Build the kernel for a number of states and this processor.

    Raises:
        NoCompilerError: see `library`.
    """
    _compile(Path(__file__).parent / "kernel.cpp", target, (f"-DSTATES={states}",))


def compiled(source: Path, name: str) -> Path:
    """Another C++ file of the project as a library, built now if it is not there and whole.

    Args:
        source: the file; of the project's files it includes only headers beside it.
        name: what the library is called in the cache.

    Raises:
        NoCompilerError: see `library`.
    """
    headers = b"".join(header.read_bytes() for header in sorted(source.parent.glob("*.hpp")))
    made_of = (
        source.read_bytes()
        + headers
        + " ".join((*FLAGS, *instruction_set(), platform.machine(), sys.platform)).encode()
    )
    target = cache_folder() / f"{name}-{hashlib.sha256(made_of).hexdigest()[:20]}.so"
    if not _whole(target):
        _compile(source, target)
    return target


def _compile(source: Path, target: Path, defines: tuple[str, ...] = ()) -> None:
    compiler = _compiler()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
            made, digest = Path(scratch) / "kernel.so", Path(scratch) / "kernel.sha256"
            command = [compiler, *FLAGS, *instruction_set(), *defines, str(source), "-o", str(made)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                first = next((line for line in done.stderr.splitlines() if "error" in line), done.stderr[:200])
                raise NoCompilerError(f"{compiler} could not compile {source.name}: {first}")
            digest.write_text(hashlib.sha256(made.read_bytes()).hexdigest())
            digest.replace(_digest_file(target))  # several processes may do this at once; each leaves whole files
            made.replace(target)
    except OSError as error:
        raise NoCompilerError(f"{source.name} could not be built in {target.parent}: {error}") from error


def _compiler() -> str:
    wanted = os.environ.get("CXX")
    if wanted and not shutil.which(wanted):
        raise NoCompilerError(f"no C++ compiler found ($CXX is {wanted!r}, which is not there)")
    found = wanted or next((name for name in COMPILERS if shutil.which(name)), None)
    if found is None:
        raise NoCompilerError(f"no C++ compiler found (looked for {', '.join(COMPILERS)} and $CXX)")
    return found


if __name__ == "__main__":
    try:
        for size in (0, *SIZES):
            sys.stdout.write(f"kernel: {library(size)}\n")
    except NoCompilerError as why:
        sys.stdout.write(f"kernel: {why}; the slower JAX kernel is used instead\n")
