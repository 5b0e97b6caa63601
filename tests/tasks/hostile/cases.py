# ruff: noqa: E501 - files as hostile or careless hands write them
"""More than a hundred files that are broken, hostile or careless, and what must become of each.

A case is refused with a message that contains `says`, or read; then `says` names a variable that must be in the panel
or, with a leading `!`, one that must not.
"""

import gzip
import io
import json
import stat
import struct
import zipfile
from collections.abc import Callable
from typing import NamedTuple

import polars as pl

from tests.tasks.hostile.archives import bad_sum, claimed, encrypted, ten_gigabytes, zipped
from tests.tasks.sources import vendor_samples as v
from tests.tasks.sources.fitfile import MONITORING
from tests.tasks.sources.samples import APPLE

GOOD = "date,x\n2024-01-01,1\n2024-01-02,2\n2024-01-03,4\n"
ROWS = "".join(f"2024-01-{d:02d},{d}\n" for d in range(1, 10))


class Case(NamedTuple):
    """A file by name and content, and what must become of it."""

    name: str
    file: str
    content: bytes | Callable[[], bytes]
    refused: bool
    says: str


def table(name, text, says, *, refused=True, file="a.csv", encoding="utf-8"):
    return Case(name, file, text.encode(encoding) if isinstance(text, str) else text, refused, says)


def value(name, cell, says, *, refused=True):
    return table(f"value {name}", GOOD.replace(",2\n", f",{cell}\n"), says, refused=refused)


def date(name, cell, says, *, refused=True):
    return table(f"date {name}", GOOD.replace("2024-01-02", cell), says, refused=refused)


def archive(name, entries, says, *, refused=True, compression=zipfile.ZIP_DEFLATED, damage=None):
    def content():
        sink = io.BytesIO()
        with zipfile.ZipFile(sink, "w", compression) as made:
            for entry, body, mode in entries() if callable(entries) else entries:
                info = zipfile.ZipInfo(entry)
                info.external_attr = mode << 16
                info.compress_type = compression
                made.writestr(info, body)
        return damage(bytearray(sink.getvalue())) if damage else sink.getvalue()

    return Case(f"zip {name}", "a.zip", content, refused, says)


def xml(name, text, says, *, refused=True):
    return Case(f"xml {name}", "export.xml", text if isinstance(text, bytes) else text.encode(), refused, says)


def parquet(columns) -> bytes:
    sink = io.BytesIO()
    pl.DataFrame(columns).write_parquet(sink)
    return sink.getvalue()


def parquet_of_lists() -> bytes:
    return parquet({"date": ["2024-01-01"], "x": [[1, 2]]})


XXE = '<!DOCTYPE HealthData [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<HealthData>&x;</HealthData>'
LAUGHS = (
    "<!DOCTYPE HealthData ["
    + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' if n else '<!ENTITY l0 "ha">' for n in range(10))
    + "]>\n<HealthData>&l9;</HealthData>"
)
DEEP = "[" * 100_000 + "]" * 100_000
SLEEP = json.loads(v.FITBIT_SLEEP)

CASES = (
    # tables that are none
    table("empty", b"", "an empty file"),
    table("white space", "  \n\n \t\n", "an empty file"),
    table("one column", "x\n1\n2\n", "a single column"),
    table("header only", "date,x\n", "rows of data"),
    table("binary", bytes(range(256)) * 20, "binary content"),
    table("NUL bytes", GOOD.replace("1", "\0"), "binary content"),
    table("a picture called csv", b"\x89PNG\r\n\x1a\n" + bytes(range(128, 160)) * 90, "binary content"),
    table("duplicate headers", "date,x,x\n2024-01-01,1,2\n", "more than once"),
    table("too many cells", "date,x\n2024-01-01,1\n2024-01-02,1,2,3\n", "cells as in the header"),
    table("missing cells", "date,x,y\n2024-01-01,1,1\n2024-01-02,2\n2024-01-03,3,3\n", "y", refused=False),
    table("an open quote", 'date,x\n2024-01-01,"1\n2024-01-02,2\n', "got none"),
    table("a million columns", "date," + ",".join(f"c{n}" for n in range(1_000_000)) + "\n2024-01-01" + ",1" * 1_000_000, "columns"),
    table("a cell of two megabytes", f'date,x,n\n2024-01-01,1,"{"y" * 2_000_000}"\n', "cells of at most"),
    table("mixed delimiters", "date,x\n2024-01-01;1\n2024-01-02;2\n2024-01-03,3\n", "x", refused=False),
    table("semicolons and decimal commas", "date;x\n2024-01-01;1,5\n2024-01-02;2,5\n", "x", refused=False),
    table("no header", ROWS, "a.csv", refused=False),
    table("latin-1", "date,Müde\n2024-01-01,1\n2024-01-02,2\n", "Müde", refused=False, encoding="latin-1"),
    table("utf-16", GOOD, "x", refused=False, encoding="utf-16"),
    table("utf-8 with a mark", GOOD, "x", refused=False, encoding="utf-8-sig"),
    table("utf-16 cut in a character", GOOD.encode("utf-16")[:-1], "x", refused=False),
    table("utf-32", GOOD, "x", refused=False, encoding="utf-32"),
    table("carriage returns", GOOD.replace("\n", "\r\n"), "x", refused=False),
    table("old mac line ends", GOOD.replace("\n", "\r"), "x", refused=False),
    table("trailing empty lines", GOOD + "\n\n,\n", "x", refused=False),
    table("only a time", "date\n2024-01-01\n", "a single column"),
    table("only empty values", "date,x\n2024-01-01,\n2024-01-02,\n", "values"),
    table("a column called step", "date,step\n2024-01-01,1\n2024-01-02,2\n", "step_", refused=False),
    table("a column of white space names", "date,  ,x\n2024-01-01,1,2\n2024-01-02,1,3\n", "x", refused=False),
    table("control characters in a name", "date,x\x07y\n2024-01-01,1\n2024-01-02,2\n", "x\x07y", refused=False),
    table("right-to-left name", "date,\u202ex\n2024-01-01,1\n2024-01-02,2\n", "\u202ex", refused=False),
    table("several people", "id,date,x\n" + "".join(f"{p},2024-01-0{d},{d}\n" for p in "abc" for d in range(1, 9)), "the record of one person"),
    table("a hundred million columns", b"date" + b"," * 100_000_000 + b"\n", "at most 5000 columns"),
    table("three million quotes", "date,x\n" + '"' * 3_000_000, "cells of at most"),
    table("the separator named above, as Excel does", "sep=;\ndate;x\n2024-01-01;1,5\n2024-01-02;2\n", "x", refused=False),
    table("two tables below each other", GOOD + "\ndate,y\n2024-01-01,1\n", "x", refused=False),
    table("a name that is a formula", GOOD.replace("x", "=cmd()"), "=cmd()", refused=False),
    table("a name that is HTML", GOOD.replace("x", "<script>alert(1)</script>"), "<script>alert(1)</script>", refused=False),
    table("a name that is a path", GOOD.replace("x", "../x"), "../x", refused=False),
    table("utf-16 without a mark", GOOD.encode("utf-16-le"), "binary content"),
    table("gzip called csv", gzip.compress(GOOD.encode()), "binary content"),
    table("rich text called csv", "{\\rtf1 date,x}", "rows of data"),
    table("a workbook", zipped(("[Content_Types].xml", "<x/>")), "a workbook that can be read", file="a.xlsx"),
    table("an old workbook", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "an old Excel or Word file", file="a.xls"),
    table("a workbook with a password", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "without a password", file="a.xlsx"),
    table("a database", b"SQLite format 3\0" + bytes(4000), "SQLite", file="a.db"),
    table("a web page", "<html><body>date,x</body></html>", "XML", file="a.html"),
    table("escapes in the file's name", "x\n1\n", r"a\x1b[2J.csv", file="a\x1b[2J.csv"),
    # values
    value("formula", "=cmd|' /C calc'!A0", "x", refused=False),
    value("plus formula", "+1+2", "x", refused=False),
    value("at formula", "@SUM(A1)", "x", refused=False),
    value("inf", "inf", "a finite number"),
    value("-Infinity", "-Infinity", "a finite number"),
    value("1e999", "1e999", "a finite number"),
    value("1e-300", "1e-300", "a number between"),
    value("1e200", "1e200", "a number between"),
    value("NaN", "NaN", "x", refused=False),
    value("nan in quotes", '"nan"', "x", refused=False),
    value("#N/A", "#N/A", "x", refused=False),
    value("N/A", "N/A", "x", refused=False),
    value("null", "NULL", "x", refused=False),
    value("dash", "--", "x", refused=False),
    value("1.#QNAN", "1.#QNAN", "x", refused=False),
    value("hexadecimal", "0x1F", "x", refused=False),
    value("+inf", "+inf", "a finite number"),
    value("INFINITY", "INFINITY", "a finite number"),
    value("1e5000", "1e5000", "a finite number"),
    value("an infinity sign", "∞", "x", refused=False),
    value("1.#INF", "1.#INF", "x", refused=False),
    value("-nan(ind)", "-nan(ind)", "x", refused=False),
    value("+NaN", "+NaN", "x", refused=False),
    value("#DIV/0!", "#DIV/0!", "x", refused=False),
    value("#NUM!", "#NUM!", "x", refused=False),
    value("-1.#IND", "-1.#IND", "x", refused=False),
    value("two points", "1.5.2", "x", refused=False),
    value("an apostrophe before", "'7", "x", refused=False),
    value("underscores", "1_000", "x", refused=False),
    value("arabic digits", "٣", "x", refused=False),
    value("thousand digits", "9" * 1000, "a.csv"),
    # times
    date("year 1", "0001-01-02", "steps"),
    date("year 9999", "9999-01-02", "steps"),
    date("30 February", "2024-02-30", "x", refused=False),
    date("another format", "02.01.2024", "one format of dates"),
    date("month 13", "2024-13-02", "x", refused=False),
    date("hour 25", "2024-01-02 25:00", "x", refused=False),
    date("offset of 99 hours", "2024-01-02T10:00+99:00", "x", refused=False),
    date("leap second", "2024-01-02 23:59:60", "one value of x on 2024-01-03"),
    date("a word", "yesterday", "x", refused=False),
    table("day and month unclear", "date,x\n01/02/2024,1\n02/02/2024,2\n", "told apart"),
    table("seconds since 1970 beyond all bounds", "timestamp,x\n19999999999999999999,1\n", "a.csv", refused=False),
    # archives
    archive("path traversal", [("../evil.csv", GOOD, 0)], "stay inside"),
    archive("traversal inside", [("good/../../evil.csv", GOOD, 0)], "stay inside"),
    archive("absolute name", [("/etc/evil.csv", GOOD, 0)], "stay inside"),
    archive("drive letter", [("C:evil.csv", GOOD, 0)], "stay inside"),
    archive("backslashes", [("..\\evil.csv", GOOD, 0)], "stay inside"),
    archive("symbolic link", [("a.csv", "/etc/passwd", stat.S_IFLNK | 0o777)], "stay inside"),
    archive("nothing", [], "an empty archive"),
    archive("hidden files only", [("__MACOSX/a.csv", GOOD, 0), (".b.csv", GOOD, 0)], "an empty archive"),
    archive("bomb", lambda: [("a.csv", b"0" * (70 << 20), 0)], "unpack to at most"),
    archive("claimed size", [("a.csv", GOOD, 0)], "a.zip", damage=claimed),
    archive("wrong checksum", [("a.csv", GOOD, 0)], "a readable zip", compression=zipfile.ZIP_STORED, damage=bad_sum),
    archive("cut off", [("a.csv", GOOD * 50, 0)], "a damaged or different file", damage=lambda c: bytes(c[: len(c) // 2])),
    archive("two files of one name", [("a.csv", GOOD, 0), ("A/../a.csv", GOOD, 0)], "stay inside"),
    archive("thirty thousand files", lambda: [(f"{n}.csv", b"", 0) for n in range(30_000)], "at most 20000 files"),
    table("zip claims ten gigabytes", lambda: ten_gigabytes(GOOD), "400 times", file="a.zip"),
    archive("with a password", [("a.csv", GOOD, 0)], "without a password", damage=encrypted),
    archive("a name of 300 letters", [("n" * 300 + ".csv", GOOD, 0)], "at most 255 bytes"),
    archive("a path of 2500 folders", [("d/" * 2500 + "a.csv", GOOD, 0)], "1024 in all"),
    archive("a file and a folder of one name", [("a", GOOD, 0), ("a/b.csv", GOOD, 0)], "of different names"),
    archive("escapes in a name", [("\x1b[31mred.csv", GOOD, 0)], "that can be seen"),
    archive("a line end in a name", [("a\nb.csv", GOOD, 0)], "that can be seen"),
    archive("a name written backwards", [("\u202evsc.a", GOOD, 0)], "that can be seen"),
    archive("an archive inside", lambda: [("in.zip", zipped(("a.csv", GOOD)), 0)], "x", refused=False),
    archive("archives three deep", lambda: [("1.zip", zipped(("2.zip", zipped(("3.zip", zipped(("a.csv", GOOD)))))), 0)], "3.zip is a zip archive"),
    archive("a bomb inside", lambda: [("1.zip", zipped(("a.csv", b"0" * (70 << 20))), 0)], "unpack to at most"),
    archive("traversal inside an archive inside", lambda: [("1.zip", zipped(("../../a.csv", GOOD)), 0)], "stay inside"),
    archive("an archive inside that meets a folder", lambda: [("b.zip", zipped(("a.csv", GOOD)), 0), ("b/a.csv", GOOD, 0)], "twice"),
    archive("a damaged archive inside", lambda: [("b.zip", zipped(("a.csv", GOOD * 99))[:100], 0), ("a.csv", GOOD, 0)], "x", refused=False),
    archive("with a good table", [("in/a.csv", GOOD, 0)], "x", refused=False),
    table("text called zip", GOOD, "a damaged or different file", file="a.zip"),
    # Apple Health
    xml("external entity", XXE, "entities"),
    xml("billion laughs", LAUGHS, "entities"),
    xml("parameter entity", '<!DOCTYPE HealthData [<!ENTITY % p SYSTEM "http://x/y"> %p;]>\n<HealthData/>', "entities"),
    xml("cut off", APPLE[: len(APPLE) // 2], "</HealthData>"),
    xml("no records", "<HealthData>\n</HealthData>", "records"),
    xml("unclosed record", APPLE.replace('value="329"/>', 'value="329">'), "well-formed"),
    xml("declared in another encoding", APPLE.replace("UTF-8", "ISO-8859-1"), "steps", refused=False),
    xml("declared in no encoding", APPLE.replace("UTF-8", "klingon"), "an encoding that is known"),
    xml("NUL in a value", APPLE.replace("329", "3\x0029"), "well-formed"),
    xml("wrong bytes", APPLE.encode().replace(b"329", b"\xff\xfe9"), "well-formed"),
    xml("deep nesting", APPLE.replace("</HealthData>", "<a>" * 2000 + "</a>" * 2000 + "</HealthData>"), "steps", refused=False),
    xml("a comment with records", APPLE.replace("</HealthData>", "<!--\n <Record/>\n--></HealthData>"), "steps", refused=False),
    xml("all on one line", APPLE.replace("\n", " "), "steps", refused=False),
    xml("two records on a line", APPLE.replace("/>\n <Record", "/> <Record"), "spo2", refused=False),
    xml("utf-16", APPLE.replace("UTF-8", "UTF-16").encode("utf-16"), "steps", refused=False),
    xml("utf-16 that says utf-8", APPLE.encode("utf-16"), "well-formed"),
    xml("a name of ten megabytes", APPLE.replace("Watch", "W" * 10_000_000, 1), "steps", refused=False),
    xml("a hundred thousand attributes", APPLE.replace(' unit="count"', ' unit="count" ' + " ".join(f'a{n}="1"' for n in range(100_000)), 1), "steps", refused=False),
    xml("an instruction", APPLE.replace("<HealthData", '<?php system("rm") ?><HealthData'), "steps", refused=False),
    xml("records in CDATA", APPLE.replace("</HealthData>", "<![CDATA[ <Record/> ]]></HealthData>"), "steps", refused=False),
    xml("something after its end", APPLE + "junk", "steps", refused=False),
    xml("an end before its start", APPLE.replace('endDate="2024-03-03', 'endDate="2023-03-03'), "steps", refused=False),
    xml("offsets of 99 hours", APPLE.replace("+0100", "+9999"), "!steps", refused=False),
    xml("year 1", APPLE.replace("2024-03-03", "0001-01-01"), "at most 200000 steps"),
    xml("year 9999", APPLE.replace("2024-03-03", "9999-03-03"), "steps"),
    # JSON
    table("fitbit cut off", v.FITBIT_SLEEP[:-40], "a whole JSON file", file="sleep-1.json"),
    table("fitbit with NaN", v.FITBIT_SLEEP.replace("400", "NaN"), "finite", file="sleep-1.json"),
    table("fitbit with infinity", v.FITBIT_SLEEP.replace("400", "1e999"), "finite", file="sleep-1.json"),
    table("fitbit with texts for numbers", v.FITBIT_SLEEP.replace("400", '"many"'), "nap_minutes", file="sleep-1.json", refused=False),
    table("fitbit with lists for numbers", v.FITBIT_SLEEP.replace("400", "[4]"), "nap_minutes", file="sleep-1.json", refused=False),
    table("fitbit without levels", json.dumps([{**log, "levels": None} for log in SLEEP]), "sleep_minutes", file="sleep-1.json", refused=False),
    table("fitbit among other things", json.dumps([1, None, "a", *SLEEP]), "sleep_minutes", file="sleep-1.json", refused=False),
    table("fitbit with a wrong time", v.FITBIT_SLEEP.replace("2024-03-01T23", "2024-03-01T99"), "nap_minutes", file="sleep-1.json", refused=False),
    table("deep JSON", DEEP, "JSON", file="a.json"),
    table("JSON lines of lists", '{"date": "2024-01-01", "x": [1]}\n', "nested", file="a.jsonl"),
    table("JSON lines with a number", "17\n", "a flat JSON object", file="a.jsonl"),
    table("JSON lines with a number of 5000 digits", '{"date": "2024-01-01", "x": ' + "9" * 5000 + "}\n", "finite numbers", file="a.jsonl"),
    table("JSON lines with half a character", '{"date": "2024-01-01", "x": "\\ud800", "\\udfff": 1, "y": 1}\n{"date": "2024-01-02", "y": 2}\n', "\ufffd", file="a.jsonl", refused=False),
    table("JSON lines with a key twice", '{"date": "2024-01-01", "x": 1, "x": 2}\n', "each key once", file="a.jsonl"),
    table("JSON lines with infinity", '{"date": "2024-01-01", "x": Infinity}\n', "a finite number", file="a.jsonl"),
    table("JSON lines of 200000 keys", '{"date": "2024-01-01", ' + ", ".join(f'"k{n}": 1' for n in range(200_000)) + "}\n", "at most 5000 columns", file="a.jsonl"),
    table("deep JSON lines", '{"date": "2024-01-01", "x": ' + DEEP + "}\n", "a flat JSON object", file="a.jsonl"),
    table("JSON lines with a line separator in a text", '{"date": "2024-01-01", "x": 1, "n": "a\u2028b"}\n{"date": "2024-01-02", "x": 2}\n', "x", file="a.jsonl", refused=False),
    table("JSON lines cut off", '{"date": "2024-01-01", "x": 1}\n{"date": "2024-01-02", "x":', "one JSON object per line", file="a.jsonl"),
    table("fitbit with a number of 5000 digits", v.FITBIT_SLEEP.replace("400", "9" * 5000), "finite", file="sleep-1.json"),
    table("fitbit with half a character", v.FITBIT_SLEEP.replace('"wake"', '"\\ud800"'), "sleep_minutes", file="sleep-1.json", refused=False),
    table("JSON lines in latin-1", '{"date": "2024-01-01", "ü": 1}\n'.encode("latin-1"), "UTF-8", file="a.jsonl"),
    table("garmin in the year 60000", v.GARMIN_HEART.replace("1767765600000", "1767765600000000"), "got none", file="a.json"),
    # other vendors
    table("whoop without a zone", v.WHOOP_CYCLES.replace("UTC-05:00", "nowhere"), "strain", file="w.csv", refused=False),
    table("whoop with an infinite strain", v.WHOOP_CYCLES.replace(",6.7,", ",inf,"), "a finite number", file="w.csv"),
    table("dexcom beyond its range", v.DEXCOM.replace("165", "High"), "insulin", file="d.csv", refused=False),
    table("daylio with a thousand tags", v.DAYLIO.replace("shopping", " | ".join(f"t{n}" for n in range(1000))), "mood", file="d.csv", refused=False),
    # FIT
    table("fit cut off", MONITORING[: len(MONITORING) // 2], "a whole FIT file", file="a.fit"),
    table("fit header only", MONITORING[:14], "a whole FIT file", file="a.fit"),
    table("fit that claims four gigabytes", MONITORING[:4] + struct.pack("<I", 0xFFFFFFF0) + MONITORING[8:], "a whole FIT file", file="a.fit"),
    table("fit with a wrong checksum", MONITORING[:-1] + bytes([MONITORING[-1] ^ 255]), "a whole FIT file", file="a.fit"),
    # parquet
    Case("parquet of 20000 columns", "a.parquet", lambda: parquet({"date": ["2024-01-01"], **{f"c{n}": [1.0] for n in range(20_000)}}), True, "at most 5000 columns"),
    Case("parquet with infinity", "a.parquet", lambda: parquet({"date": ["2024-01-01"], "x": [float("inf")]}), True, "a finite number"),
    Case("parquet of nothing", "a.parquet", lambda: parquet({}), True, "rows of data"),
    Case("parquet of bytes", "a.parquet", lambda: parquet({"date": ["2024-01-01"], "x": [b"ab"]}), True, "of numbers or of two texts"),
    table("parquet cut off", b"PAR1" + b"\0" * 100, "a Parquet file", file="a.parquet"),
    Case("parquet of lists", "a.parquet", parquet_of_lists, True, "plain columns"),
)  # fmt: skip
