"""`causal-ssm recordings ...`: the commands about recorded replies of a language model."""

from pathlib import Path

import click

from flows.options import common, study


@click.group()
def recordings() -> None:
    """Recorded replies of the language model: list, verify, delete, or re-file them under an edited prompt."""


@recordings.command("list")
@study
@common
def recordings_list(directory: Path, as_json: bool, verbose: bool) -> None:
    """Show what is recorded and what is missing."""
    from flows.console import outcome, result

    with outcome(as_json=as_json, verbose=verbose):
        from flows.commands.recordings import listed

        found = listed(directory)
        result("\n".join(found.lines), found.document(), as_json=as_json)


@recordings.command("verify")
@study
@common
def recordings_verify(directory: Path, as_json: bool, verbose: bool) -> None:
    """Read every recording and check that it is what was written."""
    from flows.console import outcome, result

    with outcome(as_json=as_json, verbose=verbose):
        from flows.commands.upkeep import verified

        found = verified(directory)
        result("\n".join(found.lines), found.document(), as_json=as_json)


@recordings.command("prune")
@study
@click.option("--yes", is_flag=True, help="Do not ask before deleting.")
@click.option("--other-models", is_flag=True, help="Delete also what other models said and no comparison uses.")
@common
def recordings_prune(directory: Path, yes: bool, other_models: bool, as_json: bool, verbose: bool) -> None:
    """Delete recordings that the study as it is now does not use, after you have confirmed.

    Replies of other models than the study's own stay unless --other-models is given.
    """
    from flows.console import outcome, result

    with outcome(as_json=as_json, verbose=verbose):
        from flows.commands.upkeep import pruned

        gone = pruned(directory, confirmed=yes, other_models=other_models)
        result("\n".join(gone.lines), gone.document(), as_json=as_json)


@recordings.command("rekey")
@study
@click.option("--yes", is_flag=True, help="Do not ask before re-filing.")
@common
def recordings_rekey(directory: Path, yes: bool, as_json: bool, verbose: bool) -> None:
    """Re-file replies under prompts that were edited, after you have confirmed each."""
    from flows.console import outcome, result

    with outcome(as_json=as_json, verbose=verbose):
        from flows.commands.recordings import rekey

        refiled = rekey(directory, confirmed=yes)
        result("\n".join(refiled.lines), refiled.document(), as_json=as_json)
