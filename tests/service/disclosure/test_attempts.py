"""Workers: one claim at a time, one letter per request, and nothing of a stale attempt."""

import hashlib
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import obstore
import pytest
import sqlalchemy as sa

from services.disclosure.actions.attempts import MAX_TRIES
from services.disclosure.models import DisclosureRequest
from services.kit.db import read_database_time
from services.kit.storage import SealedObjects
from tests.service.disclosure.desk import API, FEED_READER, PDF, Desk, authorise


def list_objects(desk: Desk) -> list[str]:
    return sorted(item["path"] for batch in obstore.list(desk.objects) for item in batch)


def run_simultaneously(*calls: Callable[[], int]) -> list[int]:
    """Return the sorted results of calls that start simultaneously."""
    start = Barrier(len(calls))

    def run(call: Callable[[], int]) -> int:
        start.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return sorted(threads.map(run, calls))


def test_claim_has_what_the_letter_needs(desk: Desk) -> None:
    accepted = desk.post_request(types=["wages"]).get_json()
    claim = desk.claim_request(accepted["id"]).get_json()
    names = {"request_id", "attempt_token", "correlation_id", "lease_until", "letter", "statement"}
    assert claim.keys() == names
    letter = claim["letter"]
    assert letter["tracking_number"] == accepted["tracking_number"]
    assert letter["types"] == ["wages"]
    assert letter["agreement"]["version"] == 1
    assert len(letter["agreement"]["sha256"]) == 64
    assert datetime.fromisoformat(letter["issued_at"]).tzinfo
    with desk.sessions() as session:
        left = datetime.fromisoformat(claim["lease_until"]) - read_database_time(session)
    assert desk.settings.lease - 5 < left.total_seconds() <= desk.settings.lease


def test_simultaneous_workers_get_one_claim(desk: Desk) -> None:
    disclosure_id = desk.create_request()

    def claim_once() -> int:
        return desk.claim_request(disclosure_id).status_code

    assert run_simultaneously(claim_once, claim_once, claim_once) == [200, 409, 409]


def test_expired_lease_gives_the_request_to_another_worker(desk: Desk) -> None:
    disclosure_id = desk.create_request()
    first = desk.claim_request(disclosure_id).get_json()
    second_claim = desk.claim_request(disclosure_id)
    assert (second_claim.status_code, second_claim.get_json()["code"]) == (409, "not-claimable")
    desk.expire_lease(disclosure_id)
    second = desk.claim_request(disclosure_id).get_json()
    assert second["attempt_token"] > first["attempt_token"]
    assert second["letter"] == first["letter"]
    assert second["statement"] == first["statement"]


def test_document_makes_the_request_ready(desk: Desk) -> None:
    disclosure_id = desk.create_request()
    assert desk.put_document(disclosure_id, desk.start_attempt(disclosure_id)).status_code == 201
    tracked = desk.get_request(disclosure_id)
    assert tracked["status"] == "ready"
    letter = desk.client.get(
        f"/api/v1/disclosure/inbox/{tracked['letter_id']}", headers=authorise()
    ).get_json()
    assert (letter["pages"], letter["size"]) == (3, len(PDF))
    assert letter["sha256"] == hashlib.sha256(PDF).hexdigest()
    assert desk.list_outbox() == ["request.queued", "letter.ready"]


def test_same_document_again_is_accepted(desk: Desk) -> None:
    disclosure_id = desk.create_request()
    token = desk.start_attempt(disclosure_id)
    first = desk.put_document(disclosure_id, token)
    again = desk.put_document(disclosure_id, token)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.get_json() == first.get_json()
    assert len(desk.list_letters()) == 1
    assert desk.list_outbox().count("letter.ready") == 1


def test_same_document_from_two_threads_makes_one_letter(desk: Desk) -> None:
    disclosure_id = desk.create_request()
    token = desk.start_attempt(disclosure_id)

    def put_once() -> int:
        return desk.put_document(disclosure_id, token).status_code

    assert run_simultaneously(put_once, put_once) == [200, 201]
    assert len(desk.list_letters()) == len(list_objects(desk)) == 1


def test_a_stale_attempt_leaves_nothing(desk: Desk) -> None:
    disclosure_id = desk.create_request()
    stale = desk.start_attempt(disclosure_id)
    desk.expire_lease(disclosure_id)
    fresh = desk.start_attempt(disclosure_id)
    for response in (
        desk.put_document(disclosure_id, stale, PDF + b"stale"),
        desk.report_failure(disclosure_id, stale, retriable=False),
    ):
        assert (response.status_code, response.get_json()["code"]) == (409, "attempt-stale")
    assert (desk.list_letters(), list_objects(desk)) == ([], [])
    assert desk.put_document(disclosure_id, fresh).status_code == 201
    assert desk.put_document(disclosure_id, stale, PDF + b"stale").status_code == 409
    assert [letter.sha256 for letter in desk.list_letters()] == [hashlib.sha256(PDF).hexdigest()]


def test_attempt_that_becomes_stale_while_its_object_is_stored_leaves_nothing(desk: Desk) -> None:
    disclosure_id = desk.create_request()
    stale = desk.start_attempt(disclosure_id)
    original = SealedObjects.put_new

    def expire_while_storing(letters: SealedObjects, key: str, data: bytes) -> None:
        original(letters, key, data)
        desk.expire_lease(disclosure_id)
        desk.start_attempt(disclosure_id)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SealedObjects, "put_new", expire_while_storing)
        assert desk.put_document(disclosure_id, stale).status_code == 409
    assert (desk.list_letters(), list_objects(desk)) == ([], [])


def test_retry_completes_an_attempt_that_stored_only_its_object(desk: Desk) -> None:
    disclosure_id = desk.create_request()
    token = desk.start_attempt(disclosure_id)
    assert desk.put_document(disclosure_id, token).status_code == 201
    path = list_objects(desk)[0]
    assert path.endswith(f"/{disclosure_id}/{token}.pdf")
    with desk.sessions.begin() as session:
        # As if the process had died between the object and the row.
        session.execute(sa.text("DELETE FROM letters"))
        session.execute(sa.update(DisclosureRequest).values(state="rendering"))
    assert desk.put_document(disclosure_id, token).status_code == 201
    assert list_objects(desk) == [path]


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (PDF, {"X-Document-Sha256": "0" * 64}),
        (b"<html>", {}),
        (b"", {}),
    ],
)
def test_damaged_document_is_rejected(sqlite_desk: Desk, content: bytes, headers: dict[str, str]) -> None:
    disclosure_id = sqlite_desk.create_request()
    token = sqlite_desk.start_attempt(disclosure_id)
    response = sqlite_desk.put_document(disclosure_id, token, content, headers)
    assert (response.status_code, response.get_json()["code"]) == (422, "document-damaged")
    assert list_objects(sqlite_desk) == []
    assert sqlite_desk.put_document(disclosure_id, token).status_code == 201


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"X-Attempt-Token": "one"}, 422),
        ({"X-Page-Count": "0"}, 422),
        ({"X-Unsigned-Sha256": "ABC"}, 422),
        ({"Content-Type": "text/html"}, 415),
    ],
)
def test_a_document_needs_its_headers(sqlite_desk: Desk, headers: dict[str, str], status: int) -> None:
    disclosure_id = sqlite_desk.create_request()
    assert (
        sqlite_desk.put_document(
            disclosure_id, sqlite_desk.start_attempt(disclosure_id), PDF, headers
        ).status_code
        == status
    )


def test_a_document_of_twenty_mebibytes_is_the_largest(sqlite_desk: Desk) -> None:
    disclosure_id = sqlite_desk.create_request()
    token = sqlite_desk.start_attempt(disclosure_id)
    response = sqlite_desk.put_document(disclosure_id, token, PDF.ljust(20 * 1024 * 1024 + 1))
    assert (response.status_code, response.get_json()["code"]) == (413, "body-too-large")
    assert sqlite_desk.put_document(disclosure_id, token, PDF.ljust(20 * 1024 * 1024)).status_code == 201


def test_next_attempt_after_a_retriable_failure_waits(desk: Desk) -> None:
    disclosure_id = desk.create_request()
    assert (
        desk.report_failure(disclosure_id, desk.start_attempt(disclosure_id), retriable=True).status_code
        == 204
    )
    assert desk.get_request(disclosure_id)["status"] == "queued"
    assert desk.claim_request(disclosure_id).status_code == 409
    desk.expire_lease(disclosure_id)
    assert desk.claim_request(disclosure_id).status_code == 200


def test_attempts_are_bounded(desk: Desk) -> None:
    disclosure_id = desk.create_request()
    for _ in range(MAX_TRIES):
        assert desk.get_request(disclosure_id)["status"] == "queued"
        desk.expire_lease(disclosure_id)
        desk.report_failure(disclosure_id, desk.start_attempt(disclosure_id), retriable=True)
    tracked = desk.get_request(disclosure_id)
    assert (tracked["status"], tracked["failure"]["code"]) == ("failed", "rendering-failed")
    assert "دوباره تلاش کنید" in tracked["failure"]["message"]
    desk.expire_lease(disclosure_id)
    assert desk.claim_request(disclosure_id).status_code == 409
    assert desk.list_outbox() == ["request.queued", "request.failed"]


@pytest.mark.parametrize(
    ("code", "stored"),
    [("statement-too-large", "statement-too-large"), ("some-later-reason", "rendering-failed")],
)
def test_permanent_failure_ends_the_request_immediately(sqlite_desk: Desk, code: str, stored: str) -> None:
    disclosure_id = sqlite_desk.create_request()
    sqlite_desk.report_failure(
        disclosure_id, sqlite_desk.start_attempt(disclosure_id), retriable=False, code=code
    )
    assert sqlite_desk.get_request(disclosure_id)["failure"]["code"] == stored


def test_unknown_request_cannot_be_claimed(sqlite_desk: Desk) -> None:
    assert sqlite_desk.claim_request(str(uuid.uuid4())).status_code == 409
    assert sqlite_desk.put_document(str(uuid.uuid4()), 1).status_code == 409


def test_a_worker_of_the_previous_release_claims_what_it_can_read(desk: Desk) -> None:
    """It names no version. A statement of the second waits, untouched, for a worker that reads it."""
    disclosure_id = desk.create_request()
    refused = desk.claim_request(disclosure_id, "")
    assert (refused.status_code, refused.get_json()["code"]) == (409, "not-claimable")
    assert desk.claim_request(disclosure_id, "?statement_version=1").status_code == 409
    assert desk.claim_request(disclosure_id).get_json()["attempt_token"] == 1
    desk.records.content = {**desk.records.content, "schema_version": 1}
    assert desk.claim_request(desk.create_request(), "").status_code == 200
    assert desk.claim_request(desk.create_request()).status_code == 200


def test_bilingual_request_waits_for_a_worker_that_writes_it(desk: Desk) -> None:
    """A worker of the previous release names no language."""
    disclosure_id = desk.create_request(language="fa-en", latin_name="Sara Ahmadi")
    for query in ("?statement_version=2", "?statement_version=2&languages=fa"):
        assert desk.claim_request(disclosure_id, query).status_code == 409
    assert desk.get_request(disclosure_id)["status"] == "queued"
    bilingual = "?statement_version=2&languages=fa,fa-en"
    letter = desk.claim_request(disclosure_id, bilingual).get_json()["letter"]
    assert (letter["language"], letter["latin_name"]) == ("fa-en", "Sara Ahmadi")
    persian = desk.claim_request(desk.create_request(), bilingual).get_json()["letter"]
    assert (persian["language"], persian["latin_name"]) == ("fa", None)


def test_request_of_an_earlier_release_is_claimed_as_persian(desk: Desk) -> None:
    disclosure_id = desk.create_request()
    with desk.engine.begin() as connection:
        connection.execute(sa.text("UPDATE requests SET language = NULL"))
    assert desk.get_request(disclosure_id)["language"] == "fa"
    assert desk.claim_request(disclosure_id).get_json()["letter"]["language"] == "fa"


def test_retry_keeps_language_and_name(sqlite_desk: Desk) -> None:
    disclosure_id = sqlite_desk.create_request(language="fa-en", latin_name="Sara Ahmadi")
    bilingual = "?statement_version=2&languages=fa,fa-en"
    token = sqlite_desk.claim_request(disclosure_id, bilingual).get_json()["attempt_token"]
    sqlite_desk.report_failure(disclosure_id, token, retriable=False)
    sqlite_desk.client.post(f"{API}/requests/{disclosure_id}/retry", headers=authorise())
    letter = sqlite_desk.claim_request(disclosure_id, bilingual).get_json()["letter"]
    assert (letter["language"], letter["latin_name"]) == ("fa-en", "Sara Ahmadi")


@pytest.mark.parametrize("headers", [authorise(), FEED_READER, {}])
def test_only_workers_may_claim(sqlite_desk: Desk, headers: dict[str, str]) -> None:
    disclosure_id = sqlite_desk.create_request()
    response = sqlite_desk.client.post(f"/internal/requests/{disclosure_id}/claim", headers=headers)
    assert response.status_code == (403 if headers else 401)
    assert sqlite_desk.claim_request(disclosure_id).status_code == 200
