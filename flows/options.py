"""What the commands share: the study's folder, `--json`, `-v`, and a mistyped command told as JSON."""

import atexit
import gc
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
FOLDER = click.Path(path_type=Path)
study = click.argument("directory", type=FOLDER, default=Path(), required=False, metavar="[DIR]")
atexit.register(gc.freeze)  # what ends with the process need not be collected first, which takes 0.3 s


def common[F: Callable[..., Any]](command: F) -> F:
    """`--json` and `-v`, the same for every command."""
    command = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout and nothing else.")(command)
    return click.option("-v", "--verbose", is_flag=True, help="Show tracebacks.")(command)


class Commands(click.Group):
    """A group that also tells a mistyped command as JSON when `--json` is given."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, **options: Any) -> Any:  # noqa: ANN401 - click's
        """Run; with `--json` in the arguments a usage error becomes a JSON document, exit status 2."""
        words = sys.argv[1:] if args is None else list(args)
        if "--json" not in words:
            return super().main(args, *rest, **options)
        try:
            status = super().main(args, *rest, **options | {"standalone_mode": False})
        except click.UsageError as error:
            click.echo(json.dumps({"error": {"kind": "usage", "message": error.format_message()}}, indent=2))
            sys.exit(2)
        sys.exit(status if isinstance(status, int) else 0)
