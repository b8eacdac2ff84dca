"""What officers do about an opened objection besides deciding: papers, a question, a workshop code."""

import json
from typing import Any

import httpx
import pytest

from tests.service.gateway.portal.desk import Person, Services
from tests.service.gateway.portal.record import read_text
from tests.service.gateway.portal.test_objection_steps import PAPER
from tests.service.gateway.portal.test_objections import list_mistakes
from tests.service.gateway.portal.test_officer import (
    ID,
    OBJECTION,
    OBJECTIONS,
    ONE,
    OPENING,
    STATEMENT,
    open_objection,
)

PROPOSALS = "/api/v1/records/proposals"
PERIOD: dict[str, Any] = {
    **OBJECTION,
    "kind": "missing-period",
    "status": "accepted",
    "months": [],
    "workshop_name": "نانوایی حسینی",
    "workshop_code": None,
    "city": "یزد",
    "start_jalali": "1403-03-01",
    "end_jalali": "1403-04-31",
    "days": 62,
    "decided_at": "2026-11-24T10:00:00+00:00",
    "reason": "قرارداد دیده شد.",
    "corrections": [{"month_jalali": "1403-03", "workshop_code": "-", "old_days": None, "new_days": 31}],
}


def open_as_officer(person: Person, services: Services, objection: dict[str, Any]) -> None:
    services.set_reply("POST", OPENING, 200, {"objection": objection, "statement": STATEMENT})
    services.refuse("GET", "/api/v1/records/me", 403, "forbidden")
    person.send("/officer/sign-in", username="officer", password="correct horse battery", totp="")
    open_objection(person)


def read_sent(services: Services, path: str) -> Any:
    return json.loads(services.list_requests("POST", path)[-1].content)


def test_identity_is_shown_beside_the_record(person: Person, services: Services) -> None:
    claim = {"fields": {"last_name": "رضایی"}, "recorded_fields": {"last_name": "رضائی"}}
    open_as_officer(person, services, {**OBJECTION, "kind": "identity", "months": [], **claim})
    text = read_text(person, ONE)
    assert "مشخصات نادرست" in text
    assert "نام خانوادگی رضائی رضایی" in text


def test_officer_asks_once(person: Person, services: Services) -> None:
    open_as_officer(person, services, OBJECTION)
    assert list_mistakes(person.send(f"{ONE}/question", text="")) == ["پرسش را بنویسید."]
    questioned = {**OBJECTION, "question": "فیش دارید؟", "answer": None}
    services.set_reply("POST", f"{OBJECTIONS}/{ID}/question", 200, questioned)
    assert person.send(f"{ONE}/question", text="فیش دارید؟").location == ONE
    assert read_sent(services, f"{OBJECTIONS}/{ID}/question") == {"text": "فیش دارید؟"}
    text = read_text(person, ONE)
    assert "پرسش شما فرستاده شد." in text
    assert "فیش دارید؟ پاسخ بیمه‌شده هنوز پاسخی نرسیده است." in text
    assert "پرسش از بیمه‌شده" not in text
    services.refuse("POST", f"{OBJECTIONS}/{ID}/question", 409, "question-asked")
    assert list_mistakes(person.send(f"{ONE}/question", text="و دیگر؟")) == ["چون question-asked"]


def test_answer_is_shown(person: Person, services: Services) -> None:
    open_as_officer(person, services, {**OBJECTION, "question": "فیش دارید؟", "answer": "بله، پیوست شد."})
    assert "بله، پیوست شد." in read_text(person, ONE)


def test_paper_is_shown_in_a_sandbox_after_the_opening(person: Person, services: Services) -> None:
    path = f"{ONE}/attachments/{PAPER['id']}"
    pdf = httpx.Response(200, content=b"%PDF-1.7", headers={"Content-Type": "application/pdf"})
    services.handlers["GET", f"{OBJECTIONS}/{ID}/attachments/{PAPER['id']}"] = lambda _: pdf
    open_as_officer(person, services, {**OBJECTION, "attachments": [PAPER]})
    assert "پیوست ۱ (PNG)" in read_text(person, ONE)
    response = person.get(path)
    assert response.data == b"%PDF-1.7"
    assert response.headers["Content-Security-Policy"].startswith("sandbox;")
    assert response.headers["Content-Disposition"] == 'attachment; filename="attachment.pdf"'


def test_paper_of_an_objection_that_was_not_opened_is_not_fetched(person: Person, services: Services) -> None:
    services.refuse("GET", "/api/v1/records/me", 403, "forbidden")
    person.send("/officer/sign-in", username="officer", password="correct horse battery", totp="")
    assert person.get(f"{ONE}/attachments/{PAPER['id']}").location == f"{ONE}/opening"
    assert not services.list_requests("GET", f"{OBJECTIONS}/{ID}/attachments/{PAPER['id']}")


def test_workshop_code_of_an_accepted_period_is_proposed(person: Person, services: Services) -> None:
    open_as_officer(person, services, PERIOD)
    assert "پیشنهاد کد کارگاه این دوره" in read_text(person, ONE)
    services.set_reply("POST", PROPOSALS, 201, {"id": ID, "status": "proposed"})
    answer = person.send(f"{ONE}/workshop", workshop_code="۰۰۴۴۴۴۴۴۴۴", reason="قرارداد")
    assert answer.location == ONE
    assert read_sent(services, PROPOSALS) == {
        "kind": "missing-period-workshop",
        "target": ID,
        "change": {"workshop_code": "۰۰۴۴۴۴۴۴۴۴"},
        "reason": "قرارداد",
    }


def test_refused_workshop_code_is_named(person: Person, services: Services) -> None:
    open_as_officer(person, services, PERIOD)
    error = {"field": "change.workshop_code", "message": "کد کارگاه از ۱ تا ۱۰ نویسه است."}
    services.refuse("POST", PROPOSALS, 422, "validation", errors=[error])
    answer = person.send(f"{ONE}/workshop", workshop_code="-", reason="قرارداد")
    assert list_mistakes(answer) == ["کد کارگاه از ۱ تا ۱۰ نویسه است."]


@pytest.mark.parametrize("code", ["0044444444"])
def test_period_with_a_code_needs_none(person: Person, services: Services, code: str) -> None:
    open_as_officer(person, services, {**PERIOD, "workshop_code": code})
    assert "پیشنهاد کد کارگاه" not in read_text(person, ONE)


def test_withdrawn_objection_is_said_to_be_withdrawn(person: Person, services: Services) -> None:
    withdrawn = {**OBJECTION, "status": "withdrawn", "withdrawn_at": "2026-11-24T10:00:00+00:00"}
    open_as_officer(person, services, withdrawn)
    text = read_text(person, ONE)
    assert "بیمه‌شده این اعتراض را پس گرفته است" in text
    assert "ثبت پیشنهاد" not in text


def test_other_objections_have_no_page_for_a_workshop_code(person: Person, services: Services) -> None:
    open_as_officer(person, services, OBJECTION)
    assert person.get(f"{ONE}/workshop").status_code == 404
