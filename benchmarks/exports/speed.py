"""How fast an Apple Health export is read, beside merely decompressing and scanning it and beside published parsers.

Usage: `python -m benchmarks.exports.speed --megabytes 2000 [--peers PYTHON]`; PYTHON has `peers/requirements.txt`.
All rows are measured one after the other on the same file; read the ratios. CPU seconds (after imports) depend less
on what else the machine does. The peers that keep the whole export in memory are run on a file of at most
`--peer-megabytes`. The table is also written to `benchmarks/results/exports.md`.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from benchmarks.exports.apple_export import write_export
from schemas.params import Source, StudyParams
from tasks.ingest import ingest
from tasks.sources.apple import AppleHealth
from tasks.sources.apple.remembered import memory
from tasks.sources.apple.scan import Scanned, by_scanner, scanner
from tasks.sources.apple.stream import Piece, head_of, pieces_of

_PEERS = ("lxml", "etree", "apple-health-parser", "healthkit-to-sqlite")
_CHUNK = 1 << 22
RESULTS = Path(__file__).parents[1] / "results" / "exports.md"
_PAGE = """# Speed of reading an Apple Health export

Written by `python -m benchmarks.exports.speed`; every row is a process of its own, one after the other, on the same
synthetic export, {processors} processors, load {load} when it began. `x scan` is CPU time per MB in units of
decompressing and scanning the bytes. CPU counts all threads of a process; wall time depends on what else the machine
does. `read` and `whole stage` (observations, panel and audit written) take the file that `unpack` made. The rows
`again` read a file whose pieces were read before: a memory of pieces must hash them and load them, which is to be
compared with scanning them anew.

```
{table}
```
"""
MEMBER = "apple_health_export/export.xml"


class Took(NamedTuple):
    """One way to read the file: wall and CPU seconds, peak memory in MB, MB of XML per second."""

    name: str
    seconds: float
    cpu: float
    mb: float
    megabytes: float

    def line(self, base: float) -> str:
        """A row of the table; `base` is the CPU time per MB of decompressing and scanning."""
        rate, cpu_rate = self.megabytes / self.seconds, self.megabytes / self.cpu
        ratio = self.cpu / self.megabytes / base
        figures = f"{self.seconds:8.1f} {self.cpu:8.1f} {rate:8.0f} {cpu_rate:8.0f} {self.mb:8.0f} {ratio:8.1f}"
        return f"{self.name:28s} {figures}"


class Table:
    """Lines as they come, and all of them in the results."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.load = f"{os.getloadavg()[0]:.1f}"

    def say(self, line: str) -> None:
        """Print a line and keep it."""
        print(line, flush=True)
        self.lines.append(line)

    def write(self) -> None:
        """The results as a page."""
        page = _PAGE.format(processors=os.cpu_count(), load=self.load, table="\n".join(self.lines))
        RESULTS.write_text(page, encoding="utf-8")


def scan(archive: Path) -> int:
    """Decompress the export and count its lines, nothing else."""
    with zipfile.ZipFile(archive) as content, content.open(MEMBER) as stream:
        return sum(piece.count(b"\n") for piece in iter(lambda: stream.read(_CHUNK), b""))


def unpack(study: Path) -> int:
    """Decompress the export into the study, as `init` does once."""
    raw = study / "data" / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    with (
        zipfile.ZipFile(study / "export.zip") as content,
        content.open(MEMBER) as source,
        _xml(study).open("wb") as sink,
    ):
        shutil.copyfileobj(source, sink, _CHUNK)
    return 0


def parse(study: Path) -> int:
    """Read the export in the study into typed columns."""
    return AppleHealth().read(_xml(study), Source(path="export.xml")).total


def whole_stage(study: Path) -> int:
    """Run stage ingest: observations, panel and audit are written."""
    ingest(study, StudyParams(), lambda _: None)
    return 0


def hash_pieces(study: Path) -> int:
    """Read the file and hash each of its pieces, as any memory of pieces must."""
    return sum(len(sha256(piece.content).digest()) for piece in _pieces(study))


def load_kept(study: Path) -> int:
    """Hash each piece and load what it was read as; `--one` fills the memory before the clock runs."""
    kept = memory(study / "kept")
    return sum(kept.read(piece, _scanned).rows for piece in _pieces(study))


def scan_again(study: Path) -> int:
    """Scan each piece, remembering nothing."""
    return sum(_scanned(piece).rows for piece in _pieces(study))


def _pieces(study: Path) -> Iterator[Piece]:
    path = _xml(study)
    made = pieces_of(path, path.name, head_of(path, path.name), by_content=True)
    return (piece for piece in made if piece is not None)


def _scanned(piece: Piece) -> Scanned:
    scan = scanner()
    scanned = by_scanner(piece, scan) if scan else None
    if scanned is None:
        raise RuntimeError("the scanner is measured: it needs a C++ compiler")
    return scanned


def _xml(study: Path) -> Path:
    return study / "data" / "raw" / "export.xml"


OURS = {
    "decompress and scan": lambda study: scan(study / "export.zip"),
    "unpack": unpack,
    "read": parse,
    "whole stage": whole_stage,
    "again: hash pieces only": hash_pieces,
    "again: load kept pieces": load_kept,
    "again: scan all of it": scan_again,
}
"""The last three read a file that was read before: what a memory of its pieces costs at least, costs, and saves."""


def _child(command: list[str]) -> dict[str, float]:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr[-500:]}")
    return json.loads(done.stdout.splitlines()[-1])


def _export(folder: Path, megabytes: float) -> float:
    write_export(folder / "export.xml", megabytes, 1)
    size = (folder / "export.xml").stat().st_size / 1e6
    with zipfile.ZipFile(folder / "export.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        archive.write(folder / "export.xml", MEMBER)
    (folder / "export.xml").unlink()
    return size


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Speed of reading an Apple Health export.")
    parser.add_argument("--megabytes", type=float, default=200)
    parser.add_argument("--peer-megabytes", type=float, default=200)
    parser.add_argument("--peers", type=Path, default=None, help="a Python with peers/requirements.txt")
    parser.add_argument("--peer", action="append", choices=_PEERS, help="only this one; may be repeated")
    parser.add_argument("--one", nargs=2, metavar=("NAME", "STUDY"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        _measure_one(given.one[0], Path(given.one[1]))
        return
    table = Table()
    table.say(f"{'':28s} {'wall s':>8s} {'CPU s':>8s} {'MB/s':>8s} {'MB/CPUs':>8s} {'peak MB':>8s} {'x scan':>8s}")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        size = _export(folder, given.megabytes)
        table.say(f"export of {size:.0f} MB")
        base = 0.0
        for name in OURS:
            row = _ours(name, folder, size)
            base = base or row.cpu / size
            table.say(row.line(base))
    if given.peers:
        _tell_peers(given.peers, min(given.megabytes, given.peer_megabytes), base, table, given.peer or _PEERS)
    table.write()


def _measure_one(name: str, study: Path) -> None:
    if OURS[name] is load_kept:
        load_kept(study)
    begun, cpu = time.perf_counter(), time.process_time()
    OURS[name](study)
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    took = {"seconds": time.perf_counter() - begun, "cpu": time.process_time() - cpu, "mb": int(peak.split()[1]) / 1e3}
    print(json.dumps(took))


def _ours(name: str, folder: Path, size: float) -> Took:
    took = _child([sys.executable, "-m", "benchmarks.exports.speed", "--one", name, str(folder)])
    return Took(name, took["seconds"], took["cpu"], took["mb"], size)


def _tell_peers(python: Path, megabytes: float, base: float, table: Table, peers: Sequence[str]) -> None:
    script = Path(__file__).parent / "peers" / "read_export.py"
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        size = _export(folder, megabytes)
        table.say(f"published parsers, export of {size:.0f} MB")
        for name in peers:
            took = _child([str(python), str(script), name, str(folder / "export.zip"), str(folder)])
            table.say(Took(name, took["seconds"], took["cpu"], took["mb"], size).line(base))


if __name__ == "__main__":
    main()
