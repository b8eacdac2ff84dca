"""The `govah` command: run, demo, watch, back up, restore the embedded system; make and import list files."""

import sys
from importlib import import_module

import click
from rich.console import Console

from govah.local.data_directory import CannotStart
from govah.local.supervise import ProgramFailed
from govah.ops.backup.folder import BackupFailed
from govah_client.errors import ApiError, ServiceUnavailable
from services.kit.version import read_version

# The function of each command, by the module of this package that has it.
COMMANDS = {
    "run": ("run", "run"),
    "demo": ("demo", "run_demo"),
    "status": ("status", "show_status"),
    "lists": ("lists", "handle_lists"),
    "letter": ("letter", "check_letter"),
    "backup": ("backup", "back_up"),
    "restore": ("backup", "restore"),
    "drill": ("backup", "run_drill"),
}


class LateGroup(click.Group):
    """Commands that are imported when they are called: some need the whole system, others next to nothing."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, or None where there is no such command."""
        if cmd_name not in COMMANDS:
            return None
        module, function = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(f"{__name__}.{module}"), function)
        return command


@click.group(cls=LateGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(read_version(), prog_name="govah")
def run_command() -> None:
    """Govah: proves an insurance record to any institution."""


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
