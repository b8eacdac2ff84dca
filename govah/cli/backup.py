"""`govah backup` and `govah restore`: the embedded system's data and keys, into two folders and back."""

from importlib import import_module
from pathlib import Path

import click

from govah.cli.options import data_dir_option
from govah.local.data_directory import find_endings_url, write_privately
from govah.ops.backup import embedded
from govah.ops.backup.choices import Choice
from govah.ops.backup.folder import compute_size, filter_command
from govah.ops.backup.journal import open_existing
from govah.ops.backup.retention import remove_old_backups

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command("backup")
@data_dir_option
@click.option("--seal", default="", help="A command that every file passes through, such as `age -r …`.")
@click.option(
    "--keep-days", type=click.IntRange(min=1), help="Remove older backups beside these two; the newest stays."
)
@click.argument("data", type=FOLDER)
@click.argument("keys", type=FOLDER)
def back_up(data_dir: Path, seal: str, keep_days: int | None, data: Path, keys: Path) -> None:
    """Write two new folders, DATA and KEYS, while the system runs or rests.

    Keep them in two places: without KEYS, DATA opens no sealed copy of a letter; KEYS holds no record.
    """
    write_privately()
    journal = open_existing(find_endings_url(data_dir))
    embedded.back_up(data_dir.resolve(), data.resolve(), keys.resolve(), filter_command(seal), journal)
    if keep_days:
        for root in {data.resolve().parent, keys.resolve().parent}:
            remove_old_backups(root, keep_days)
    size = compute_size(data, keys)
    click.echo(f"Govah: {size} bytes in {data} and {keys}")
    click.echo("این دو پوشه را جدا از هم نگه دارید. Keep the two apart.")


@click.command("drill")
@click.option("--unseal", default="", help="The command that opens what `--seal` has closed.")
@click.argument("data", type=FOLDER)
def run_drill(unseal: str, data: Path) -> None:
    """Restore DATA into a temporary folder, and compare the numbers of rows with those of its moment."""
    rows = embedded.run_drill(data.resolve(), filter_command(unseal))
    click.echo(f"Govah: {rows} rows restored, as many as were backed up. Nothing was changed.")


@click.command()
@data_dir_option
@click.option("--unseal", default="", help="The command that opens what `--seal` has closed.")
@click.option("--replace", is_flag=True, help="Put a system that is there aside first.")
@click.option(
    "--without-endings",
    "choice",
    type=click.Choice(Choice),
    help="If the journal of endings is lost: suspend permits and sessions, or accept what lives again.",
)
@click.argument("data", type=FOLDER)
@click.argument("keys", type=FOLDER)
def restore(
    data_dir: Path, unseal: str, replace: bool, choice: Choice | None, data: Path, keys: Path
) -> None:
    """Fill a data directory from DATA and KEYS. The system must not be running.

    What people and officers have ended since the backup is ended again, by the journal of endings.
    """
    write_privately()
    directory = data_dir.resolve()

    def end_again(room: Path, choice: Choice | None) -> None:
        # It needs the services; a backup, and a restoration that is refused, do not.
        import_module("govah.local.embedded").end_again(directory, room, choice)

    aside = embedded.restore(
        directory,
        data.resolve(),
        keys.resolve(),
        unseal=filter_command(unseal),
        replace=replace,
        journal=open_existing(find_endings_url(directory)),
        choice=choice,
        end_again=end_again,
    )
    click.echo(f"Govah: restored into {data_dir}")
    if aside:
        click.echo(f"Govah: what was there before is in {aside}")
