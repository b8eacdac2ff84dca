"""Bulk imports: archives come in parts, lists are accepted or refused one by one, and nothing comes twice."""

import base64
import hashlib
import uuid
import zipfile
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from services.kit.storage import KeyFile, SealedObjects, list_pages
from services.records.actions import import_archives, imports
from services.records.actions.files import remove_unkept_files
from services.records.models import StoredObject
from tests.fakes.lists import HASAN, MARYAM
from tests.service.records.desk import LISTS, Desk, write_files
from tests.service.records.importing import (
    IMPORTS,
    begin,
    get,
    import_archive,
    lay_out,
    put_part,
    run,
    upload,
    write_lists,
    write_tar,
    write_zip,
)
from tests.tokens import mint

COUNTS = ("status", "lists", "lists_done", "rows", "accepted", "already_there", "refused", "held", "progress")


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "PART_SIZE", 1000)


@pytest.mark.parametrize("write", [write_zip, write_tar, lambda files: write_zip(files, zipfile.ZIP_STORED)])
def test_lists_of_an_archive_are_imported_and_their_files_are_kept(desk: Desk, write: object) -> None:
    lists = write_lists(3)
    document = import_archive(desk, write(lay_out(lists)))  # type: ignore[operator]
    assert [document[name] for name in COUNTS] == ["done", 3, 3, 6, 3, 0, 0, 0, 100]
    assert desk.count_rows() == [2, 3, 3, 6, 3]
    for imported in desk.call_as_officer("GET", LISTS, "lists").get_json()["items"]:
        folder = f"{int(imported['workshop_code']):04}"
        for at, file in enumerate(("header", "workers")):
            path = f"{LISTS}/{imported['id']}/files/{file}"
            assert desk.call_as_officer("GET", path, "lists").data == lists[folder][at]


def test_same_archive_again_is_already_there(desk: Desk) -> None:
    archive = write_zip(lay_out(write_lists(3)))
    import_archive(desk, archive)
    before = desk.count_rows()
    document = import_archive(desk, archive)
    assert [document[name] for name in COUNTS] == ["done", 3, 3, 0, 0, 3, 0, 0, 100]
    assert desk.count_rows() == before


def test_refused_lists_and_stray_files_are_findings_and_change_nothing_else(desk: Desk) -> None:
    lists = write_lists(2)
    wrong = write_files(replace(MARYAM, days=32), workshop="0000000009")
    files = lay_out(lists | {"wrong": wrong}) | {
        "alone/DSKKAR00.DBF": lists["0001"][0],
        "0001/dskkar00.dbf": b"again",
        "readme.txt": b"not a list",
    }
    document = import_archive(desk, write_zip(files))
    assert [document[name] for name in COUNTS] == ["done", 3, 3, 4, 2, 0, 1, 0, 100]
    page = get(desk, document["id"], "/findings?limit=2")
    rest = get(desk, document["id"], f"/findings?cursor={page['next_cursor']}")
    rows = [
        (item["path"], item["outcome"], item["findings"][0]["code"])
        for item in [*page["items"], *rest["items"]]
    ]
    assert rows == [
        ("alone/DSKKAR00.DBF", "refused", "file-missing"),
        ("0001/dskkar00.dbf", "refused", "file-repeated"),
        ("wrong", "refused", "days-out-of-range"),
    ]
    english = get(desk, document["id"], "/findings", language="en")["items"][0]["findings"][0]["message"]
    assert "other file" in english


def test_findings_of_accepted_lists_name_the_list(desk: Desk) -> None:
    strange = replace(HASAN, premium=1)
    document = import_archive(desk, write_zip(lay_out({"a": write_files(strange)})))
    (item,) = get(desk, document["id"], "/findings?outcome=accepted")["items"]
    assert item["findings"][0]["code"] == "premium-differs"
    assert desk.call_as_officer("GET", f"{LISTS}/{item['list_id']}", "lists").status_code == 200
    assert get(desk, document["id"], "/findings?outcome=refused")["items"] == []


@pytest.mark.parametrize("folder", ["\udcd1\udce6", "\u202etxt", "x\x1b[2J"])
def test_paths_that_cannot_be_shown_are_findings_like_others(desk: Desk, folder: str) -> None:
    lists = {"0001": write_files(MARYAM, workshop="0000000001"), folder: (b"no list", b"no list")}
    files = lay_out(lists) | {f"{folder}2/DSKKAR00.DBF": b"alone"}
    document = import_archive(desk, write_tar(files))
    assert [document[name] for name in ("status", "accepted", "refused")] == ["done", 1, 1]
    items = get(desk, document["id"], "/findings?outcome=refused")["items"]
    assert len(items) == 2
    for item in items:
        assert "\ufffd" in item["path"]
        assert item["path"].replace("\ufffd", "").isprintable()


def test_held_rows_are_counted(desk: Desk) -> None:
    desk.import_list(write_files(MARYAM))
    other = replace(MARYAM, first_name="سعید", last_name="کاظمی", father_name="رحیم")
    document = import_archive(desk, write_zip(lay_out({"a": write_files(other, workshop="0000000002")})))
    assert (document["accepted"], document["held"]) == (1, 1)


def test_list_that_changes_within_an_archive_is_refused(desk: Desk) -> None:
    archive = write_zip(lay_out({"a": write_files(MARYAM), "b": write_files(MARYAM, HASAN)}))
    document = import_archive(desk, archive)
    assert (document["accepted"], document["refused"]) == (1, 1)
    (item,) = get(desk, document["id"], "/findings")["items"]
    assert (item["path"], item["findings"][0]["code"]) == ("b", "list-changed")


def test_upload_goes_on_with_the_parts_that_are_missing(desk: Desk) -> None:
    archive = write_zip(lay_out(write_lists(3)))
    begun = begin(desk, archive)
    assert begun["missing_parts"] == list(range(begun["parts"]))
    for number in (1, 0, 1):
        assert put_part(desk, begun, archive, number).status_code == 200
    status = get(desk, begun["id"])
    assert (status["status"], status["missing_parts"]) == ("receiving", begun["missing_parts"][2:])
    completion = f"{IMPORTS}/{begun['id']}/completion"
    refused = desk.call_as_officer("POST", completion, "lists")
    assert (refused.status_code, refused.get_json()["code"]) == (409, "import-incomplete")
    assert refused.get_json()["missing_parts"] == status["missing_parts"]
    for number in status["missing_parts"]:
        assert put_part(desk, begun, archive, number).status_code == 200
    assert [desk.call_as_officer("POST", completion, "lists").status_code for _ in range(2)] == [202, 202]
    assert not put_part(desk, begun, archive, 0).get_json().get("code")
    assert run(desk, begun["id"])
    assert get(desk, begun["id"])["accepted"] == 3


def test_another_officer_cannot_send_lists_under_the_name_of_the_first(desk: Desk) -> None:
    archive = write_zip(lay_out(write_lists(2)))
    begun = begin(desk, archive)
    path = f"{IMPORTS}/{begun['id']}"
    other = mint("officer", uuid.uuid4(), scopes=("lists",))
    body: dict[str, Any] = {"data": archive[:1000], "content_type": "application/octet-stream"}
    assert desk.call("PUT", f"{path}/parts/0", other, **body).status_code == 403
    assert get(desk, begun["id"])["parts_received"] == 0
    for number in begun["missing_parts"]:
        put_part(desk, begun, archive, number)
    assert desk.call("POST", f"{path}/completion", other).status_code == 403
    assert desk.call("GET", path, other).get_json()["status"] == "receiving"
    assert desk.call("DELETE", path, other).status_code == 204


def test_wrong_parts_are_refused(desk: Desk) -> None:
    archive = write_zip(lay_out(write_lists(2)))
    begun = begin(desk, archive)
    digest = base64.b64encode(hashlib.sha256(archive[:1000]).digest()).decode()
    good = {"headers": {"Content-Digest": f"sha-256=:{digest}:"}}
    assert put_part(desk, begun, archive, 1, **good).get_json()["code"] == "part-damaged"
    assert put_part(desk, begun, archive, 0, **good).status_code == 200
    answers = [
        put_part(desk, begun, archive, 0, data=b"x" * 1000),
        put_part(desk, begun, archive, 1, data=b"short"),
        put_part(desk, begun, archive, begun["parts"], data=b"x"),
        put_part(desk, begun, archive, 1, content_type="text/plain"),
        put_part(desk, begun, archive, 1, data=b"x" * (import_archives.PART_SIZE + 1)),
    ]
    assert [(answer.status_code, answer.get_json()["code"]) for answer in answers] == [
        (409, "part-differs"),
        (422, "part-size-wrong"),
        (404, "not-found"),
        (415, "unsupported-media-type"),
        (413, "body-too-large"),
    ]


def hash_part(name: str, content: bytes) -> str:
    return base64.b64encode(hashlib.new(name, content).digest()).decode()


GOOD_DIGEST = hash_part("sha256", b"x" * 10)


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (f"sha-256=:{GOOD_DIGEST}:", None),
        (f"sha-512=:{hash_part('sha512', b'x' * 10)}:", None),
        (f"md5=:{GOOD_DIGEST}:, sha-256=:{GOOD_DIGEST}:;q=1", None),
        (f"sha-256=:{GOOD_DIGEST}:, sha-512=:{GOOD_DIGEST}:", "part-damaged"),
        (f"sha-256=:{hash_part('sha256', b'other')}:", "part-damaged"),
        ("sha-256=::", "part-damaged"),
        ("", "digest-unreadable"),
        ("nonsense", "digest-unreadable"),
        (f"sha-256={GOOD_DIGEST}", "digest-unreadable"),
        (f"sha-256=:{GOOD_DIGEST}", "digest-unreadable"),
        (f"sha-256=:{GOOD_DIGEST[:-2]}:", "digest-unreadable"),
        ("sha-256=:*:", "digest-unreadable"),
        (f"sha256=:{GOOD_DIGEST}:", "digest-unreadable"),
        (f"md5=:{GOOD_DIGEST}:", "digest-unreadable"),
        (f"sha-256=:{GOOD_DIGEST}:, sha-512", "digest-unreadable"),
    ],
)
def test_a_stated_digest_is_checked_or_refused(desk: Desk, header: str, code: str | None) -> None:
    begun = begin(desk, b"x" * 10)
    answer = put_part(desk, begun, b"x" * 10, 0, headers={"Content-Digest": header})
    assert (answer.status_code, answer.get_json().get("code")) == (422 if code else 200, code)
    assert get(desk, begun["id"])["parts_received"] == (0 if code else 1)


def test_an_object_has_the_digest_of_what_was_written(desk: Desk) -> None:
    begun = begin(desk, b"x" * 10)
    put_new, others = SealedObjects.put_new, [b"y" * 10]

    def put_after_another(objects: SealedObjects, key: str, data: bytes) -> None:
        put_new(objects, key, data)
        if others:
            # Another call that came meanwhile, with other bytes.
            assert put_part(desk, begun, others.pop(), 0).status_code == 409

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SealedObjects, "put_new", put_after_another)
        assert put_part(desk, begun, b"x" * 10, 0).status_code == 200
    with desk.sessions() as session:
        [stored] = session.scalars(sa.select(StoredObject)).all()
    assert (stored.sha256, stored.is_kept) == (hashlib.sha256(b"x" * 10).hexdigest(), True)


def test_archive_of_more_than_two_gibibytes_is_refused(desk: Desk) -> None:
    for size, status in ((2**31, 202), (2**31 + 1, 413), (0, 422)):
        body = {"name": "lists.zip", "size": size}
        assert desk.call_as_officer("POST", IMPORTS, "lists", json=body).status_code == status


@pytest.mark.parametrize(
    ("archive", "code"),
    [
        (b"just some text, and no archive at all" * 20, "not-an-archive"),
        (write_zip({"a/DSKKAR00.DBF": b"alone"}), "no-lists"),
        (write_zip(lay_out(write_lists(2)))[:-30], "archive-damaged"),
    ],
)
def test_archive_that_cannot_be_read_fails_as_a_whole(desk: Desk, archive: bytes, code: str) -> None:
    document = import_archive(desk, archive)
    assert (document["status"], document["failure"]["code"]) == ("failed", code)
    assert document["failure"]["message"]
    assert document["ended_at"]


def test_cancelled_import_stops_and_keeps_what_was_accepted(desk: Desk) -> None:
    import_id = upload(desk, write_zip(lay_out(write_lists(2))))
    path = f"{IMPORTS}/{import_id}"
    assert [desk.call_as_officer("DELETE", path, "lists").status_code for _ in range(2)] == [204, 204]
    assert not run(desk, import_id)
    assert (get(desk, import_id)["status"], desk.count_rows()) == ("cancelled", [0, 0, 0, 0, 0])
    done = import_archive(desk, write_zip(lay_out(write_lists(2))))
    refused = desk.call_as_officer("DELETE", f"{IMPORTS}/{done['id']}", "lists")
    assert (refused.status_code, refused.get_json()["import_status"]) == (409, "done")


def test_archives_without_an_accepted_list_are_removed(desk: Desk) -> None:
    sealed = SealedObjects(desk.objects, KeyFile(desk.settings.storage_keys_file))
    archive = write_zip(lay_out(write_lists(1)))
    import_archive(desk, archive)
    before = list_objects(desk)
    import_archive(desk, archive)
    unfinished = begin(desk, archive)
    put_part(desk, unfinished, archive, 0)
    assert imports.cancel_abandoned(desk.sessions) == 0
    assert imports.cancel_abandoned(desk.sessions, timedelta(seconds=-1)) == 1
    assert get(desk, unfinished["id"])["status"] == "cancelled"
    remove_unkept_files(desk.sessions, sealed, timedelta(seconds=-1))
    assert list_objects(desk) == before


def list_objects(desk: Desk) -> set[str]:
    return {item["path"] for page in list_pages(desk.objects) for item in page}


def test_imports_are_listed(desk: Desk) -> None:
    archive = write_zip(lay_out(write_lists(1)))
    done = import_archive(desk, archive)
    begun = begin(desk, archive)
    page = desk.call_as_officer("GET", IMPORTS, "lists").get_json()
    assert [item["id"] for item in page["items"]] == [begun["id"], done["id"]]
    page = desk.call_as_officer("GET", f"{IMPORTS}?status=done", "lists").get_json()
    assert [(item["id"], item["parts_received"]) for item in page["items"]] == [(done["id"], done["parts"])]
