"""`govah status`: the state of the embedded system."""

from functools import partial
from pathlib import Path

import click

from govah.cli.options import data_dir_option
from govah.ops.status.look import Addresses
from govah.ops.status.report import add_options, print_report


@click.command("status")
@data_dir_option
@add_options
def show_status(data_dir: Path, language: str, *, json_wanted: bool) -> None:
    """Print the status of the running system: exit status 0 well, 1 not well, 2 cannot tell."""
    print_report(partial(Addresses.from_data, data_dir.resolve()), language=language, json_wanted=json_wanted)
