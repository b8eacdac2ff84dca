"""The lists that a path on the command line names."""

from pathlib import Path

import click

from govah.local.list_files import ListPair, find_lists
from services.kit.archives import ArchiveInvalid


def find_pairs(path: Path) -> list[ListPair]:
    """Return the lists in a folder or an archive. Raises ClickException if it has none or is damaged."""
    try:
        pairs = find_lists(path)
    except ArchiveInvalid as error:
        raise click.ClickException(f"{path} cannot be read as a zip archive of lists: {error}") from error
    if not pairs:
        raise click.ClickException(f"no DSKKAR00.DBF with DSKWOR00.DBF below {path}")
    return pairs
