"""Permits that show only answers: their sealed copy, their inquiries, their end."""

import uuid
from pathlib import Path
from typing import Any

import jwt
import pytest
import sqlalchemy as sa

from services.inquiry.actions.letters import on_answer_superseded
from services.inquiry.models import DocumentTicket, Letter, SealedCopy, StoredDocument
from services.kit.feed import Event
from tests.service.inquiry.desk import API, BANK_ID, Desk, Person, as_clerk
from tests.service.inquiry.test_secrecy import read_everything_stored

QUESTIONS: list[dict[str, Any]] = [
    {"question": "insured_recently"},
    {"question": "days_at_least", "days": 360, "from_jalali": "1403-01"},
]
ANSWERS = [{**question, "answer": "yes"} for question in QUESTIONS]


def _issue(desk: Desk, person: Person, **fields: Any) -> dict[str, Any]:
    return desk.issue_permit(person, reveal="answers", questions=QUESTIONS, **fields)


def _read_permit(desk: Desk, person: Person, permit_id: str) -> dict[str, Any]:
    permit: dict[str, Any] = desk.client.get(f"{API}/permits/{permit_id}", headers=person.headers).get_json()
    return permit


def test_inquiry_returns_answers_in_place_of_the_letter(desk: Desk) -> None:
    person = desk.add_person()
    issued = _issue(desk, person, max_views=2)
    reply = desk.inquire(person.national_code, issued["code"]).get_json()
    assert reply.keys() == {
        "inquiry_id", "answers", "notices", "objections", "objections_as_of", "receipt"
    }  # fmt: skip
    answers = reply["answers"]
    assert answers["answers"] == ANSWERS
    assert (answers["state"], answers["closed_until_jalali"]) == ("valid", "1405-06")
    claims = jwt.decode(answers["jws"], options={"verify_signature": False})
    assert (claims["jti"], claims["answers"]) == (answers["serial"], ANSWERS)
    assert "aud" not in claims
    permit = _read_permit(desk, person, issued["id"])
    assert (permit["reveal"], permit["serial"]) == ("answers", answers["serial"])
    assert permit["letter_id"] == str(person.letter.id)
    status = desk.client.get(f"{API}/letters/{answers['serial']}").get_json()
    assert (status["kind"], status["state"], status["ended_at"]) == ("answers", "valid", answers["ends_at"])


def test_sealed_copy_has_nothing_but_the_answers(desk: Desk, tmp_path: Path) -> None:
    person = desk.add_person(document=b"%PDF-1.7 nothing of this")
    issued = _issue(desk, person)
    assert desk.inquire(person.national_code, issued["code"]).status_code == 200
    assert (desk.count(SealedCopy), desk.count(StoredDocument), desk.count(DocumentTicket)) == (1, 0, 0)
    assert not [path for path in (tmp_path / "objects").rglob("*") if path.is_file()]
    stored = read_everything_stored(desk, tmp_path)
    for secret in ("insured_recently", "days_at_least", "نرگس", person.national_code, "govah-answers"):
        assert secret.encode() not in stored


def test_answers_of_a_bound_permit_are_for_its_institution(desk: Desk) -> None:
    person = desk.add_person()
    desk.add_bank()
    code = _issue(desk, person, institution_id=str(BANK_ID))["code"]
    reply = desk.inquire(person.national_code, code, headers=as_clerk()).get_json()
    assert jwt.decode(reply["answers"]["jws"], options={"verify_signature": False})["aud"] == str(BANK_ID)
    assert desk.letters.issued[0]["exp"] - desk.letters.issued[0]["iat"] == 30 * 86_400


def test_revoked_permit_ends_its_answers(desk: Desk) -> None:
    person = desk.add_person()
    issued = _issue(desk, person)
    serial = _read_permit(desk, person, issued["id"])["serial"]
    assert desk.client.delete(f"{API}/permits/{issued['id']}", headers=person.headers).status_code == 204
    assert desk.client.get(f"{API}/letters/{serial}").get_json()["state"] == "ended"
    assert desk.inquire(person.national_code, issued["code"]).status_code == 410
    assert desk.client.get(f"{API}/letters/{person.letter.serial}").get_json()["state"] == "valid"


def test_superseded_answers_are_noticed(desk: Desk) -> None:
    person = desk.add_person()
    issued = _issue(desk, person)
    serial = _read_permit(desk, person, issued["id"])["serial"]
    with desk.sessions.begin() as session:
        at = session.scalars(sa.select(Letter.issued_at).where(Letter.serial == serial)).one()
        on_answer_superseded(
            session, Event(1, "e", "answer.superseded", at, None, {"serial": serial}, "request-1")
        )
    reply = desk.inquire(person.national_code, issued["code"]).get_json()
    assert reply["answers"]["state"] == "superseded"
    [notice] = reply["notices"]
    assert notice["code"] == "answers-superseded"
    assert "نامه" not in notice["message"]["fa"]


@pytest.mark.parametrize(
    "fields",
    [
        {"reveal": "answers"},
        {"reveal": "answers", "questions": []},
        {"reveal": "answers", "questions": [{"any": "thing"}]},
        {"reveal": "answers", "questions": [QUESTIONS[0]] * 6},
        {"questions": QUESTIONS},
        {"reveal": "letter", "questions": QUESTIONS},
    ],
)
def test_questions_go_with_answers_only(desk: Desk, fields: dict[str, Any]) -> None:
    response = desk.request_permit(desk.add_person(), **fields)
    assert (response.status_code, response.get_json()["code"]) == (422, "validation")
    assert response.get_json()["errors"][0]["field"].startswith("questions")


def test_no_permit_without_answers(desk: Desk) -> None:
    person = desk.add_person()
    desk.letters.is_down = True
    response = desk.request_permit(person, reveal="answers", questions=QUESTIONS)
    assert response.status_code == 503
    other = desk.request_permit(
        person, reveal="answers", questions=QUESTIONS, letter_id=str(uuid.UUID(int=9))
    )
    assert other.status_code == 503
