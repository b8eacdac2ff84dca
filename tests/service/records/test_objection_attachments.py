"""Papers that people attach to objections, and officers' view of them."""

import uuid
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from services.kit.storage import list_pages, read
from services.records.models import StoredObject
from tests.fakes.lists import HASAN
from tests.service.records.desk import OFFICER, Desk
from tests.service.records.objectors import (
    ALL,
    DAYS,
    OWN,
    SECOND_OFFICER,
    Objector,
    read_problem,
    read_reply,
    write_one_month,
)
from tests.tokens import mint
from tests.unit.records.papers import add_open_action, write_jpeg, write_pdf, write_png

MIB = 1024 * 1024


@pytest.fixture
def maryam(desk: Desk) -> Objector:
    """Maryam, who has twelve listed days in Mehr 1402."""
    desk.import_list(write_one_month(12))
    return Objector(desk)


def attach(
    person: Objector, objection_id: str, content: bytes, name: str = "../../رسید.exe", **kw: Any
) -> Any:
    boundary, body = encode_multipart({"file": FileStorage(BytesIO(content), name, content_type="text/html")})
    form = f"multipart/form-data; boundary={boundary}"
    return person.call("POST", f"{OWN}/{objection_id}/attachments", data=body, content_type=form, **kw)


def list_attachments(person: Objector, objection_id: str) -> list[dict[str, Any]]:
    path = f"{OWN}/{objection_id}/attachments"
    items: list[dict[str, Any]] = read_reply(person.call("GET", path))["items"]
    return items


def open_paper(person: Objector, objection_id: str, attachment_id: str, **kw: Any) -> Any:
    return person.call_as_officer("GET", f"{ALL}/{objection_id}/attachments/{attachment_id}", **kw)


def count_kept(person: Objector) -> int:
    with person.desk.sessions() as session:
        query = sa.select(sa.func.count()).select_from(StoredObject).where(StoredObject.is_kept)
        return session.scalars(query.where(StoredObject.key.like("attachments/%"))).one()


def test_paper_is_attached_and_read_by_both(maryam: Objector, caplog: pytest.LogCaptureFixture) -> None:
    objection_id = maryam.create_draft(DAYS)["id"]
    paper = write_pdf()
    attachment = read_reply(attach(maryam, objection_id, paper), 201)
    assert (attachment["media_type"], attachment["size"]) == ("application/pdf", len(paper))
    assert list_attachments(maryam, objection_id) == [attachment]
    assert read_reply(maryam.call("GET", f"{OWN}/{objection_id}"))["attachments"] == [attachment]
    own = maryam.call("GET", f"{OWN}/{objection_id}/attachments/{attachment['id']}")
    assert (own.status_code, own.data) == (200, paper)
    assert read_problem(open_paper(maryam, objection_id, attachment["id"])) == (404, "not-found")
    read_reply(maryam.call("POST", f"{OWN}/{objection_id}/confirmation"))
    accesses = maryam.desk.count_rows(["access_log"])
    seen = open_paper(maryam, objection_id, attachment["id"])
    assert (seen.status_code, seen.data, seen.mimetype) == (200, paper, "application/pdf")
    assert seen.headers["Content-Security-Policy"].split(";")[0] == "sandbox"
    assert seen.headers["X-Content-Type-Options"] == "nosniff"
    assert seen.headers["Cache-Control"] == "no-store"
    assert seen.headers["Content-Disposition"].startswith('attachment; filename="attachment-')
    assert maryam.desk.count_rows(["access_log"]) == [accesses[0] + 1]
    opened = read_reply(maryam.open(objection_id))["objection"]
    assert opened["attachments"] == [attachment]
    assert ".exe" not in caplog.text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_type_is_that_of_the_content(maryam: Objector) -> None:
    objection_id = maryam.submit(DAYS)["id"]
    replies = [attach(maryam, objection_id, paper, "a.pdf") for paper in (write_png(), write_jpeg())]
    assert [read_reply(reply, 201)["media_type"] for reply in replies] == ["image/png", "image/jpeg"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_stored_paper_is_sealed(maryam: Objector) -> None:
    objection_id = maryam.create_draft(DAYS)["id"]
    read_reply(attach(maryam, objection_id, write_png()), 201)
    pages = list(list_pages(maryam.desk.objects))
    stored = [read(maryam.desk.objects, one["path"]) for page in pages for one in page]
    assert [content[:4] for content in stored] == [b"GVH1"] * len(stored)
    assert len(stored) == maryam.desk.count_rows(["stored_objects"])[0]
    assert not [content for content in stored if b"PNG" in content]


def test_five_papers_at_most(maryam: Objector) -> None:
    objection_id = maryam.create_draft(DAYS)["id"]
    for width in range(1, 6):
        read_reply(attach(maryam, objection_id, write_png((width, 1))), 201)
    assert read_problem(attach(maryam, objection_id, write_png())) == (409, "attachments-full")
    assert len(list_attachments(maryam, objection_id)) == 5


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_paper_has_5_mib_at_most(maryam: Objector) -> None:
    objection_id = maryam.create_draft(DAYS)["id"]
    whole = write_png() + bytes(5 * MIB - len(write_png()))
    assert read_reply(attach(maryam, objection_id, whole), 201)["size"] == len(write_png())
    for content in (whole + b"\0", bytes(6 * MIB), bytes(30 * MIB)):
        assert read_problem(attach(maryam, objection_id, content)) == (413, "body-too-large")
    assert len(list_attachments(maryam, objection_id)) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<html><script>", "attachment-type-unknown"),
        (b"", "attachment-type-unknown"),
        (write_pdf(add_open_action), "attachment-active"),
        (write_png()[:-9], "attachment-damaged"),
        (write_jpeg() + b"%PDF-1.4", "attachment-ambiguous"),
    ],
)
def test_refused_paper_is_stored_nowhere(maryam: Objector, content: bytes, code: str) -> None:
    objection_id = maryam.create_draft(DAYS)["id"]
    objects = maryam.desk.count_rows(["stored_objects"])
    assert read_problem(attach(maryam, objection_id, content)) == (422, code)
    assert maryam.desk.count_rows(["stored_objects"]) == objects
    assert list_attachments(maryam, objection_id) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_file_is_required(maryam: Objector) -> None:
    path = f"{OWN}/{maryam.create_draft(DAYS)['id']}/attachments"
    response = maryam.call("POST", path, data={"other": "x"}, content_type="multipart/form-data")
    assert read_problem(response) == (422, "validation")
    assert read_problem(maryam.call("POST", path, json={})) == (415, "unsupported-media-type")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_papers_come_before_a_decision_is_proposed(maryam: Objector) -> None:
    objection_id = maryam.submit(DAYS)["id"]
    read_reply(attach(maryam, objection_id, write_png()), 201)
    read_reply(maryam.propose(objection_id))
    for step in (lambda: None, lambda: maryam.confirm(objection_id)):
        step()
        assert read_problem(attach(maryam, objection_id, write_png())) == (409, "objection-status-differs")
    assert len(list_attachments(maryam, objection_id)) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_paper_of_a_draft_can_be_deleted(maryam: Objector) -> None:
    objection_id = maryam.create_draft(DAYS)["id"]
    attachment_id = read_reply(attach(maryam, objection_id, write_png()), 201)["id"]
    path = f"{OWN}/{objection_id}/attachments/{attachment_id}"
    assert count_kept(maryam) == 1
    assert maryam.call("DELETE", path).status_code == 204
    assert count_kept(maryam) == 0
    assert read_problem(maryam.call("DELETE", path)) == (404, "not-found")
    other = read_reply(attach(maryam, objection_id, write_png()), 201)["id"]
    read_reply(maryam.call("POST", f"{OWN}/{objection_id}/confirmation"))
    response = maryam.call("DELETE", f"{OWN}/{objection_id}/attachments/{other}")
    assert read_problem(response) == (409, "objection-status-differs")


def test_papers_of_a_deleted_or_replaced_draft_are_freed(maryam: Objector) -> None:
    for _ in range(2):
        read_reply(attach(maryam, maryam.create_draft(DAYS)["id"], write_png()), 201)
    assert count_kept(maryam) == 1
    draft = read_reply(maryam.call("GET"))["items"][0]
    assert maryam.call("DELETE", f"{OWN}/{draft['id']}").status_code == 204
    assert count_kept(maryam) == 0
    assert maryam.desk.count_rows(["objection_attachments", "objections"]) == [0, 0]


def test_same_key_attaches_once(maryam: Objector) -> None:
    objection_id = maryam.create_draft(DAYS)["id"]
    key = {"Idempotency-Key": "paper-1"}
    first, second = (attach(maryam, objection_id, write_png(), headers=key) for _ in range(2))
    assert read_reply(first, 201) == read_reply(second, 201)
    assert len(list_attachments(maryam, objection_id)) == 1
    response = attach(maryam, objection_id, write_jpeg(), headers=key)
    assert read_problem(response) == (422, "idempotency-key-reused")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_others_neither_attach_nor_see(maryam: Objector) -> None:
    maryam.desk.import_list(write_one_month(3, row=HASAN, number="02"))
    hasan = Objector(maryam.desk, str(HASAN.national_code))
    objection_id = maryam.submit(DAYS)["id"]
    attachment_id = read_reply(attach(maryam, objection_id, write_png()), 201)["id"]
    path = f"{OWN}/{objection_id}/attachments"
    assert read_problem(attach(hasan, objection_id, write_png())) == (404, "not-found")
    for response in (hasan.call("GET", path), hasan.call("GET", f"{path}/{attachment_id}")):
        assert read_problem(response) == (404, "not-found")
    assert read_problem(hasan.call("DELETE", f"{path}/{attachment_id}")) == (404, "not-found")
    assert read_problem(maryam.call("GET", f"{path}/{uuid.uuid4()}")) == (404, "not-found")
    assert read_problem(open_paper(maryam, objection_id, str(uuid.uuid4()))) == (404, "not-found")
    seen = f"{ALL}/{objection_id}/attachments/{attachment_id}"
    helpdesk = mint("officer", OFFICER, scopes=["helpdesk", "lists"])
    assert read_problem(maryam.desk.call("GET", seen, helpdesk)) == (403, "forbidden")
    assert read_problem(maryam.call("GET", seen)) == (403, "forbidden")
    assert open_paper(maryam, objection_id, attachment_id, officer_id=SECOND_OFFICER).status_code == 200
