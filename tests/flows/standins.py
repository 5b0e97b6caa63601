"""Six tiny stages with the files, the keys and the manners of the real ones; they compute in microseconds."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import polars as pl

from flows.provenance.keys import params_slice, stage_named
from schemas.audit import Audit
from schemas.errors import StudyError
from schemas.manifest import Manifest
from schemas.params import StudyParams
from schemas.results import EffectSet, NaiveDifference, Rope, Verdict
from schemas.stages import STAGE_NAMES
from tasks.artifacts import document_bytes, sha256_of, staged, write_bytes

CODE = {name: f"code of {name}" for name in STAGE_NAMES}
RAN: list[str] = []


def _facts(root: Path, name: str, params: StudyParams) -> str:
    """Hash of everything the stage reads; `recordings` counts only for what it replays."""
    stage = stage_named(name)
    inputs = {path: sha256_of(root / path) for path in stage.reads if path != "recordings"}
    text = json.dumps([inputs, params_slice(params, stage)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _write(scratch: Path, path: str, content: str) -> None:
    if path == "data/figures":
        write_bytes(scratch / path / "one.json", content.encode())
        write_bytes(scratch / path / "two.json", content.encode())
    else:
        write_bytes(scratch / path, content.encode())


def _verdict(params: StudyParams) -> bytes:
    return document_bytes(
        Verdict(
            question=params.study.question,
            treatment=params.study.treatment or "x",
            outcome=params.study.outcome or "y",
            verdict="cannot_tell",
            direction="none",
            estimate=None,
            naive_difference=NaiveDifference(mean=0.0, se=1.0, n_exposed=5, n_unexposed=5, unit=""),
            prob_direction=None,
            prob_meaningful=None,
            rope=Rope(low=-1, high=1, source="default"),
            reasons=("too few days",),
            identified=True,
            gates={},
            next_step="record ten more days",
        )
    )


def _rows(root: Path) -> int:
    return (root / "data/raw/panel.csv").read_bytes().count(b"\n") - 1


def _simple(name: str) -> Callable[..., None]:
    def recipe(root: Path, params: StudyParams, tell: Callable[[str], None]) -> None:
        RAN.append(name)
        if name == "ingest" and b"unusable" in (root / "data/raw/panel.csv").read_bytes():
            raise StudyError("numbers", "unusable", "panel.csv:1")
        if name == "infer" and params.infer.seed == 666:
            raise StudyError("a seed that works", "666", "params.yaml at infer.seed")
        if name == "infer" and params.infer.seed == 667:
            raise ZeroDivisionError("a fault")
        facts = _facts(root, name, params)
        with staged(root) as scratch:
            for path in stage_named(name).writes:
                _write(scratch, path, f"{path} {facts}\n")
            if name == "ingest":
                columns = {"step": [0], "start": [None], "x": [1.0], "y": [2.0], "z": [3.0]}
                pl.DataFrame(columns).write_parquet(scratch / "data/panel.parquet", metadata={"facts": facts})
                audit = Audit(step=facts, day_starts_at="", timezone=None, steps=_rows(root), first=None, last=None,
                              files=(), variables=(), findings=())  # fmt: skip
                write_bytes(scratch / "data/audit.json", document_bytes(audit))
            if name == "report":
                manifest = Manifest(study=facts, code=CODE, versions={}, kernel="none", threads=0, artifacts={},
                                    inputs={"panel.csv": sha256_of(root / "data/raw/panel.csv")},
                                    protocol_sha256="", calls=())  # fmt: skip
                write_bytes(scratch / "results/manifest.json", document_bytes(manifest))
            if name == "estimate":
                write_bytes(scratch / "results/verdict.json", _verdict(params))
                write_bytes(scratch / "results/effects.json", document_bytes(EffectSet(effects=())))

    return recipe


def _configure(root: Path, params: StudyParams, tell: Callable[[str], None], *, renew: bool = False) -> None:
    """The protocol is reused while the question stays; every new one names the one it replaces."""
    RAN.append("configure")
    question = json.dumps(params.study.model_dump(mode="json"), sort_keys=True)
    path = root / "model/protocol.yaml"
    old = json.loads(path.read_text()) if path.is_file() else None
    protocol = old
    if old is None or old["question"] != question or renew:
        protocol = {"question": question, "replaces": [*old["replaces"], sha256_of(path)] if old else []}
    with staged(root) as scratch:
        text = json.dumps(protocol, sort_keys=True)
        for path_written in stage_named("configure").writes:
            write_bytes(scratch / path_written, text.encode())


RECIPES = {name: _simple(name) for name in STAGE_NAMES} | {"configure": _configure}
