"""The `govah` command: run, demo, watch, back up, restore the embedded system; make and import list files."""

import sys

import click
from rich.console import Console

from govah.cli.backup import backup, restore
from govah.cli.demo import demo
from govah.cli.letter import letter
from govah.cli.lists import lists
from govah.cli.run import run
from govah.cli.status import status
from govah.local.data_directory import CannotStart
from govah.local.supervise import ProgramFailed
from govah.ops.backup.folder import BackupFailed
from govah_client.errors import ApiError, ServiceUnavailable


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="govah", prog_name="govah")
def commands() -> None:
    """Govah: proves an insurance record to any institution."""


commands.add_command(run)
commands.add_command(demo)
commands.add_command(status)
commands.add_command(lists)
commands.add_command(letter)
commands.add_command(backup)
commands.add_command(restore)


def main() -> None:
    """Run the command line; what a person can mend is said in one line, without a traceback."""
    console = Console(stderr=True, highlight=False)
    try:
        commands(standalone_mode=True)
    except (BackupFailed, CannotStart, ProgramFailed) as error:
        console.print(f"govah: {error}", markup=False, soft_wrap=True)
        sys.exit(1)
    except ServiceUnavailable as error:
        console.print(
            f"govah: nothing answers at {error.url}; is the system running? (make run)\nسامانه پاسخ نمی‌دهد.",
            markup=False,
            soft_wrap=True,
        )
        sys.exit(1)
    except ApiError as refusal:
        console.print(f"govah: refused: {refusal}", markup=False, soft_wrap=True)
        sys.exit(1)
