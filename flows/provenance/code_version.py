"""One hash per stage over the code that can change what the stage writes.

A changed helper counts, a changed comment does not, and an edit of the report never reruns the sampler.
"""

import ast
import hashlib
import sys
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

import schemas
from flows.provenance.code_memory import remembered
from schemas.stages import STAGE_NAMES
from ssm_core.native.build import NoCompilerError, instruction_set, library
from tasks.artifacts import canonical_json, sha256_of, write_bytes

PACKAGES = ("schemas", "ssm_core", "tasks", "flows")
LIBRARIES = ("jax", "numpyro", "numpy", "scipy", "polars")
RUNS_KERNEL = frozenset({"infer"})
"""Stages whose bytes depend on which kernel runs here, and on what the processor can do."""
LOOKS_AROUND = {"import_module", "iter_modules", "walk_packages"}


class _Module:
    """One module of ours: hash of its tree without places and comments, what it imports, the words in its texts."""

    def __init__(self, path: Path) -> None:
        tree = ast.parse(path.read_bytes())
        self.folder = path.parent
        self.tree = hashlib.sha256(ast.dump(tree).encode()).hexdigest()
        self.imports: set[str] = set()
        self.words: set[str] = set()
        self.looks_around = False
        for node in ast.walk(tree):
            self._read(node)

    def _read(self, node: ast.AST) -> None:
        match node:
            case ast.Import(names=names):
                self.imports.update(alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names):
                self.imports.add(module)
                self.imports.update(f"{module}.{alias.name}" for alias in names)
            case ast.Constant(value=str(text)):
                self.words.update(text.replace(".", "/").split("/"))
            case ast.Name(id=name) | ast.Attribute(attr=name):
                self.looks_around = self.looks_around or name in LOOKS_AROUND


@cache
def _module(path: Path, _size_and_time: tuple[int, int]) -> _Module:
    return _Module(path)


def _read(path: Path) -> _Module:
    stat = path.stat()
    return _module(path, (stat.st_size, stat.st_mtime_ns))


def code_root() -> Path:
    """The folder that holds the four packages (a checkout or site-packages)."""
    return Path(str(schemas.__file__)).resolve().parent.parent


def _file_of(root: Path, dotted: str) -> Path | None:
    parts = dotted.split(".")
    base = root.joinpath(*parts)
    for path in (base / "__init__.py", base.with_suffix(".py")):
        if path.is_file():
            return path
    return None


def _parents(dotted: str) -> Iterator[str]:
    parts = dotted.split(".")
    for length in range(1, len(parts) + 1):
        yield ".".join(parts[:length])


def modules_of(stage: str, root: Path | None = None) -> tuple[Path, ...]:
    """Files of our packages that the stage's recipe imports, directly or through others, sorted."""
    root = root or code_root()
    waiting, seen, asked = [f"tasks.{stage}"], set[Path](), set[str]()
    while waiting:
        for dotted in _parents(waiting.pop()):
            if dotted in asked or dotted.partition(".")[0] not in PACKAGES:
                continue
            asked.add(dotted)
            path = _file_of(root, dotted)
            if path is None:
                continue
            seen.add(path)
            module = _read(path)
            waiting.extend(module.imports)
            if module.looks_around:
                waiting.extend(".".join(p.relative_to(root).with_suffix("").parts) for p in path.parent.glob("*.py"))
    return tuple(sorted(seen))


def _data_files(modules: tuple[Path, ...]) -> Iterator[Path]:
    """Templates, prompts and tables in the folders of the modules, and in folders that a module names in a text."""
    read = [_read(path) for path in modules]
    words = set[str]().union(*(module.words for module in read))
    for folder in sorted({module.folder for module in read}):
        for path in sorted(folder.iterdir()):
            if path.is_file() and path.suffix not in {".py", ".pyc"}:
                yield path
            elif path.is_dir() and path.name in words:
                yield from sorted(p for p in path.rglob("*") if p.is_file() and p.suffix not in {".py", ".pyc"})


def code_hash(stage: str, root: Path | None = None) -> str:
    """SHA-256 over syntax trees, data files, library versions and the lock file behind one stage."""
    root = root or code_root()
    modules = modules_of(stage, root)
    digest = hashlib.sha256()
    for path in modules:
        digest.update(f"{path.relative_to(root).as_posix()}\n{_read(path).tree}\n".encode())
    for path in sorted(set(_data_files(modules))):
        digest.update(f"{path.relative_to(root).as_posix()}\n{sha256_of(path)}\n".encode())
    for name in LIBRARIES:
        digest.update(f"{name} {metadata.version(name)}\n".encode())
    if stage in RUNS_KERNEL:
        digest.update(f"{kernel()}\n".encode())
    digest.update(sha256_of(root / "requirements.lock").encode())
    return digest.hexdigest()


@cache
def kernel() -> str:
    """Which kernel `infer.kernel: auto` is here, and for which processor; as `ssm_core.inference.kernels` decides.

    That module brings NumPy along, which a command that finds nothing to do need not wait for.
    """
    try:
        library()
    except NoCompilerError:
        name = "jax"
    else:
        name = "native"
    return f"kernel {name} {' '.join(instruction_set())}"


def code_hashes(root: Path | None = None) -> dict[str, str]:
    """The hash of every stage, in order; that of `report` covers all, since its manifest names the code of all.

    They are remembered until a file of the code is touched: parsing three hundred modules takes a second. Without a
    `root` it is the code of this process, as it was when it was first asked for: later edits do not run here.
    """
    return dict(_of_this_process()) if root is None else _remembered(root)


@cache
def _of_this_process() -> dict[str, str]:
    return _remembered(code_root())


def _remembered(root: Path) -> dict[str, str]:
    versions = [f"{name} {metadata.version(name)}" for name in LIBRARIES]
    return remembered(root, (sys.version, *versions, kernel()), PACKAGES, lambda: work_out(root))


def work_out(root: Path) -> dict[str, str]:
    """The hashes from the files below `root`, whatever is remembered of them."""
    hashes = {stage: code_hash(stage, root) for stage in STAGE_NAMES}
    return hashes | {"report": hashlib.sha256(canonical_json(hashes)).hexdigest()}


def refresh(study: Path) -> dict[str, str]:
    """Bring the study's `code.json` up to date; it is written only when a hash changed."""
    hashes = code_hashes()
    path = study / "code.json"
    content = canonical_json(hashes)
    if not path.is_file() or path.read_bytes() != content:
        write_bytes(path, content)
    return hashes
