"""Uploads of archives of lists in parts, which go on where they were interrupted."""

import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO, TypeVar

from govah.local.list_files import ListPair
from govah_client.client import Client
from govah_client.errors import ApiError
from govah_client.imports import ImportedListFindings, ImportPart, ImportWithParts
from govah_client.pages import iterate

# Seconds between looks at an import's progress.
POLL_SECONDS = 1.0
FINAL = frozenset({"done", "failed", "cancelled"})
# An access token lives for a quarter of an hour, and an upload may take longer.
_EXPIRED = frozenset({"token-expired", "token-invalid"})

Reply = TypeVar("Reply")


@dataclass
class Officer:
    """An officer who signs in again when the access token has expired."""

    sign_in: Callable[[], Client]
    _client: Client | None = None

    def call(self, method: Callable[[Client], Reply]) -> Reply:
        """Return what a call returns, made again with a new session if the old one has expired."""
        if self._client is None:
            self._client = self.sign_in()
        try:
            return method(self._client)
        except ApiError as error:
            if error.code not in _EXPIRED:
                raise
        self._client = self.sign_in()
        return method(self._client)


@contextmanager
def pack_pairs(pairs: Sequence[ListPair]) -> Iterator[IO[bytes]]:
    """Yield a temporary zip archive of lists, each in a folder of its own, named by its number and label."""
    with tempfile.TemporaryFile() as packed:
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
            for number, pair in enumerate(pairs, 1):
                folder = f"{number:06}-{Path(pair.label).name}"
                archive.writestr(f"{folder}/DSKKAR00.DBF", pair.header.read_bytes())
                archive.writestr(f"{folder}/DSKWOR00.DBF", pair.workers.read_bytes())
        packed.seek(0)
        yield packed


def is_usable_archive(path: Path) -> bool:
    """Return whether a file is a tar or a zip archive whose directory can be read."""
    return tarfile.is_tarfile(path) or zipfile.is_zipfile(path)


def send_archive(
    officer: Officer,
    name: str,
    archive: IO[bytes],
    size: int,
    on_progress: Callable[[ImportWithParts], None],
    import_id: str | None = None,
) -> ImportWithParts:
    """Return an import after sending the parts of its archive that are missing, and completing it.

    With an `import_id` an upload goes on that was interrupted. Raises ApiError, and ServiceUnavailable.
    """
    if import_id is None:
        begun = officer.call(lambda client: client.imports.create_import(name, size))
    else:
        begun = officer.call(lambda client: client.imports.get_import(import_id))
    for number in begun["missing_parts"]:
        on_progress(begun)
        archive.seek(number * begun["part_size"])
        content = archive.read(begun["part_size"])
        officer.call(partial(_put_part, import_id=begun["id"], number=number, content=content))
        begun["parts_received"] += 1
    on_progress(begun)
    return officer.call(lambda client: client.imports.complete_import(begun["id"]))


def _put_part(client: Client, import_id: str, number: int, content: bytes) -> ImportPart:
    return client.imports.put_part(import_id, number, content)


def await_import(
    officer: Officer,
    import_id: str,
    on_progress: Callable[[ImportWithParts], None],
    sleep: Callable[[float], None] = time.sleep,
) -> ImportWithParts:
    """Return an import when it has ended."""
    while True:
        current = officer.call(lambda client: client.imports.get_import(import_id))
        on_progress(current)
        if current["status"] in FINAL:
            return current
        sleep(POLL_SECONDS)


def list_import_findings(officer: Officer, import_id: str, most: int) -> list[ImportedListFindings]:
    """Return the first lists of an import that were refused or have findings, at most `most`."""
    return officer.call(lambda client: list(islice(iterate(client.imports.list_findings, import_id), most)))
