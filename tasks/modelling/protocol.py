"""The protocol: frozen and hashed before the fit, reused while the question stays, amended when it changes."""

import hashlib
import io
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import ValidationError
from ruamel.yaml import YAML

from schemas.errors import StudyError
from schemas.params import StudyParams
from schemas.protocol import Amendment, Protocol, VariableContract
from tasks.artifacts import canonical_json
from tasks.modelling.time_order import timely

_NO_MATTER = {"base_url", "timeout_seconds", "max_calls", "max_total_tokens"}
"""Settings of the language model that change no reply."""


def fingerprint_of(params: StudyParams, catalog: pl.DataFrame) -> dict[str, str]:
    """One hash per thing whose change makes a new protocol; new rows change none of them."""
    study = timely(params, catalog).study.model_dump(mode="json", exclude={"name", "known_truth", "guessed"})
    if params.study.effect_of == "assigned":  # so that a protocol of before there was a choice still fits
        del study["effect_of"]
    llm = params.configure.llm.model_dump(mode="json", exclude=_NO_MATTER)
    rules = params.configure.model_dump(mode="json", by_alias=True, exclude={"llm"})
    variables = [contract.model_dump(mode="json") for contract in contracts_of(catalog)]
    decision = params.estimate.model_dump(mode="json")
    parts = {"question": study, "model": llm, "rules": rules, "variables": variables, "decision": decision}
    return {name: hashlib.sha256(canonical_json(part)).hexdigest() for name, part in parts.items()}


def contracts_of(catalog: pl.DataFrame) -> tuple[VariableContract, ...]:
    """Names, units, kinds and levels of the variables."""
    columns = catalog.select("variable", "unit", "kind", "levels").sort("variable")
    return tuple(
        VariableContract(name=row["variable"], unit=row["unit"], kind=row["kind"], levels=row["levels"])
        for row in columns.iter_rows(named=True)
    )


def frozen(protocol: Protocol) -> Protocol:
    """The protocol with its own hash."""
    return protocol.model_copy(update={"sha256": _hash_of(protocol.model_dump(mode="json", by_alias=True))})


def _hash_of(content: dict[str, Any]) -> str:
    """Over everything as it is written but the hash itself, so that a later program version reads it unchanged."""
    rest = {key: value for key, value in content.items() if key != "sha256"}
    return hashlib.sha256(canonical_json(rest)).hexdigest()


def protocol_bytes(protocol: Protocol) -> bytes:
    """Readable YAML, the same bytes for the same protocol."""
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style, yaml.width, yaml.allow_unicode, yaml.sort_base_mapping_type_on_output = (
        False,
        110,
        True,
        False,
    )
    stream = io.StringIO()
    stream.write("# Frozen before the fit. A change by hand is refused; change params.yaml instead.\n")
    yaml.dump(protocol.model_dump(mode="json", by_alias=True), stream)
    return stream.getvalue().encode()


def read_protocol(path: Path) -> Protocol:
    """Read a protocol and check its hash.

    Raises:
        StudyError: there is none yet, it does not follow the schema, or it was changed after it had been frozen.
    """
    if not path.is_file():
        raise StudyError("a study that has been run", "no protocol", str(path), "causal-ssm run STUDY")
    fix = f"restore {path.name} from version control, or delete it to freeze a new one"
    try:
        protocol, written = _parsed(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        raise StudyError("a protocol as the program wrote it", error.errors()[0]["msg"], str(path), fix) from None
    if written != protocol.sha256:
        raise StudyError("a protocol that is as it was frozen", "one that was changed by hand", str(path), fix)
    return protocol


@lru_cache(maxsize=4)
def _parsed(text: str) -> tuple[Protocol, str]:
    """The protocol and the hash of what is written: three stages of one run read the same text, slowly each time."""
    content = YAML(typ="safe").load(text)
    return Protocol.model_validate(content), _hash_of(content)


def amended(new: Protocol, old: Protocol | None) -> Protocol:
    """The new protocol with the one it replaces on record."""
    if old is None:
        return frozen(new)
    changed = tuple(name for name, value in new.fingerprint.items() if old.fingerprint.get(name) != value)
    step = Amendment(replaces_sha256=old.sha256, changed=changed or ("forced",))
    return frozen(new.model_copy(update={"amendments": (*old.amendments, step)}))
