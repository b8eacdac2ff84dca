"""The files of a list as they were received: sealed before the list counts, fetched by officers."""

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from obstore.store import LocalStore

from services.kit import storage
from services.kit.storage import KeyFile, SealedObjects
from services.records.actions import files
from services.records.models import Access, ImportedList, Person, StoredObject
from tests.fakes.lists import HASAN, MARYAM
from tests.service.kit.calls import read_problem
from tests.service.records.desk import LISTS, OFFICER, Desk, Files, write_files

PAIR = write_files(MARYAM, HASAN)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    path = tmp_path / "objects"
    path.mkdir()
    return path


@pytest.fixture
def disk_desk(desk: Desk, directory: Path) -> Desk:
    """Return a desk whose objects are files."""
    objects = SealedObjects(LocalStore(directory), KeyFile(desk.settings.storage_keys_file))
    desk.app.extensions["svcs_registry"].register_value(SealedObjects, objects)
    return desk


def list_keys(desk: Desk) -> list[str]:
    return [item["path"] for page in storage.list_pages(desk.objects) for item in page]


def fetch_files(desk: Desk, list_id: str) -> Files:
    header, workers = (
        desk.call_as_officer("GET", f"{LISTS}/{list_id}/files/{file}", "lists")
        for file in ("header", "workers")
    )
    assert (header.status_code, workers.status_code) == (200, 200)
    assert workers.headers["Content-Disposition"] == "attachment; filename=DSKWOR00.DBF"
    assert workers.headers["X-Content-Type-Options"] == "nosniff"
    assert workers.content_type == "application/octet-stream"
    return header.data, workers.data


def test_files_are_fetched_bit_for_bit(desk: Desk) -> None:
    # Bytes after the last row are not read, and kept all the same.
    header, workers = PAIR[0] + b"\x1a \x00", PAIR[1]
    document = desk.import_list((header, workers))
    assert fetch_files(desk, document["id"]) == (header, workers)
    assert document["workers_sha256"] == hashlib.sha256(workers).hexdigest()


def test_swapped_files_are_stored_by_their_content(desk: Desk) -> None:
    document = desk.import_list((PAIR[1], PAIR[0]))
    assert fetch_files(desk, document["id"]) == PAIR
    assert document["workers_sha256"] == hashlib.sha256(PAIR[1]).hexdigest()
    assert desk.upload(PAIR).status_code == 200


def test_store_holds_nothing_readable(desk: Desk) -> None:
    desk.import_list(PAIR)
    sealed = b"".join(storage.read(desk.objects, key) for key in list_keys(desk))
    assert len(sealed) > sum(map(len, PAIR))
    assert not any(word in sealed for word in (b"DSW_", b"DSK_", str(MARYAM.national_code).encode()))
    assert not any(str(MARYAM.national_code) in key for key in list_keys(desk))


def test_same_list_again_stores_nothing(desk: Desk) -> None:
    desk.import_list(PAIR)
    before = list_keys(desk)
    assert len(before) == 2
    assert desk.upload(PAIR).status_code == 200
    assert desk.upload(write_files(MARYAM)).status_code == 422
    assert list_keys(desk) == before


def test_getting_the_workers_is_an_access_to_each_of_them(desk: Desk) -> None:
    document = desk.import_list(PAIR)
    fetch_files(desk, document["id"])
    with desk.sessions() as session:
        people = set(session.scalars(sa.select(Person.id)))
        rows = session.scalars(sa.select(Access)).all()
    assert {row.person_id for row in rows} == people
    assert {(row.officer_id, row.kind) for row in rows} == {(str(OFFICER), "list-file")}
    read = desk.call_as_officer("GET", "/api/v1/records/accesses", "audit").get_json()["items"]
    assert [row["kind"] for row in read] == ["list-file"] * 2


def test_list_of_before_has_no_file(desk: Desk) -> None:
    document = desk.import_list(PAIR)
    with desk.sessions.begin() as session:
        session.execute(sa.update(ImportedList).values(header_object=None, workers_object=None))
    for file in ("header", "workers"):
        response = desk.call_as_officer("GET", f"{LISTS}/{document['id']}/files/{file}", "lists")
        read_problem(response, 404, "file-not-kept")
    assert document["has_files"] is True
    for path in (LISTS, f"{LISTS}/{document['id']}"):
        reply = desk.call_as_officer("GET", path, "lists").get_json()
        assert (reply["items"][0] if "items" in reply else reply)["has_files"] is False
    other = desk.call_as_officer("GET", f"{LISTS}/{document['id']}/files/other", "lists")
    read_problem(other, 404, "not-found")


def test_import_while_the_store_is_away_stores_nothing(disk_desk: Desk, directory: Path) -> None:
    before = disk_desk.count_rows()
    directory.rmdir()
    directory.write_text("no directory")
    read_problem(disk_desk.upload(PAIR), 503, "unavailable")
    assert disk_desk.count_rows() == before
    directory.unlink()
    directory.mkdir()
    document = disk_desk.import_list(PAIR)
    assert fetch_files(disk_desk, document["id"]) == PAIR


def test_damaged_file_is_unavailable_and_no_access(disk_desk: Desk, directory: Path) -> None:
    document = disk_desk.import_list(PAIR)
    for path in directory.rglob("DSKWOR00.DBF"):
        path.write_bytes(path.read_bytes()[:-1] + b"x")
    response = disk_desk.call_as_officer("GET", f"{LISTS}/{document['id']}/files/workers", "lists")
    read_problem(response, 503, "unavailable")
    assert disk_desk.count_rows(["access_log"]) == [0]


def test_housekeeping_removes_what_no_row_names(desk: Desk) -> None:
    document = desk.import_list(PAIR)
    objects = SealedObjects(desk.objects, KeyFile(desk.settings.storage_keys_file))
    # A process that died before its transaction, and an object that only the store remembers.
    files.store_files(desk.sessions, objects, {"lists/lost/DSKWOR00.DBF": b"lost"})
    objects.put_new("lists/foreign/DSKWOR00.DBF", b"foreign")
    assert files.remove_unkept_files(desk.sessions, objects) == 0
    with desk.sessions.begin() as session:
        for row in session.scalars(sa.select(StoredObject)):
            row.stored_at -= timedelta(hours=25)
    assert files.remove_unkept_files(desk.sessions, objects) == 1
    assert files.remove_unkept_files(desk.sessions, objects) == 0
    assert len(list_keys(desk)) == 3
    assert "lists/foreign/DSKWOR00.DBF" in list_keys(desk)
    assert fetch_files(desk, document["id"]) == PAIR


def test_unfinished_files_are_removed_after_a_day(disk_desk: Desk, directory: Path) -> None:
    disk_desk.import_list(PAIR)
    (directory / "lists" / "DSKWOR00.DBF#1").write_bytes(b"half")
    objects = SealedObjects(LocalStore(directory), KeyFile(disk_desk.settings.storage_keys_file))
    files.remove_unfinished_files(objects)
    assert len([path for path in directory.rglob("*") if path.is_file()]) == 3
    files.remove_unfinished_files(objects, timedelta())
    assert len([path for path in directory.rglob("*") if path.is_file()]) == 2


def test_keys_rotate_and_old_files_are_sealed_again(desk: Desk) -> None:
    document = desk.import_list(PAIR)
    runner = desk.app.test_cli_runner()
    first = desk.settings.storage_keys_file.read_text().partition(":")[0]
    assert "files are sealed under" in runner.invoke(args=["storage-keys", "rotate"]).output
    assert f"{first}\t2" in runner.invoke(args=["storage-keys", "list"]).output
    assert runner.invoke(args=["storage-keys", "rekey"]).exit_code == 0
    assert f"{first}\t0\tits line may go" in runner.invoke(args=["storage-keys", "list"]).output
    assert fetch_files(desk, document["id"]) == PAIR
