"""What each stage asks a language model, put to any source of replies."""

from pathlib import Path

from schemas.params import StudyParams
from schemas.recording import VariablesReply
from schemas.results import Verdict
from schemas.stages import StageName
from tasks.artifacts import read_document
from tasks.llm.exchange import Answerer
from tasks.llm.inputs import facts_of
from tasks.llm.roles.narrative import narrate
from tasks.modelling.protocol import read_protocol

ASKING: tuple[StageName, ...] = ("configure", "report")


def ask_first(root: Path, params: StudyParams, answer: Answerer, *, renew: bool) -> VariablesReply | None:
    """Role 1 alone; null when the protocol that is there would be reused."""
    from tasks.configure import ask_first as first  # noqa: PLC0415 - brings JAX along

    return first(root, params, answer, renew=renew)


def ask(root: Path, stage: StageName, params: StudyParams, answer: Answerer, *, renew: bool) -> None:
    """Put the questions of one stage; most stages have none.

    Args:
        root: the study, with what the earlier stages wrote.
        stage: name of the stage.
        params: the study's parameters.
        answer: source of replies.
        renew: also ask when the protocol that is there would be reused.
    """
    match stage:
        case "configure":
            from tasks.configure import ask as ask_configure  # noqa: PLC0415 - brings JAX along

            ask_configure(root, params, answer, renew=renew)
        case "report":
            verdict = read_document(root / "results/verdict.json", Verdict)
            randomised = read_protocol(root / "model/protocol.yaml").randomised
            facts = facts_of(verdict, randomised=randomised, audience=params.report.audience)
            narrate(answer, facts, params.report.narrative_attempts)
        case _:
            return
