"""The command line: a table of commands whose bodies are imported when they are called."""

from pathlib import Path
from typing import Any, get_args

import click

from flows.options import CONTEXT, FOLDER, Commands, common, study
from flows.recordings_cli import recordings
from flows.scaling.names import RUNNER_NAMES, RunnerName
from schemas.stages import STAGE_NAMES, StageName


@click.group(cls=Commands, context_settings=CONTEXT)
@click.version_option(package_name="causal-ssm-agent", prog_name="causal-ssm")
def main() -> None:
    """Does X change my Y? An answer for one person, from that person's own data."""


@main.command()
@click.argument("directory", type=FOLDER, metavar="DIR")
@click.option("--data", type=FOLDER, multiple=True, required=True, help="A file, folder or zip; may be repeated.")
@click.option("--question", default="", help='For example "Does coffee change my sleep?"')
@click.option("--treatment", metavar="NAME", help="The column that may be the cause.")
@click.option("--outcome", metavar="NAME", help="The column that may be changed by it.")
@click.option("--each-subject", is_flag=True, help="Tables of several people: one study per person below DIR.")
@click.option("--intervention", metavar="WHEN", help="The cause began once: a date, or a step counted from 0.")
@common
def init(
    directory: Path, data: tuple[Path, ...], each_subject: bool, as_json: bool, verbose: bool, **words: str | None
) -> None:
    """Make a new study in DIR from your data."""
    from flows.console import outcome, result

    with outcome(as_json=as_json, verbose=verbose):
        if each_subject:
            from flows.commands.each_subject import init_each as make
        else:
            from flows.commands.init import init as make

        made = make(directory, data, **words)
        result("\n".join(made.lines), made.document(), as_json=as_json)


@main.command()
@click.argument("studies", type=FOLDER, nargs=-1, metavar="[DIR]...")
@click.option("--question", help="Write another question into params.yaml first.")
@click.option("--treatment", metavar="NAME", help="Write another exposure into params.yaml first.")
@click.option("--outcome", metavar="NAME", help="Write another outcome into params.yaml first.")
@click.option(
    "--llm",
    type=click.Choice(["replay", "record", "live", "off"]),
    help="Replay recorded replies, record what is missing, ask for everything anew, or do without a model.",
)
@click.option("--llm-show", is_flag=True, help="Print what a language model would be sent, and send nothing.")
@click.option("--force", type=click.Choice(STAGE_NAMES), help="Recompute this stage although nothing changed.")
@click.option("--workers", type=click.IntRange(min=1), default=2, show_default=True, help="Most studies at once.")
@click.option(
    "--runner",
    type=click.Choice(RUNNER_NAMES),
    default="processes",
    show_default=True,
    help="What runs several studies side by side; dask and ray are extras.",
)
@common
def run(
    studies: tuple[Path, ...],
    workers: int,
    runner: RunnerName,
    as_json: bool,
    verbose: bool,
    llm_show: bool,
    **options: Any,  # noqa: ANN401 - click's values
) -> None:
    """Answer the question of the study in each DIR; only what changed is computed."""
    from flows.console import outcome, result

    with outcome(as_json=as_json, verbose=verbose):
        if llm_show:
            from flows.commands.upkeep import shown

            requests = shown(studies[0] if studies else Path())
            result("\n".join(requests.lines), requests.document(), as_json=as_json)
            return
        from flows.commands.run import Options
        from flows.commands.run import run as bring_up_to_date

        if len(studies) > 1:
            from flows.commands.cohort import run_all

            cohort = run_all(studies, Options(**options), workers, runner)
            result("\n".join(cohort.lines()), cohort.document(), as_json=as_json)
            return
        root = studies[0] if studies else Path()
        answer = bring_up_to_date(root, Options(**options), verbose=verbose, companion=True)
        result("\n".join(answer.lines), answer.document(), as_json=as_json)


@main.command()
@click.argument("name", type=click.Choice(get_args(StageName)), metavar=f"{{{','.join(STAGE_NAMES)}}}")
@study
@common
def stage(name: StageName, directory: Path, as_json: bool, verbose: bool) -> None:
    """Compute one stage of the study in DIR, whether or not anything changed."""
    from flows.console import outcome, result

    with outcome(as_json=as_json, verbose=verbose):
        from flows.commands.stage import run_one

        log = run_one(directory, name)
        result(f"Computed: {name}.", log.model_dump(mode="json"), as_json=as_json)


@main.command()
@study
@click.option("--accept", multiple=True, metavar="NAME", help="Have this variable derived; may be repeated.")
@click.option("--accept-all", is_flag=True, help="Have all of them derived.")
@common
def features(directory: Path, accept: tuple[str, ...], accept_all: bool, as_json: bool, verbose: bool) -> None:
    """Show the variables that a language model would derive from recorded ones, or accept some."""
    from flows.console import outcome, result

    with outcome(as_json=as_json, verbose=verbose):
        from flows.commands.features import features as proposed

        found = proposed(directory, accept, everything=accept_all)
        result("\n".join(line for line in found.lines if line), found.document(), as_json=as_json)


@main.command()
@study
@common
def repro(directory: Path, as_json: bool, verbose: bool) -> None:
    """Have DVC bring the study in DIR up to date."""
    from flows.console import outcome, result

    with outcome(as_json=as_json, verbose=verbose):
        from flows.commands.repro import repro as reproduce

        ran = reproduce(directory)
        result(
            f"Computed: {', '.join(ran)}." if ran else "Nothing changed; nothing was recomputed.",
            {"computed": ran},
            as_json=as_json,
        )


@main.command()
@click.argument("directory", type=FOLDER, default=Path("demo-study"), required=False, metavar="[DIR]")
@common
def demo(directory: Path, as_json: bool, verbose: bool) -> None:
    """Copy the shipped study to DIR (default: demo-study) and answer its question, offline."""
    from flows.console import outcome, result

    with outcome(as_json=as_json, verbose=verbose):
        from flows.commands.demo import demo as show

        answer = show(directory, verbose=verbose)
        result("\n".join(answer.lines), answer.document(), as_json=as_json)


@main.command()
@click.argument("graph", type=FOLDER, metavar="GRAPH.json")
@click.option("--treatment", metavar="NAME", required=True, help="The node that is set.")
@click.option("--outcome", metavar="NAME", required=True, help="The node that is asked about.")
@click.option(
    "--lag",
    type=click.IntRange(min=0),
    metavar="K",
    help="Ask about the treatment K steps before the outcome (default: the shortest chain of causes).",
)
@common
def identify(graph: Path, treatment: str, outcome: str, lag: int | None, as_json: bool, verbose: bool) -> None:
    """Tell whether an effect follows from a graph file alone."""
    from flows.console import outcome as ending
    from flows.console import result

    with ending(as_json=as_json, verbose=verbose):
        from flows.commands.identify import identify as judge

        judged = judge(graph, treatment, outcome, lag)
        result("\n".join(judged.lines), judged.document(), as_json=as_json)


@main.command()
@study
@click.option("--steps", type=int, metavar="N", help="Length (default: what settles the question with 80 %).")
@click.option("--period", type=int, metavar="K", help="Steps a toss holds (default: until the effect is gone).")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the tosses.")
@click.option("--force", is_flag=True, help="Replace a schedule made earlier.")
@common
def design(directory: Path, as_json: bool, verbose: bool, **options: Any) -> None:  # noqa: ANN401 - click's values
    """Plan the next experiment of the study in DIR: a randomised schedule and what it promises."""
    from flows.console import outcome, result

    with outcome(as_json=as_json, verbose=verbose):
        from flows.commands.design import design as plan

        planned = plan(directory, **options)
        result("\n".join(planned.lines), planned.document(), as_json=as_json)


@main.command()
@click.option("--reach", is_flag=True, help="Also ask the language-model server whether it answers.")
@study
@common
def doctor(directory: Path, reach: bool, as_json: bool, verbose: bool) -> None:
    """Tell what is installed, configured and reachable."""
    from flows.console import outcome, result

    with outcome(as_json=as_json, verbose=verbose):
        from flows.commands.doctor import examine

        findings = examine(directory, reach=reach)
        result("\n".join(finding.line() for finding in findings), [f._asdict() for f in findings], as_json=as_json)
    if any(finding.status == "missing" for finding in findings):
        raise SystemExit(2)


@main.command()
@click.option("--port", type=click.IntRange(0, 65535), default=4200, show_default=True, help="0 takes a free one.")
@common
def up(port: int, as_json: bool, verbose: bool) -> None:
    """Start the local Prefect server with its UI, until Ctrl-C."""
    from flows.console import outcome, result

    with outcome(as_json=as_json, verbose=verbose):
        from flows.commands.up import up as stay

        url = stay(port)
        result("Stopped.", {"url": url, "stopped": True}, as_json=as_json)


@main.command()
@click.argument("studies", type=FOLDER, nargs=-1, metavar="[DIR]...")
@click.option("--cron", metavar="FIELDS", help="When to run, for example '0 6 * * *': daily at six.")
@click.option("--watch", is_flag=True, help="Run when a file appears in a study's folder inbox.")
@click.option("--limit", type=click.IntRange(min=1), default=2, show_default=True, help="Most studies run at once.")
@click.option("--notify", "notify_url", metavar="URL", help="Post what a run has changed to this address.")
@common
def serve(studies: tuple[Path, ...], as_json: bool, verbose: bool, **options: Any) -> None:  # noqa: ANN401 - click's
    """Run studies by schedule and when files arrive, until Ctrl-C."""
    from flows.console import outcome, result

    with outcome(as_json=as_json, verbose=verbose):
        from flows.commands.serve import serve as stay

        stay(studies or (Path(),), verbose=verbose, **options)
        result("Stopped.", {"stopped": True}, as_json=as_json)


@main.command()
@study
@click.option("--restore", metavar="RUN", help="Bring back everything that this run had written.")
@click.option("--to", type=FOLDER, metavar="FOLDER", help="Where to; a new or empty folder.")
@common
def history(directory: Path, restore: str | None, to: Path | None, as_json: bool, verbose: bool) -> None:
    """List runs and verdicts of the study in DIR, and what the last one changed."""
    from flows.console import outcome, result

    if (restore is None) != (to is None):
        raise click.UsageError("--restore and --to belong together")
    with outcome(as_json=as_json, verbose=verbose):
        from flows.commands.history import brought_back
        from flows.commands.history import history as look_back

        if restore is not None and to is not None:
            result(brought_back(directory, restore, to), {"run": restore, "folder": str(to)}, as_json=as_json)
            return
        found = look_back(directory)
        result("\n".join(found.lines()), found.document(), as_json=as_json)


main.add_command(recordings)

if __name__ == "__main__":
    main()
