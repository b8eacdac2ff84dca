"""The web administration of disclosure: versions of the agreement, failed letters, counters."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.service.disclosure.desk import API, Desk
from tests.tokens import build_bearer_header, mint

ADMIN = build_bearer_header(mint("admin", "3f1d7c52-0000-4000-8000-000000000001", scopes=["admin"]))
ENROLLING = build_bearer_header(mint("admin", "3f1d7c52-0000-4000-8000-000000000001", scopes=["enrol"]))
VERSIONS = f"{API}/agreements"


def publish(desk: Desk, **body: Any) -> Any:
    texts = {"text_fa": "متن تازه\nسطر دوم", "text_en": "The new text\nA second line"}
    return desk.client.post(VERSIONS, json=texts | body, headers=ADMIN)


def get_current(desk: Desk) -> int:
    return int(desk.client.get(f"{API}/agreement").get_json()["version"])


def test_a_new_version_is_current_immediately(desk: Desk) -> None:
    added = publish(desk)
    assert (added.status_code, added.get_json()["version"], added.get_json()["valid_from"]) == (201, 2, None)
    assert desk.client.get(f"{API}/agreement").get_json()["text_fa"] == "متن تازه\nسطر دوم"
    versions = desk.client.get(VERSIONS, headers=ADMIN).get_json()["items"]
    assert [version["version"] for version in versions] == [2, 1]
    again = publish(desk)
    assert (again.status_code, again.get_json()["code"]) == (409, "agreement-unchanged")


def test_a_version_of_a_later_day_waits(desk: Desk) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    added = publish(desk, valid_from=tomorrow.isoformat())
    assert added.status_code == 201
    assert datetime.fromisoformat(added.get_json()["valid_from"]) == tomorrow
    assert get_current(desk) == 1
    assert desk.client.get(f"{API}/agreement?version=2").status_code == 404
    assert desk.post_request(agreement_version=2).get_json()["code"] == "agreement-outdated"
    assert desk.post_request(agreement_version=1).status_code == 202
    with desk.engine.begin() as connection:
        connection.execute(sa.text("UPDATE agreements SET valid_from = published_at WHERE version = 2"))
    assert get_current(desk) == 2
    assert desk.post_request(agreement_version=1).get_json()["code"] == "agreement-outdated"


def test_a_newer_version_replaces_one_that_waits(desk: Desk) -> None:
    publish(desk, valid_from=(datetime.now(UTC) + timedelta(days=1)).isoformat())
    assert publish(desk, text_fa="متن دیگر").get_json()["version"] == 3
    with desk.engine.begin() as connection:
        connection.execute(sa.text("UPDATE agreements SET valid_from = published_at WHERE version = 2"))
    assert get_current(desk) == 3


def test_a_repeated_call_publishes_once(desk: Desk) -> None:
    body = {"text_fa": "متن تازه", "text_en": "The new text"}
    headers = {**ADMIN, "Idempotency-Key": "one"}
    replies = [desk.client.post(VERSIONS, json=body, headers=headers).get_json() for _ in range(2)]
    assert replies[0] == replies[1]
    assert len(desk.client.get(VERSIONS, headers=ADMIN).get_json()["items"]) == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text_fa": "  \n "}, "text_fa"),
        ({"text_en": "x" * 20_001}, "text_en"),
        ({"valid_from": "2020-01-01T00:00:00+00:00"}, "valid_from"),
        ({"valid_from": "tomorrow"}, "valid_from"),
    ],
)
def test_an_invalid_version_is_refused(desk: Desk, body: dict[str, Any], field: str) -> None:
    response = publish(desk, **body)
    assert (response.status_code, response.get_json()["errors"][0]["field"]) == (422, field)
    assert get_current(desk) == 1


def test_an_admin_lists_and_retries_failed_letters_and_reads_nothing_else(desk: Desk) -> None:
    failed = desk.create_request(note="برای وام", language="fa-en", latin_name="Sara Ahmadi")
    claim = desk.claim_request(failed, "?statement_version=2&languages=fa,fa-en").get_json()
    desk.report_failure(failed, claim["attempt_token"], retriable=False)
    desk.deliver_letter()
    for query in ("", "?status=ready", "?status=failed"):
        items = desk.client.get(f"{API}/requests{query}", headers=ADMIN).get_json()["items"]
        assert [(item["id"], item["note"], item["status"]) for item in items] == [(failed, None, "failed")]
        assert items[0]["latin_name"] is None
    assert desk.client.get(f"{API}/requests/{failed}", headers=ADMIN).status_code == 403
    assert desk.client.get(f"{API}/inbox", headers=ADMIN).status_code == 403
    assert desk.client.post(f"{API}/requests/{failed}/retry", headers=ADMIN).status_code == 202
    assert desk.client.get(f"{API}/requests", headers=ADMIN).get_json()["items"] == []


def test_counters_count(desk: Desk) -> None:
    before = desk.client.get(f"{API}/counters", headers=ADMIN).get_json()
    assert (before["letters_today"], before["queued"], before["failed"]) == (0, 0, [])
    failed = desk.create_request()
    desk.report_failure(failed, desk.start_attempt(failed), retriable=False)
    desk.deliver_letter()
    desk.create_request()
    with desk.engine.begin() as connection:
        connection.execute(sa.text("UPDATE outbox SET published_at = occurred_at"))
    counted = desk.client.get(f"{API}/counters", headers=ADMIN).get_json()
    assert (counted["letters_last_hour"], counted["queued"], counted["rendering"]) == (1, 1, 0)
    assert counted["failed"] == [{"code": "rendering-failed", "count": 1}]


@pytest.mark.parametrize("path", ["/agreements", "/counters", "/requests"])
def test_an_admin_who_has_still_to_enrol_reads_nothing(desk: Desk, path: str) -> None:
    assert desk.client.get(f"{API}{path}", headers=ENROLLING).status_code == 403
