"""The lists that a path on the command line names."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click

from govah.local.list_files import ListPair, ListsUnreadable, find_lists
from govah.local.list_uploads import is_usable_archive, pack_pairs
from services.kit.archives import DAMAGED
from services.kit.problems import Text

NO_LISTS = Text(
    "در این مسیر فایل DSKKAR00.DBF همراه DSKWOR00.DBF نیست. مسیر پوشه یا بایگانی لیست‌ها را بررسی کنید.",
    "There is no DSKKAR00.DBF with a DSKWOR00.DBF here. Check the path of the folder or archive.",
)


def find_pairs(path: Path) -> list[ListPair]:
    """Return the lists in a folder or an archive. Raises ClickException if it has none or is damaged."""
    try:
        pairs = find_lists(path)
    except ListsUnreadable as error:
        raise build_path_error(error.path, error.reason) from error
    if not pairs:
        raise build_path_error(path, NO_LISTS)
    return pairs


@contextmanager
def open_archive(path: Path) -> Iterator[IO[bytes]]:
    """Yield an archive as it is, or the lists of a folder packed as one. Raises ClickException."""
    if path.is_dir():
        with pack_pairs(find_pairs(path)) as packed:
            yield packed
        return
    if not is_usable_archive(path):
        raise build_path_error(path, DAMAGED)
    with path.open("rb") as archive:
        yield archive


def build_path_error(path: Path, reason: Text) -> click.ClickException:
    """Return the error of a command in both languages."""
    return click.ClickException(f"{path}\n  {reason.fa}\n  {reason.en}")
