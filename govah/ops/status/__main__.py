"""``python -m govah.ops.status`` in any container of compose.yaml."""

import os
from functools import partial

import click

from govah.ops.status.look import Addresses
from govah.ops.status.report import options, report


@click.command()
@options
def status(language: str, *, json_wanted: bool) -> None:
    """Tell how the system is: exit status 0 well, 1 not well, 2 cannot tell."""
    report(partial(Addresses.of_environment, os.environ), language=language, json_wanted=json_wanted)


status()
