"""Answers are computed from one read, signed for one institution, and superseded when they change."""

import uuid
from typing import Any

import jwt
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from joserfc.jwk import OKPKey
from werkzeug.test import TestResponse

from services.disclosure.actions.answers import check_answers, delete_ended_answers
from services.disclosure.background import HANDLERS
from services.disclosure.models import IssuedAnswer, Outbox
from services.kit.db import sql_now
from services.kit.problems import Unavailable
from services.kit.storage import KeyFile, SealedObjects, rotate_keys
from tests.service.disclosure.desk import AHMADI, KARIMI, Desk, authorise, build_record_change
from tests.tokens import build_bearer_header, mint

BANK = uuid.UUID(int=77)
CONSENT = uuid.UUID(int=78)
QUESTIONS: list[dict[str, Any]] = [
    {"question": "insured_recently"},
    {"question": "average_wage_at_least", "rials": 150_000_000, "months": 3},
]
TERMS = {"audience": str(BANK), "purpose": "loan", "reference": "loan-17", "answer_days": 90}


def _post(desk: Desk, path: str, body: dict[str, Any], person: uuid.UUID = AHMADI) -> TestResponse:
    return desk.client.post(f"/internal/answers{path}", json=body, headers=authorise(person))


def _issue(desk: Desk, person: uuid.UUID = AHMADI, **fields: Any) -> dict[str, Any]:
    body = {"questions": QUESTIONS, "consent_id": str(CONSENT), **TERMS, **fields}
    response = _post(desk, "", body, person)
    assert response.status_code == 200, response.text
    issued: dict[str, Any] = response.get_json()
    return issued


def _check(desk: Desk) -> int:
    with desk.sessions.begin() as session:
        session.execute(
            sa.update(IssuedAnswer).where(IssuedAnswer.due_at.is_not(None)).values(due_at=sql_now(-1))
        )
    return _check_due(desk)


def _check_due(desk: Desk) -> int:
    sealed = SealedObjects(desk.objects, KeyFile(desk.settings.storage_keys_file))
    return check_answers(desk.sessions, sealed, desk.facts)


def _read_events(desk: Desk) -> list[dict[str, Any]]:
    with desk.sessions() as session:
        return list(session.scalars(sa.select(Outbox.data).where(Outbox.name == "answer.superseded")))


def test_preview_is_neither_signed_nor_stored(desk: Desk) -> None:
    preview = _post(desk, "/preview", {"questions": QUESTIONS}).get_json()
    assert preview == {
        "as_of_jalali": "1405-09-10",
        "closed_until_jalali": "1405-06",
        "answers": [{**QUESTIONS[0], "answer": "yes"}, {**QUESTIONS[1], "answer": "no"}],
    }
    with desk.sessions() as session:
        assert session.scalars(sa.select(IssuedAnswer)).all() == []


def test_answers_are_signed_for_one_institution(desk: Desk) -> None:
    issued = _issue(desk)
    pem = desk.settings.credential_key_file
    assert pem
    key = load_pem_private_key(pem.read_bytes(), None)
    assert isinstance(key, Ed25519PrivateKey)
    opened = jwt.decode_complete(issued["jws"], key.public_key(), algorithms=["EdDSA"], audience=str(BANK))
    kid = OKPKey.import_key(pem.read_bytes()).thumbprint()
    assert opened["header"] == {"alg": "EdDSA", "typ": "govah-answers+jwt", "kid": kid}
    claims = opened["payload"]
    begun = claims["iat"]
    assert claims == {
        "iss": "https://govah.example",
        "aud": str(BANK),
        "jti": issued["serial"],
        "iat": begun,
        "exp": begun + 90 * 86_400,
        "national_code": "0012345679",
        "name": "مریم احمدی",
        "purpose": "loan",
        "reference": "loan-17",
        "as_of_jalali": "1405-09-10",
        "closed_until_jalali": "1405-06",
        "answers": issued["answers"],
    }
    with desk.sessions() as session:
        [row] = session.scalars(sa.select(IssuedAnswer))
    assert (row.serial, row.consent_id, row.questions) == (issued["serial"], CONSENT, QUESTIONS)


def test_answers_of_a_permit_have_no_audience(desk: Desk) -> None:
    issued = _issue(desk, audience=None, consent_id=None, purpose=None, reference=None)
    claims = jwt.decode(issued["jws"], options={"verify_signature": False})
    assert "aud" not in claims
    assert claims["purpose"] is None


def test_representative_issues_answers_of_permits_only(desk: Desk) -> None:
    token = mint("citizen", AHMADI, scopes=["self:permits"], act={"sub": str(KARIMI)}, mandate=str(KARIMI))
    headers = build_bearer_header(token)
    body = {"questions": QUESTIONS, **TERMS}
    assert desk.client.post("/internal/answers", json=body, headers=headers).status_code == 200
    preview = desk.client.post("/internal/answers/preview", json={"questions": QUESTIONS}, headers=headers)
    assert preview.status_code == 403


@pytest.mark.parametrize(
    "fields", [{"answer_days": 366}, {"answer_days": 0}, {"questions": []}, {"audience": "bank"}]
)
def test_malformed_terms_are_invalid(sqlite_desk: Desk, fields: dict[str, Any]) -> None:
    assert _post(sqlite_desk, "", {"questions": QUESTIONS, **TERMS, **fields}).status_code == 422


def test_records_away_is_unavailable(sqlite_desk: Desk) -> None:
    sqlite_desk.facts.fails = Unavailable()
    assert _post(sqlite_desk, "/preview", {"questions": QUESTIONS}).status_code == 503


def test_changed_answer_is_superseded_once(desk: Desk) -> None:
    issued = _issue(desk)
    assert _check(desk) == 1
    assert _read_events(desk) == []
    desk.facts.content["disputed_months"] = ["1405-06"]
    assert _check_due(desk) == 0, "the next comparison is a day later"
    with desk.sessions.begin() as session:
        HANDLERS["records"]["record.changed"](session, build_record_change("1405-06", AHMADI))
    assert _check_due(desk) == 1
    assert _read_events(desk) == [{"serial": issued["serial"], "consent_id": str(CONSENT)}]
    assert _check(desk) == 0


def test_identity_counts_and_other_people_do_not(desk: Desk) -> None:
    mine, others = _issue(desk), _issue(desk, KARIMI)
    desk.facts.strangers = {KARIMI}
    desk.facts.content["person"] = {**desk.facts.content["person"], "last_name": "کریمی"}
    assert _check(desk) == 2
    assert {event["serial"] for event in _read_events(desk)} == {mine["serial"], others["serial"]}


def test_newer_closed_month_alone_changes_nothing(desk: Desk) -> None:
    _issue(desk, questions=[{"question": "days_at_least", "days": 90}])
    desk.facts.content["closed_until_jalali"] = "1405-07"
    _check(desk)
    assert _read_events(desk) == []


def test_answers_outlive_the_rotation_of_keys(desk: Desk) -> None:
    _issue(desk)
    old = rotate_keys(desk.settings.storage_keys_file)
    assert _check(desk) == 1
    with desk.sessions() as session:
        [tag] = session.scalars(sa.select(IssuedAnswer.tag))
    assert tag.startswith(f"{old.newest}:")
    assert _read_events(desk) == []


def test_records_away_leaves_answers_for_later(desk: Desk) -> None:
    _issue(desk)
    desk.facts.fails = Unavailable()
    with pytest.raises(Unavailable):
        _check(desk)
    desk.facts.fails = None
    assert _check_due(desk) == 1


def test_ended_answers_are_deleted(desk: Desk) -> None:
    _issue(desk)
    assert delete_ended_answers(desk.sessions) == 0
    with desk.sessions.begin() as session:
        session.execute(sa.update(IssuedAnswer).values(ends_at=sql_now(-2)))
    assert delete_ended_answers(desk.sessions) == 1
