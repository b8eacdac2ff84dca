"""Objections to an identity, papers, an officer's question and a withdrawal, as the person sees them."""

from io import BytesIO
from typing import Any

import httpx
import pytest

from tests.service.gateway.portal.desk import Person, Services, read_hidden_fields
from tests.service.gateway.portal.record import ROWS, read_text, set_record
from tests.service.gateway.portal.test_objections import (
    HERE,
    ID,
    OBJECTIONS,
    SUBMITTED,
    build_objection,
    list_mistakes,
    read_body,
    set_objections,
)

PAPER = {
    "id": "0199c2f0-7788-7c66-8d77-112233445566",
    "media_type": "image/png",
    "size": 1234,
    "sha256": "0" * 64,
    "attached_at": "2026-11-22T10:01:00+00:00",
}
IDENTITY = build_objection(
    kind="identity",
    months=[],
    fields={"last_name": "رضایی", "sex": "female"},
    recorded_fields={"last_name": "رضائی", "sex": "male"},
)
QUESTION = "در کدام کارگاه کار کردید؟"


@pytest.fixture
def citizen(person: Person, services: Services) -> Person:
    """Somebody with a record and no objection yet, signed in."""
    set_record(services, ROWS)
    set_objections(services)
    person.sign_in()
    return person


def upload(person: Person, path: str, name: str, content: bytes) -> Any:
    fields = read_hidden_fields(person.read(path))
    return person.http.post(path, data={**fields, "file": (BytesIO(content), name)})


def set_paper(services: Services, content: bytes, media_type: str) -> None:
    reply = httpx.Response(200, content=content, headers={"Content-Type": media_type})
    services.handlers["GET", f"{OBJECTIONS}/{ID}/attachments/{PAPER['id']}"] = lambda _: reply


def write_identity(**fields: str | list[str]) -> dict[str, Any]:
    blank = {"first_name": "", "last_name": "", "father_name": "", "sex": "", "insurance_number": ""}
    return {**blank, "birth_date_jalali": ["", "", ""], "text": "شناسنامه دارم.", **fields}


def test_only_filled_fields_of_an_identity_are_claimed(citizen: Person, services: Services) -> None:
    services.set_reply("POST", OBJECTIONS, 201, IDENTITY)
    typed = write_identity(last_name=" رضایی ", birth_date_jalali=["۹", "2", "۱۳۶۱"], sex="female")
    assert citizen.send("/record/objections/identity", **typed).location == HERE
    assert read_body(services, "POST", OBJECTIONS) == {
        "kind": "identity",
        "fields": {"last_name": "رضایی", "birth_date_jalali": "1361-02-09", "sex": "female"},
        "text": "شناسنامه دارم.",
    }


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({}, "دست‌کم یکی از مشخصات را که نادرست ثبت شده است بنویسید."),
        ({"last_name": "ر" * 101}, "حداکثر ۱۰۰ نویسه بنویسید."),
        ({"birth_date_jalali": ["9", "", ""]}, "«تاریخ تولد» کامل نیست: ماه، سال را بنویسید."),
        ({"last_name": "رضایی", "text": " "}, "توضیح را بنویسید."),
    ],
)
def test_invalid_identity_is_reported(
    citizen: Person, services: Services, typed: dict[str, Any], message: str
) -> None:
    answer = citizen.send("/record/objections/identity", **write_identity(**typed))
    assert list_mistakes(answer) == [message]
    assert not services.list_requests("POST", OBJECTIONS)


def test_refused_field_of_an_identity_is_named(citizen: Person, services: Services) -> None:
    error = {"field": "fields.last_name", "message": "در سوابق همین است."}
    services.refuse("POST", OBJECTIONS, 422, "validation", errors=[error])
    answer = citizen.send("/record/objections/identity", **write_identity(last_name="رضایی"))
    assert list_mistakes(answer) == ["در سوابق همین است."]


def test_identity_is_shown_beside_the_record(citizen: Person, services: Services) -> None:
    set_objections(services, IDENTITY)
    text = read_text(citizen, HERE)
    assert "رضائی رضایی" in text
    assert "مرد زن" in text
    assert "مشخصات نادرست" in read_text(citizen, "/record/objections")


def test_paper_is_attached_without_its_name(citizen: Person, services: Services) -> None:
    set_objections(services, build_objection(attachments=[PAPER]))
    services.set_reply("POST", f"{OBJECTIONS}/{ID}/attachments", 201, PAPER)
    path = f"{HERE}/attachments"
    assert upload(citizen, path, "رسید خصوصی.png", b"\x89PNG").location == path
    (request,) = services.list_requests("POST", f"{OBJECTIONS}/{ID}/attachments")
    assert b"\x89PNG" in request.content
    assert "رسید".encode() not in request.content
    assert request.headers["Idempotency-Key"]
    assert "پیوست ۱ (PNG)" in read_text(citizen, path)


@pytest.mark.parametrize(
    ("status", "code"), [(422, "attachment-active"), (409, "attachments-full"), (413, "body-too-large")]
)
def test_refused_paper_is_explained(citizen: Person, services: Services, status: int, code: str) -> None:
    set_objections(services, build_objection())
    services.refuse("POST", f"{OBJECTIONS}/{ID}/attachments", status, code)
    answer = upload(citizen, f"{HERE}/attachments", "a.pdf", b"%PDF-")
    assert len(list_mistakes(answer)) == 1


def test_paper_is_shown_in_a_sandbox(citizen: Person, services: Services) -> None:
    path = f"{HERE}/attachments/{PAPER['id']}"
    set_paper(services, b"\x89PNG", "image/png")
    response = citizen.get(path)
    assert response.headers["Content-Security-Policy"].startswith("sandbox;")
    assert response.headers["Content-Disposition"] == 'inline; filename="attachment.png"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"
    set_paper(services, b"<html>", "text/html")
    assert citizen.get(path).headers["Content-Type"] == "application/octet-stream"


def test_question_is_answered_once(citizen: Person, services: Services) -> None:
    questioned = {**SUBMITTED, "question": QUESTION, "question_at": "2026-11-23T06:00:00+00:00"}
    set_objections(services, questioned)
    assert QUESTION in read_text(citizen, HERE)
    services.set_reply("POST", f"{OBJECTIONS}/{ID}/answer", 200, {**questioned, "answer": "بله"})
    assert citizen.send(f"{HERE}/answer", text="بله").location == HERE
    assert read_body(services, "POST", f"{OBJECTIONS}/{ID}/answer") == {"text": "بله"}
    set_objections(services, {**questioned, "answer": "بله", "answer_at": "2026-11-23T07:00:00+00:00"})
    text = read_text(citizen, HERE)
    assert "پاسخ شما بله" in text
    assert "پاسخ به کارشناس" not in text


def test_answer_needs_words(citizen: Person, services: Services) -> None:
    set_objections(services, {**SUBMITTED, "question": QUESTION})
    assert list_mistakes(citizen.send(f"{HERE}/answer", text=" ")) == ["پاسخ را بنویسید."]


def test_submitted_objection_is_withdrawn_after_a_confirmation(citizen: Person, services: Services) -> None:
    set_objections(services, SUBMITTED)
    assert "پس گرفتن اعتراض" in read_text(citizen, HERE)
    assert not services.list_requests("POST", f"{OBJECTIONS}/{ID}/withdrawal")
    withdrawn = {**SUBMITTED, "status": "withdrawn", "withdrawn_at": "2026-11-23T06:00:00+00:00"}
    services.set_reply("POST", f"{OBJECTIONS}/{ID}/withdrawal", 200, withdrawn)
    assert citizen.send(f"{HERE}/withdrawal").location == HERE
    assert len(services.list_requests("POST", f"{OBJECTIONS}/{ID}/withdrawal")) == 1
    set_objections(services, withdrawn)
    assert "پس گرفته شده" in read_text(citizen, HERE)
    assert citizen.get(f"{HERE}/withdrawal").location == HERE
