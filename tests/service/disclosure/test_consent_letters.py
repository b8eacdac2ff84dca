"""Letters of consents: previewed, queued outside of the ten a day, released to inquiry when ready."""

import hashlib
import uuid
from typing import Any

import jwt
from werkzeug.test import TestResponse

from services.disclosure.actions.consent_letters import compute_statement_hash
from services.disclosure.actions.requests import MAX_A_DAY
from tests.service.disclosure.desk import AHMADI, API, KARIMI, OFFICER, PDF, Desk, authorise
from tests.tokens import build_bearer_header, mint

BANK, CONSENT = uuid.UUID(int=77), uuid.UUID(int=78)
INQUIRY = build_bearer_header(mint("service", "inquiry", "disclosure", ["disclosure:consents"]))
TERMS = {"audience": str(BANK), "purpose": "loan", "reference": None, "answer_days": 30}
PATH = f"/internal/consent-letters/{CONSENT}"


def _post(desk: Desk, body: dict[str, Any], path: str = "", person: uuid.UUID = AHMADI) -> TestResponse:
    return desk.client.post(f"/internal/consent-letters{path}", json=body, headers=authorise(person))


def _queue_letter(desk: Desk, consent_id: uuid.UUID = CONSENT, person: uuid.UUID = AHMADI) -> TestResponse:
    body = {"consent_id": str(consent_id), "types": ["wages"], "agreement_version": 1}
    return _post(desk, body, person=person)


def _release(desk: Desk) -> TestResponse:
    return desk.client.post(f"{PATH}/release", json=TERMS, headers=INQUIRY)


def _deliver(desk: Desk, disclosure_id: str) -> bytes:
    content = PDF + disclosure_id.encode()
    response = desk.put_document(disclosure_id, desk.start_attempt(disclosure_id), content)
    assert response.status_code == 201, response.text
    return content


def test_preview_and_request_are_of_the_same_statement(desk: Desk) -> None:
    preview = _post(desk, {"types": ["wages"]}, "/preview").get_json()
    assert preview["types"] == ["wages"]
    assert preview["summary"] == desk.records.content["summary"]
    queued = _queue_letter(desk).get_json()
    assert queued["statement_sha256"] == preview["statement_sha256"]
    # The clock is not in it.
    desk.records.content = {
        **desk.records.content,
        "as_of": "2026-01-02T08:30:00Z",
        "as_of_jalali": "1404-10-12",
    }
    later = _post(desk, {"types": ["wages"]}, "/preview").get_json()
    assert later == preview


def test_released_letter_has_its_hashes_and_a_key(desk: Desk) -> None:
    disclosure_id = _queue_letter(desk).get_json()["disclosure_request_id"]
    assert _release(desk).status_code == 404
    assert desk.client.get(f"{PATH}/document", headers=INQUIRY).status_code == 404
    content = _deliver(desk, disclosure_id)
    released = _release(desk).get_json()
    opened = jwt.decode_complete(released["jws"], options={"verify_signature": False})
    assert opened["header"]["typ"] == "govah-letter+jwt"
    claims = opened["payload"]
    assert claims["aud"] == str(BANK)
    assert claims["exp"] - claims["iat"] == 30 * 86_400
    assert claims["serial"] == claims["jti"] == released["serial"]
    assert claims["sha256"] == hashlib.sha256(content).hexdigest()
    assert claims["statement_sha256"] == compute_statement_hash(released["statement"])
    assert claims["document_key"] == released["document_key"]
    document = desk.client.get(f"{PATH}/document", headers=INQUIRY)
    assert (document.mimetype, document.data) == ("application/pdf", content)
    # The inbox has it too, unseen.
    letter = desk.get_letter(released["letter_id"])
    assert (letter["state"], letter["seen_at"]) == ("valid", None)


def test_repeated_request_is_the_same_one(desk: Desk) -> None:
    first = _queue_letter(desk).get_json()
    desk.records.content = {**desk.records.content, "disputed_months": ["1390-01"]}
    assert _queue_letter(desk).get_json() == first
    assert desk.list_outbox("task").count("letters.render") == 1


def test_consent_of_another_person_is_unknown(desk: Desk) -> None:
    _queue_letter(desk)
    assert _queue_letter(desk, person=KARIMI).status_code == 404
    assert desk.client.delete(PATH, headers=authorise(KARIMI)).status_code == 404


def test_letters_of_consents_do_not_count_among_the_ten_a_day(desk: Desk) -> None:
    for number in range(MAX_A_DAY + 1):
        assert _queue_letter(desk, uuid.UUID(int=100 + number)).status_code == 200
    quota = desk.client.get(f"{API}/quota", headers=authorise()).get_json()
    assert quota["remaining"] == MAX_A_DAY
    desk.create_request()


def test_cancelled_letter_is_released_to_nobody(desk: Desk) -> None:
    disclosure_id = _queue_letter(desk).get_json()["disclosure_request_id"]
    for _ in range(2):
        assert desk.client.delete(PATH, headers=authorise()).status_code == 204
    _deliver(desk, disclosure_id)
    assert _release(desk).status_code == 404
    assert desk.client.get(f"{PATH}/document", headers=INQUIRY).status_code == 404


def test_officer_retries_a_failed_letter_of_a_consent(desk: Desk) -> None:
    disclosure_id = _queue_letter(desk).get_json()["disclosure_request_id"]
    desk.exhaust_attempts(disclosure_id)
    retried = desk.client.post(f"{API}/requests/{disclosure_id}/retry", headers=OFFICER)
    assert retried.status_code == 202
    _deliver(desk, disclosure_id)
    assert _release(desk).status_code == 200


def test_outdated_agreement_queues_nothing(desk: Desk) -> None:
    body = {"consent_id": str(CONSENT), "types": ["all"], "agreement_version": 2}
    response = _post(desk, body)
    assert (response.status_code, response.get_json()["code"]) == (409, "agreement-outdated")
    assert desk.list_outbox("task") == []
