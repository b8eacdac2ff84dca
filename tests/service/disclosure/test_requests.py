"""Requesting a letter, as citizens and officers do."""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from govah_verify.check_digit import has_valid_check_digit
from services.disclosure.models import Activity, DisclosureRequest, Outbox
from services.kit.db import sql_now
from services.kit.problems import NotFound, Unavailable
from tests.service.disclosure.desk import AHMADI, API, KARIMI, OFFICER, Desk, authorise
from tests.tokens import build_bearer_header, mint


def count_rows(desk: Desk) -> tuple[int, ...]:
    """Return the numbers of rows in the tables to which a request writes."""
    with desk.sessions() as session:
        return tuple(
            session.scalars(sa.select(sa.func.count()).select_from(table)).one()
            for table in (DisclosureRequest, Outbox, Activity)
        )


def test_request_is_queued_with_its_task_and_event(desk: Desk) -> None:
    response = desk.post_request(types=["wages", "all"], note="  برای بانك  ")
    assert response.status_code == 202
    assert response.get_json().keys() == {"id", "tracking_number", "status"}
    assert response.get_json()["status"] == "queued"
    tracked = desk.get_request(response.get_json()["id"])
    assert (tracked["status"], tracked["types"], tracked["note"]) == ("queued", ["all", "wages"], "برای بانک")
    assert (tracked["failure"], tracked["letter_id"]) == (None, None)
    assert desk.list_outbox("task") == ["letters.render"]
    assert desk.list_outbox() == ["request.queued"]


def test_snapshot_is_fetched_with_the_citizens_own_token(desk: Desk) -> None:
    header = authorise()
    disclosure_id = desk.post_request(types=["all"], headers=header).get_json()["id"]
    assert desk.records.calls == [(header["Authorization"].removeprefix("Bearer "), ("all",))]
    claim = desk.claim_request(disclosure_id).get_json()
    assert claim["statement"] == {**desk.records.content, "types": ["all"]}


def test_tasks_and_events_have_ids_only(sqlite_desk: Desk) -> None:
    sqlite_desk.post_request(note="یادداشت من")
    with sqlite_desk.sessions() as session:
        written = [str(row.data) for row in session.scalars(sa.select(Outbox))]
    person = sqlite_desk.records.content["person"]
    for secret in (person["national_code"], person["last_name"], "یادداشت"):
        assert not any(secret in data for data in written)


def test_latin_name_is_seen_by_its_person_and_in_no_event(sqlite_desk: Desk) -> None:
    disclosure_id = sqlite_desk.create_request(language="fa-en", latin_name=" Sara  O’Ahmadi ")
    tracked = sqlite_desk.get_request(disclosure_id)
    assert (tracked["language"], tracked["latin_name"]) == ("fa-en", "Sara O'Ahmadi")
    with sqlite_desk.sessions() as session:
        assert not any("Ahmadi" in str(row.data) for row in session.scalars(sa.select(Outbox)))
        assert not any("Ahmadi" in str(row.references) for row in session.scalars(sa.select(Activity)))


def test_sentence_about_an_invalid_latin_name_is_in_both_languages(sqlite_desk: Desk) -> None:
    messages = [
        sqlite_desk.post_request(
            language="fa-en", latin_name="سارا", headers={"Accept-Language": language}
        ).get_json()["errors"][0]["message"]
        for language in ("fa", "en")
    ]
    assert messages[0].startswith("نام لاتین را مانند گذرنامه")
    assert messages[1].startswith("Enter the name as in the passport")


def test_serial_and_tracking_number_are_random(desk: Desk) -> None:
    with desk.sessions() as session:
        for _ in range(3):
            desk.create_request()
        rows = session.scalars(sa.select(DisclosureRequest)).all()
    assert len({row.serial for row in rows}) == len({row.tracking_number for row in rows}) == 3
    assert all(len(row.serial) == 13 and has_valid_check_digit(row.serial) for row in rows)


def test_types_and_agreement_are_public(sqlite_desk: Desk) -> None:
    types = sqlite_desk.client.get(f"{API}/request-types", headers={"Accept-Language": "en"}).get_json()
    assert types["items"][0] == {"type": "all", "title": "All"}
    agreement = sqlite_desk.client.get(f"{API}/agreement").get_json()
    assert agreement["version"] == 1
    assert agreement["text_fa"] == "متن موافقتنامه"
    assert agreement["text_en"] == "The agreement's text"


@pytest.mark.parametrize("consent", [{"agreed": False}, {"agreed": None}])
def test_request_without_consent_stores_nothing(sqlite_desk: Desk, consent: dict[str, Any]) -> None:
    response = sqlite_desk.post_request(**consent)
    assert (response.status_code, response.get_json()["code"]) == (422, "agreement-required")
    assert count_rows(sqlite_desk) == (0, 0, 0)
    assert sqlite_desk.records.calls == []


def test_older_agreement_is_rejected(sqlite_desk: Desk) -> None:
    response = sqlite_desk.post_request(agreement_version=0)
    assert (response.status_code, response.get_json()["code"]) == (409, "agreement-outdated")
    assert response.get_json()["detail"] == "متن موافقتنامه تغییر کرده است. متن تازه را بخوانید."


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"types": []}, "types"),
        ({"types": ["all", "all"]}, "types"),
        ({"types": ["pension"]}, "types.0"),
        ({"types": "all"}, "types"),
        ({"note": "ا" * 501}, "note"),
        # Text is stored in its composed form, in which each of these is three characters.
        ({"note": "\ufb2c" * 167}, "note"),
        ({"language": "en"}, "language"),
        ({"latin_name": "Sara Ahmadi"}, "latin_name"),
        ({"language": "fa", "latin_name": "Sara Ahmadi"}, "latin_name"),
        ({"language": "fa-en", "latin_name": "سارا احمدی"}, "latin_name"),
        ({"language": "fa-en", "latin_name": "a" * 61}, "latin_name"),
        ({"agreement_version": "first"}, "agreement_version"),
        ({"person_id": str(KARIMI)}, "person_id"),
    ],
)
def test_invalid_fields_are_named(sqlite_desk: Desk, fields: dict[str, Any], field: str) -> None:
    response = sqlite_desk.post_request(**fields)
    assert (response.status_code, response.get_json()["code"]) == (422, "validation")
    assert [error["field"] for error in response.get_json()["errors"]] == [field]
    assert count_rows(sqlite_desk) == (0, 0, 0)


@pytest.mark.parametrize(("failure", "status"), [(Unavailable(), 503), (NotFound(), 404)])
def test_request_without_a_statement_stores_nothing(
    sqlite_desk: Desk, failure: Exception, status: int
) -> None:
    sqlite_desk.records.fails = failure
    assert sqlite_desk.post_request().status_code == status
    assert count_rows(sqlite_desk) == (0, 0, 0)


def test_same_key_requests_once_even_while_records_is_away(desk: Desk) -> None:
    key = {"Idempotency-Key": "once"}
    first = desk.post_request(headers=key)
    desk.records.fails = Unavailable()
    again = desk.post_request(headers=key)
    assert (again.status_code, again.get_json()) == (202, first.get_json())
    other = desk.post_request(types=["wages"], headers=key)
    assert (other.status_code, other.get_json()["code"]) == (422, "idempotency-key-reused")
    assert desk.list_outbox("task") == ["letters.render"]


def get_quota(desk: Desk) -> dict[str, Any]:
    quota: dict[str, Any] = desk.client.get(f"{API}/quota", headers=authorise()).get_json()
    return quota


def test_eleventh_request_of_a_day_is_rejected(desk: Desk) -> None:
    for left in range(10, 0, -1):
        assert get_quota(desk) == {"limit": 10, "remaining": left, "next_at": None}
        assert desk.post_request().status_code == 202
    eleventh = desk.post_request()
    quota = get_quota(desk)
    assert quota["remaining"] == 0
    left_seconds = (datetime.fromisoformat(quota["next_at"]) - datetime.now(UTC)).total_seconds()
    assert 86_000 < left_seconds <= 86_401
    assert "ساعت" in eleventh.get_json()["detail"]
    assert (eleventh.status_code, eleventh.get_json()["code"]) == (429, "too-many-attempts")
    assert 86_000 < int(eleventh.headers["Retry-After"]) <= 86_401
    assert desk.post_request(KARIMI).status_code == 202
    with desk.sessions.begin() as session:
        session.execute(sa.update(DisclosureRequest).values(requested_at=sql_now(-86_400)))
    assert desk.post_request().status_code == 202


def test_request_of_another_person_is_unknown(desk: Desk) -> None:
    disclosure_id = desk.create_request(AHMADI)
    for method, path in (("GET", ""), ("POST", "/retry")):
        response = desk.client.open(
            f"{API}/requests/{disclosure_id}{path}", method=method, headers=authorise(KARIMI)
        )
        assert (response.status_code, response.get_json()["code"]) == (404, "not-found")
    assert desk.client.get(f"{API}/requests", headers=authorise(KARIMI)).get_json()["items"] == []


def test_requests_are_listed_newest_first_page_by_page(desk: Desk) -> None:
    disclosure_ids = [desk.create_request() for _ in range(3)]
    first = desk.client.get(f"{API}/requests?limit=2", headers=authorise()).get_json()
    rest = desk.client.get(f"{API}/requests?cursor={first['next_cursor']}", headers=authorise()).get_json()
    assert [item["id"] for item in first["items"] + rest["items"]] == disclosure_ids[::-1]
    assert rest["next_cursor"] is None


def test_officer_lists_failed_requests_of_all_people(desk: Desk) -> None:
    failed, _waiting = desk.create_request(AHMADI), desk.create_request(KARIMI)
    desk.report_failure(failed, desk.start_attempt(failed), retriable=False)
    items = desk.client.get(f"{API}/requests?status=failed", headers=OFFICER).get_json()["items"]
    assert [item["id"] for item in items] == [failed]
    assert items[0]["failure"]["code"] == "rendering-failed"
    auditor = build_bearer_header(mint("officer", "officer-8", scopes=["audit"]))
    assert desk.client.get(f"{API}/requests", headers=auditor).status_code == 403


@pytest.mark.parametrize("caller", ["owner", "officer"])
def test_failed_request_is_retried(desk: Desk, caller: str) -> None:
    disclosure_id = desk.create_request()
    desk.exhaust_attempts(disclosure_id)
    headers = authorise() if caller == "owner" else OFFICER
    response = desk.client.post(f"{API}/requests/{disclosure_id}/retry", headers=headers)
    assert (response.status_code, response.get_json()["status"]) == (202, "queued")
    assert desk.list_outbox("task") == ["letters.render"] * 2
    assert desk.put_document(disclosure_id, desk.start_attempt(disclosure_id)).status_code == 201
    assert desk.get_request(disclosure_id)["status"] == "ready"


def test_only_a_failed_request_can_be_retried(sqlite_desk: Desk) -> None:
    disclosure_id = sqlite_desk.create_request()
    response = sqlite_desk.client.post(f"{API}/requests/{disclosure_id}/retry", headers=authorise())
    assert (response.status_code, response.get_json()["code"]) == (409, "not-failed")


def test_unknown_request_is_not_found(sqlite_desk: Desk) -> None:
    assert sqlite_desk.client.get(f"{API}/requests/{uuid.uuid4()}", headers=authorise()).status_code == 404
    assert sqlite_desk.client.get(f"{API}/requests/x", headers=authorise()).status_code == 404
