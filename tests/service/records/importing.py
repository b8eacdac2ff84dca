"""Archives of lists, uploaded to a desk in parts and imported by a worker of these tests."""

import io
import tarfile
import uuid
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from services.kit.storage import KeyFile, SealedObjects
from services.records.imports.runs import Worker, run_import
from services.records.lists import WorkerRow
from services.records.models import BulkImport
from tests.fakes.lists import HASAN, MARYAM
from tests.service.records.desk import Desk, Files, write_files

IMPORTS = "/api/v1/records/imports"


def write_zip(files: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return buffer.getvalue()


def write_tar(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path, content in files.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def lay_out(lists: Mapping[str, Files]) -> dict[str, bytes]:
    """Return the files of lists by their paths, each list in its folder."""
    return {
        f"{folder}/{name}": content
        for folder, pair in lists.items()
        for name, content in zip(("DSKKAR00.DBF", "DSKWOR00.DBF"), pair, strict=True)
    }


def write_lists(count: int, rows: Sequence[WorkerRow] = (MARYAM, HASAN)) -> dict[str, Files]:
    """Return lists of the same people in several workshops, by folder."""
    return {f"{number:04}": write_files(*rows, workshop=f"{number:010}") for number in range(1, count + 1)}


def write_town(count: int) -> dict[str, Files]:
    """Return lists of two workshops each, of people of their own without a national code."""
    lists = {}
    for number in range(1, count + 1):
        foreign = replace(
            HASAN, national_code=None, foreigner=True, insurance_number=f"{10_000_000 + number}", row=1
        )
        lists[f"{number:04}"] = write_files(foreign, workshop=f"{number:010}")
    return lists


def begin(desk: Desk, archive: bytes, name: str = "lists.zip") -> dict[str, Any]:
    body = {"name": name, "size": len(archive)}
    response = desk.call_as_officer("POST", IMPORTS, "lists", json=body)
    assert response.status_code == 202, response.text
    document: dict[str, Any] = response.get_json()
    return document


def put_part(desk: Desk, begun: Mapping[str, Any], archive: bytes, number: int, **kw: Any) -> Any:
    start = number * begun["part_size"]
    content = archive[start : start + begun["part_size"]]
    path = f"{IMPORTS}/{begun['id']}/parts/{number}"
    kw = {"data": content, "content_type": "application/octet-stream"} | kw
    return desk.call_as_officer("PUT", path, "lists", **kw)


def upload(desk: Desk, archive: bytes) -> str:
    """Return the id of an import whose archive is complete."""
    begun = begin(desk, archive)
    for number in range(begun["parts"]):
        response = put_part(desk, begun, archive, number)
        assert response.status_code == 200, response.text
    response = desk.call_as_officer("POST", f"{IMPORTS}/{begun['id']}/completion", "lists")
    assert (response.status_code, response.get_json()["status"]) == (202, "queued")
    return str(begun["id"])


def get(desk: Desk, import_id: str, path: str = "", **kw: Any) -> Any:
    response = desk.call_as_officer("GET", f"{IMPORTS}/{import_id}{path}", "lists", **kw)
    assert response.status_code == 200, response.text
    return response.get_json()


def new_worker(desk: Desk, lease: int = 60, clock: Callable[[], float] = lambda: 0.0) -> Worker:
    keys = KeyFile(desk.settings.storage_keys_file)
    return Worker(desk.sessions, SealedObjects(desk.objects, keys), lease, clock)


def run(desk: Desk, import_id: str, **kw: Any) -> BulkImport | None:
    return run_import(new_worker(desk, **kw), uuid.UUID(import_id))


def import_archive(desk: Desk, archive: bytes) -> dict[str, Any]:
    """Return an import after a worker has run it once."""
    import_id = upload(desk, archive)
    assert run(desk, import_id)
    document: dict[str, Any] = get(desk, import_id)
    return document
