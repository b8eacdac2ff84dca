"""The `govah` command: run, demo, watch, back up, restore the embedded system; make and import list files."""

import sys

import click
from rich.console import Console

from govah.cli.backup import back_up, restore, run_drill
from govah.cli.demo import run_demo
from govah.cli.letter import check_letter
from govah.cli.lists import handle_lists
from govah.cli.run import run
from govah.cli.status import show_status
from govah.local.data_directory import CannotStart
from govah.local.supervise import ProgramFailed
from govah.ops.backup.folder import BackupFailed
from govah_client.errors import ApiError, ServiceUnavailable
from services.kit.version import read_version


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(read_version(), prog_name="govah")
def run_command() -> None:
    """Govah: proves an insurance record to any institution."""


run_command.add_command(run)
run_command.add_command(run_demo)
run_command.add_command(show_status)
run_command.add_command(handle_lists)
run_command.add_command(check_letter)
run_command.add_command(back_up)
run_command.add_command(restore)
run_command.add_command(run_drill)


def main() -> None:
    """Run the command line. Errors that a person can fix are one line, without a traceback."""
    console = Console(stderr=True, highlight=False)
    try:
        run_command(standalone_mode=True)
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
