"""Damaged exports: whatever is done to a sample, its adapter reads it into the one schema or refuses it in words.

A few examples per kind of file run by default; `CAUSAL_SSM_FUZZ=5000` looks longer.
"""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import StudyError
from schemas.params import Source
from tasks.sources import adapter_for
from tasks.sources.adapter import DENSE_SCHEMA, READING_SCHEMA
from tests.tasks.sources.samples import SAMPLES

EXAMPLES = int(os.environ.get("CAUSAL_SSM_FUZZ", "15"))
PIECES = (
    b"", b"\0", b"\xff", b'"', b"'", b",", b";", b"\n", b"\r", b"<", b">", b"&", b"&amp;", b"{", b"[", b"]", b"null",
    b"NaN", b"-1", b"1e400", b"99999999999999999999", b"0001-01-01", b"9999-12-31", b"2024-02-30", b"+99:99",
    b"\xe2\x80\xae",
    b"<!--", b"]]>", b"true", b"=1+1", b"\xef\xbb\xbf",
)  # fmt: skip
FILES = {(sample.adapter, sample.name): sample.content for sample in SAMPLES}
change = st.tuples(st.floats(0, 1), st.integers(0, 40), st.sampled_from(PIECES))


@pytest.mark.parametrize("key", FILES, ids=lambda key: f"{key[0]}-{key[1]}")
@settings(max_examples=EXAMPLES)
@given(changes=st.lists(change, min_size=1, max_size=4))
def test_a_damaged_file_is_read_or_refused_in_words(tmp_path_factory, key, changes):
    content = FILES[key]
    for share, length, piece in changes:
        at = int(share * len(content))
        content = content[:at] + piece + content[at + length :]
    path = tmp_path_factory.mktemp("fuzz") / key[1]
    path.write_bytes(content)
    adapter = adapter_for(path, "auto")
    if adapter is None:
        return
    try:
        readings = adapter.read(path, Source(path=key[1]))
    except StudyError:
        return
    assert readings.frame.schema == READING_SCHEMA
    assert all(part.schema == DENSE_SCHEMA for part in readings.dense.values())
    assert readings.frame["value"].drop_nulls().is_finite().all()


@pytest.mark.parametrize("file", sorted((Path(__file__).parent / "found").iterdir()), ids=lambda file: file.name)
def test_what_a_long_run_found_is_refused_in_words(file):
    adapter = adapter_for(file, "auto")
    assert adapter is not None
    with pytest.raises(StudyError, match="file"):
        adapter.read(file, Source(path=file.name))
