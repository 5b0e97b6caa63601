"""Minutes of damaged exports, shared out among all kinds of file: `pytest -m fuzz`.

`CAUSAL_SSM_FUZZ_MINUTES` says how many minutes in all (10). Whatever is done to a sample, it is read into the one
schema, on to a validated panel, or refused in words, within seconds.
"""

import os
import random
import time

import polars as pl
import pytest

from schemas.errors import StudyError
from schemas.frames import Observations, Panel
from schemas.params import StudyParams
from tasks.artifacts import read_frame
from tasks.ingest import ingest
from tests.tasks.hostile.test_fuzz import FILES, PIECES

MINUTES = float(os.environ.get("CAUSAL_SSM_FUZZ_MINUTES", "10"))
_SECONDS = 20
_SEED = int(os.environ.get("CAUSAL_SSM_FUZZ_SEED", "1"))


def damaged(content, rng):
    """One to five changes: bytes put in, taken out, turned over, a stretch repeated or moved, the end cut off."""
    for _ in range(rng.randint(1, 5)):
        at, length = rng.randint(0, len(content)), rng.choice((0, 1, 2, 8, 40, 400))
        end = min(len(content), at + length)
        match rng.randint(0, 5):
            case 0:
                content = content[:at] + rng.choice(PIECES) + content[end:]
            case 1:
                content = content[:at]
            case 2:
                content = content[:at] + content[at:end] * rng.randint(2, 50) + content[end:]
            case 3:
                content = content[:at] + bytes(rng.randrange(256) for _ in range(end - at)) + content[end:]
            case 4:
                to = rng.randint(0, len(content))
                content = content[:to] + content[at:end] + content[to:]
            case 5:
                digits = [n for n, byte in enumerate(content[:20_000]) if 48 <= byte < 58]
                if digits:
                    place = rng.choice(digits)
                    content = content[:place] + rng.choice((b"9", b"0", b"-", b"99999", b"")) + content[place + 1 :]
    return content


@pytest.mark.fuzz
@pytest.mark.timeout(MINUTES * 60 + 300)
@pytest.mark.parametrize("key", FILES, ids=lambda key: f"{key[0]}-{key[1]}")
def test_minutes_of_damage_are_read_or_refused_in_words(tmp_path, key):
    rng = random.Random(f"{_SEED} {key}")
    raw = tmp_path / "data" / "raw" / key[1]
    raw.parent.mkdir(parents=True)
    ends = time.monotonic() + MINUTES * 60 / len(FILES)
    tried = read = 0
    while time.monotonic() < ends:
        content = damaged(FILES[key], rng)
        raw.write_bytes(content)
        begun = time.monotonic()
        refusal = ""
        for name in ("panel.parquet", "observations.parquet"):
            (raw.parents[1] / name).unlink(missing_ok=True)
        try:
            ingest(tmp_path, StudyParams(), lambda _: None)
        except StudyError as error:
            refusal = str(error)
        except (Exception, pl.exceptions.PanicException) as fault:
            (tmp_path / "fault").write_bytes(content)
            told = f"{type(fault).__name__} after {tried} files; its bytes: {tmp_path / 'fault'}"
            raise AssertionError(told) from fault
        else:
            panel = read_frame(raw.parents[1] / "panel.parquet", Panel)
            read_frame(raw.parents[1] / "observations.parquet", Observations)
            assert panel.select(pl.col(pl.Float64).is_nan().any()).row(0) in {(), (False,) * (panel.width - 2)}
            read += 1
        assert not refusal or not (raw.parents[1] / "panel.parquet").exists()
        assert len(refusal) < 2_000
        assert time.monotonic() - begun < _SECONDS, content[:200]
        tried += 1
    assert tried
