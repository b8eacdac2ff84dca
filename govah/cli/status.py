"""`govah status`: how the embedded system is."""

from functools import partial
from pathlib import Path

import click

from govah.cli.options import data_dir_option
from govah.ops.status.look import Addresses
from govah.ops.status.report import options, report


@click.command()
@data_dir_option
@options
def status(data_dir: Path, language: str, *, json_wanted: bool) -> None:
    """Tell how the running system is: exit status 0 well, 1 not well, 2 cannot tell."""
    report(partial(Addresses.of_data, data_dir.resolve()), language=language, json_wanted=json_wanted)
