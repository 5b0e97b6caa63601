"""`causal-ssm features`: variables that a language model would derive, and writing those that a person accepts down."""

from pathlib import Path
from typing import Any, NamedTuple

from flows.locking import only_run
from schemas.errors import StudyError
from schemas.protocol import FeatureProposal
from tasks.modelling.protocol import read_protocol
from tasks.settings import load_params, set_params


class Proposals(NamedTuple):
    """All proposals of the protocol, and those that were written into `params.yaml` just now."""

    every: tuple[FeatureProposal, ...]
    accepted: tuple[str, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """One line a proposal, then what to do."""
        if not self.every:
            return ("The language model proposed no variables to derive.",)
        told = [_line(each, accepted=each.name in self.accepted) for each in self.every]
        return (*told, "Now type: causal-ssm run" if self.accepted else "")

    def document(self) -> list[dict[str, Any]]:
        """The form that `--json` prints."""
        return [each.model_dump(mode="json") | {"accepted": each.name in self.accepted} for each in self.every]


def _line(proposal: FeatureProposal, *, accepted: bool) -> str:
    state = "accepted" if accepted else "derived" if proposal.derived else "proposed"
    return f"{state:<8} {proposal.name}: {proposal.kind} of {proposal.of} ({proposal.role}) - {proposal.reason}"


def features(root: Path, accept: tuple[str, ...], *, everything: bool = False) -> Proposals:
    """List what the frozen protocol says was proposed; write what is accepted into `ingest.features`.

    Raises:
        StudyError: no protocol yet, or a name that was not proposed.
    """
    params = load_params(root)
    path = root / "model/protocol.yaml"
    if not path.is_file():
        raise StudyError("a study that has been run with a language model", "no protocol", str(path), "causal-ssm run")
    with only_run(root):
        proposed = {each.name: each for each in read_protocol(path).proposed_features}
        wanted = tuple(n for n, each in proposed.items() if not each.derived) if everything else accept
        for name in wanted:
            if name not in proposed:
                known = ", ".join(proposed) or "none"
                raise StudyError(f"one of the proposed variables ({known})", f"'{name}'", "--accept")
        new = tuple(name for name in wanted if name not in params.ingest.features)
        set_params(root, {f"ingest.features.{name}": dict(proposed[name].made) for name in new})
        return Proposals(tuple(proposed.values()), new)
