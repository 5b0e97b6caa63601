"""How far a long file has been read is a bar on a terminal and nothing elsewhere."""

import sys

import pytest

from benchmarks.exports.apple_export import write_export
from flows.console import progress
from schemas.params import Ingest
from tasks.readings import read_raw_files
from tasks.telling import Share, by_per_cent


@pytest.mark.parametrize("terminal", [True, False])
def test_a_share_is_drawn_over_on_a_terminal_only(capsys, monkeypatch, terminal):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
    progress(Share("export.xml", 0.4))
    progress(Share("export.xml", 1.0))
    progress("Read 1 file(s).")
    told = capsys.readouterr().err
    bars = "\r\x1b[KReading export.xml [########------------]  40 %"
    bars += "\r\x1b[KReading export.xml [####################] 100 %\n"
    assert told == (bars if terminal else "") + "Read 1 file(s).\n"


def test_every_per_cent_is_told_once_in_order():
    told = []
    heard = by_per_cent("a", told.append)
    for share in (0.101, 0.105, 0.1, 0.5, 1.0, 1.0):
        heard(share)
    assert [sentence.share for sentence in told] == [0.101, 0.5, 1.0]
    assert told[0] == "Reading a: 10 %"


def test_a_long_export_is_read_to_its_end_in_growing_shares(tmp_path):
    write_export(tmp_path / "export.xml", 9, seed=1)
    told = []
    read_raw_files(tmp_path, Ingest(), told.append)
    shares = [sentence.share for sentence in told if isinstance(sentence, Share)]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
