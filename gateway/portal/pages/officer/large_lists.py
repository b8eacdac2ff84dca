"""Large lists of an upload: workers import them, because a form cannot wait for half a minute.

Such a list goes to records as an archive of its two files.
"""

import zipfile
from io import BytesIO

from gateway.portal import sessions
from services.kit.list_pairs import FoundFile, pair_files

# Bytes of both files of a list that workers import; records take larger ones only one after the other.
LARGE_LIST = 2 * 1024 * 1024
# Characters of an import's name that records accept.
MOST_OF_NAME = 200


def is_large(header: bytes, workers: bytes) -> bool:
    """Return whether workers import a list with these two files."""
    return len(header) + len(workers) >= LARGE_LIST


def queue_list(
    folder: str, names: tuple[str, str], header: bytes, workers: bytes, *, idempotency_key: str
) -> str:
    """Return the id of a new import of one list; `names` are those of its files, header first."""
    imports = sessions.get_client().imports
    archive = pack_list(folder, names, header, workers)
    name = f"{folder}/{names[0]}" if folder else names[0]
    begun = imports.create_import(name[-MOST_OF_NAME:], len(archive), idempotency_key=idempotency_key)
    for number in range(begun["parts"]):
        start = number * begun["part_size"]
        imports.put_part(begun["id"], number, archive[start : start + begun["part_size"]])
    imports.complete_import(begun["id"])
    return begun["id"]


def pack_list(folder: str, names: tuple[str, str], header: bytes, workers: bytes) -> bytes:
    """Return an archive of the two files of a list, the same for the same files.

    Files that workers would not pair by their names get the usual ones.
    """
    if not pair_files([FoundFile("", name, name) for name in names]).pairs:
        names = "DSKKAR00.DBF", "DSKWOR00.DBF"
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in zip(names, (header, workers), strict=True):
            # Level 1: tables of much blank space become small, and the form does not wait long.
            member = zipfile.ZipInfo(f"{folder}/{name}" if folder else name)
            archive.writestr(member, content, zipfile.ZIP_DEFLATED, compresslevel=1)
    return packed.getvalue()
