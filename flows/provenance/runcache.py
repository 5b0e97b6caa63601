"""DVC's memory of runs: records that are not whole are taken away, since DVC stumbles over them when it commits."""

import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

MD5 = re.compile(r"[0-9a-f]{32}(\.dir)?")


def drop_damaged(root: Path) -> int:
    """Delete damaged records below `.dvc/cache/runs`; how many. A record only spares time, so nothing is lost."""
    damaged = [path for path in (root / ".dvc" / "cache" / "runs").rglob("*") if path.is_file() and not _whole(path)]
    for path in damaged:
        path.chmod(0o600)
        path.unlink()
    return len(damaged)


def _whole(path: Path) -> bool:
    try:
        content = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except (YAMLError, UnicodeDecodeError):
        return False
    return isinstance(content, dict) and bool(content.get("outs")) and all(_has_hash(out) for out in content["outs"])


def _has_hash(out: Any) -> bool:  # noqa: ANN401 - whatever a damaged file holds
    return isinstance(out, dict) and "path" in out and MD5.fullmatch(str(out.get("md5"))) is not None
