"""``python -m govah.ops.status`` in any container of compose.yaml."""

import os
from functools import partial

import click

from govah.ops.status.look import Addresses
from govah.ops.status.report import add_options, print_report


@click.command("status")
@add_options
def show_status(language: str, *, json_wanted: bool) -> None:
    """Print the status of the system: exit status 0 well, 1 not well, 2 cannot tell."""
    print_report(partial(Addresses.from_environment, os.environ), language=language, json_wanted=json_wanted)


show_status()
