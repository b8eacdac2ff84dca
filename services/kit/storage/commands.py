"""The commands `storage-keys list`, `rotate` and `rekey` of a service whose objects are sealed."""

from collections.abc import Callable
from pathlib import Path

import click
from flask.cli import AppGroup

from services.kit.settings import SettingsError
from services.kit.storage.keys import rotate_keys
from services.kit.storage.rekey import count_keys, rekey_all
from services.kit.storage.sealed import SealedObjects


def build_storage_keys_group(
    path: Path, objects: SealedObjects, what: str, is_known: Callable[[str, bytes], bool]
) -> click.Group:
    """Return the group of commands; `what` names the objects in the plural, such as "letters".

    `is_known(key, data)` returns whether plaintext bytes belong under that key; `rekey` seals them, too.
    """
    group = AppGroup("storage-keys", help=f"The keys under which {what} are sealed in the object store.")

    @group.command("list")
    def list_keys() -> None:
        """Show every key's id and how many objects it seals; the first one seals new objects."""
        _show_usage(objects)

    @group.command("rotate")
    def rotate_key() -> None:
        """Put a new key first in the file; running programs use it without a restart."""
        try:
            keys = rotate_keys(path)
        except (SettingsError, OSError) as error:
            raise click.ClickException(f"{path.name} is as it was: {error}") from error
        click.echo(f"{what} are sealed under {keys.newest} from now on")

    @group.command("rekey")
    def rekey_objects() -> None:
        """Seal all objects under the first key. It can be stopped and run again at any time."""
        failed = rekey_all(objects, click.echo, is_known)
        _show_usage(objects)
        if failed:
            raise click.ClickException(f"{failed} objects do not open and were left as they are")

    return group


def _show_usage(objects: SealedObjects) -> None:
    usage = count_keys(objects)
    for key_id in objects.keys.by_id:
        advice = "" if usage.by_key[key_id] or key_id == objects.keys.newest else "\tits line may go"
        click.echo(f"{key_id}\t{usage.by_key[key_id]}{advice}")
    for key_id in usage.by_key.keys() - objects.keys.by_id.keys():
        click.echo(f"{key_id}\t{usage.by_key[key_id]}\tnot in the file: put its line back")
    if usage.unreadable:
        click.echo(f"not sealed at all\t{usage.unreadable}")
