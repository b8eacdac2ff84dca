"""Prints the status of a system and exits with 0 if it is well, 1 if not, 2 if it is unknown."""

import os
import sys
from collections.abc import Callable
from typing import Any

import click

from govah.ops.status.findings import list_findings
from govah.ops.status.look import Addresses, CannotTell, look
from govah.ops.status.words import as_json, as_text

WELL, NOT_WELL, CANNOT_TELL = 0, 1, 2

Command = Callable[..., Any]


def add_options(command: Command) -> Command:
    """Add the options of both forms of the command."""
    tongue = "fa" if os.environ.get("LC_ALL", os.environ.get("LANG", "")).startswith("fa") else "en"
    language = click.option("--language", type=click.Choice(["fa", "en"]), default=tongue, show_default=True)
    return language(click.option("--json", "json_wanted", is_flag=True, help="For programs.")(command))


def print_report(find: Callable[[], Addresses], *, language: str, json_wanted: bool) -> None:
    """Print the status of the system that `find` finds, and exit."""
    try:
        status = look(find())
    except CannotTell as reason:
        click.echo(f"govah: {reason}", err=True)
        sys.exit(CANNOT_TELL)
    click.echo(as_json(status) if json_wanted else as_text(status, language))
    if not status.is_known:
        sys.exit(CANNOT_TELL)
    sys.exit(NOT_WELL if any(list_findings(status)) else WELL)
