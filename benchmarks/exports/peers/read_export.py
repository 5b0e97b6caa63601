"""One published way to read an export, in its own environment; prints seconds, CPU seconds and peak memory as JSON.

Usage: `PYTHON read_export.py {lxml,etree,apple-health-parser,healthkit-to-sqlite} EXPORT.zip SCRATCH`
"""

import json
import sys
import time
import zipfile
from pathlib import Path


def lxml(archive: Path, _scratch: Path) -> int:
    """Every record's attributes by `lxml.etree.iterparse`, elements cleared as they pass: the recipe of its manual."""
    from lxml import etree  # noqa: PLC0415 - one peer per process

    with zipfile.ZipFile(archive) as content, content.open(content.namelist()[0]) as stream:
        rows = []
        for _, element in etree.iterparse(stream, tag="Record"):
            rows.append(tuple(element.attrib.values()))
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
            if len(rows) > 100_000:
                rows.clear()
        return len(rows)


def etree(archive: Path, _scratch: Path) -> int:
    """The same with the standard library's parser."""
    import xml.etree.ElementTree as ET  # noqa: PLC0415

    with zipfile.ZipFile(archive) as content, content.open(content.namelist()[0]) as stream:
        events = ET.iterparse(stream, events=("start", "end"))
        _, root = next(events)
        count = 0
        for event, element in events:
            if event == "end" and element.tag == "Record":
                count += len(element.attrib) > 0
                root.clear()
        return count


def apple_health_parser(archive: Path, scratch: Path) -> int:
    """The package's parser, which groups the records by type; no data frames are built."""
    from apple_health_parser.utils.parser import Parser  # noqa: PLC0415

    parser = Parser(archive, output_dir=scratch, overwrite=True)
    return sum(len(parser.records[flag]) for flag in parser.flags)


def healthkit_to_sqlite(archive: Path, scratch: Path) -> int:
    """The package's command as its readme shows it."""
    from healthkit_to_sqlite.cli import cli  # noqa: PLC0415

    cli.main([str(archive), str(scratch / "healthkit.db"), "--silent"], standalone_mode=False)
    return 0


PEERS = {
    "lxml": lxml,
    "etree": etree,
    "apple-health-parser": apple_health_parser,
    "healthkit-to-sqlite": healthkit_to_sqlite,
}

if __name__ == "__main__":
    name, archive, scratch = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    begun, cpu = time.perf_counter(), time.process_time()
    PEERS[name](archive, scratch)
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    took = {"seconds": time.perf_counter() - begun, "cpu": time.process_time() - cpu, "mb": int(peak.split()[1]) / 1e3}
    print(json.dumps(took))
