"""`govah run`: the embedded system in the foreground."""

from importlib import import_module
from pathlib import Path

import click

from govah.cli.options import data_dir_option
from govah.local.data_directory import demand_free, locked, write_privately


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), envvar="PORT", default=8080, show_default=True)
@data_dir_option
@click.option(
    "--sample/--no-sample",
    envvar="SAMPLE",
    default=True,
    help="Import sample lists and register invented people at the first start (SAMPLE=0: do not).",
)
def run(port: int, data_dir: Path, sample: bool) -> None:
    """Start all of Govah on 127.0.0.1; Ctrl-C or SIGTERM stops it."""
    write_privately()
    directory = data_dir.resolve()
    # What the system is made of takes seconds to import; a start that is refused need not wait for it.
    with locked(directory):
        demand_free(port)
    import_module("govah.local.embedded").run(directory, port, sample=sample, say=click.echo)
