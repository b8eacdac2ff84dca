"""Requests wait for the end of an outage, however long, with its code; only faults of their own fail them."""

import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from obstore.exceptions import GenericError

from services.disclosure.actions import documents
from services.disclosure.actions.attempts import MAX_TRIES, fail_exhausted
from services.disclosure.models import DisclosureRequest
from services.kit.problems import Unavailable
from tests.service.disclosure.desk import PDF, Desk
from tests.service.disclosure.test_measures import read_metrics

CODES = ["timestamp-unavailable", "storage-unavailable", "certificate-unavailable"]


def find_row(desk: Desk, disclosure_id: str) -> DisclosureRequest:
    with desk.sessions() as session:
        query = sa.select(DisclosureRequest).where(DisclosureRequest.id == uuid.UUID(disclosure_id))
        return session.scalars(query).one()


def report_outage(desk: Desk, disclosure_id: str, code: str) -> None:
    desk.expire_lease(disclosure_id)
    token = desk.start_attempt(disclosure_id)
    assert desk.report_failure(disclosure_id, token, retriable=True, code=code).status_code == 204


@pytest.mark.each_database
@pytest.mark.parametrize("code", CODES)
def test_a_request_waits_for_the_end_of_an_outage_with_its_code(desk: Desk, code: str) -> None:
    disclosure_id = desk.create_request()
    for _ in range(2 * MAX_TRIES):
        report_outage(desk, disclosure_id, code)
    row, metrics = find_row(desk, disclosure_id), read_metrics(desk)
    assert (row.state, row.waiting_code, row.failure_code, row.tries) == ("queued", code, None, 0)
    assert {name: metrics[f'govah_requests_waiting{{code="{name}"}}'] for name in CODES} == {
        name: float(name == code) for name in CODES
    }
    tracked = desk.get_request(disclosure_id)
    assert (tracked["status"], tracked["failure"], tracked["waiting"]["code"]) == ("queued", None, code)
    # The code stays while the next attempt runs, so that an alert does not flicker.
    desk.expire_lease(disclosure_id)
    token = desk.start_attempt(disclosure_id)
    assert desk.get_request(disclosure_id)["waiting"]["code"] == code
    assert desk.put_document(disclosure_id, token).status_code == 201
    assert desk.get_request(disclosure_id)["waiting"] is None
    assert read_metrics(desk)[f'govah_requests_waiting{{code="{code}"}}'] == 0
    assert desk.list_outbox() == ["request.queued", "letter.ready"]


def test_the_next_attempt_after_an_outage_waits(desk: Desk) -> None:
    disclosure_id = desk.create_request()
    report_outage(desk, disclosure_id, "timestamp-unavailable")
    assert desk.claim_request(disclosure_id).status_code == 409


def test_a_worker_of_the_previous_release_waits_for_its_certificate(sqlite_desk: Desk) -> None:
    disclosure_id = sqlite_desk.create_request()
    report_outage(sqlite_desk, disclosure_id, "signing-unavailable")
    assert find_row(sqlite_desk, disclosure_id).waiting_code == "certificate-unavailable"


def test_an_outage_counts_even_if_the_worker_takes_it_for_permanent(sqlite_desk: Desk) -> None:
    disclosure_id = sqlite_desk.create_request()
    token = sqlite_desk.start_attempt(disclosure_id)
    sqlite_desk.report_failure(disclosure_id, token, retriable=False, code="timestamp-unavailable")
    assert sqlite_desk.get_request(disclosure_id)["status"] == "queued"


def test_a_fault_of_the_letter_fails_its_request_after_an_outage_too(desk: Desk) -> None:
    disclosure_id = desk.create_request()
    report_outage(desk, disclosure_id, "timestamp-unavailable")
    for _ in range(MAX_TRIES):
        report_outage(desk, disclosure_id, "rendering-failed")
    tracked = desk.get_request(disclosure_id)
    assert (tracked["status"], tracked["failure"]["code"]) == ("failed", "rendering-failed")
    assert tracked["waiting"] is None


@pytest.mark.parametrize("error", [GenericError("away"), OSError("full"), Unavailable()])
def test_a_store_that_is_away_never_fails_a_request(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def refuse(*_: Any) -> None:
        raise error

    monkeypatch.setattr(documents, "_put_document", refuse)
    disclosure_id = desk.create_request()
    for _ in range(2 * MAX_TRIES):
        desk.expire_lease(disclosure_id)
        assert desk.put_document(disclosure_id, desk.start_attempt(disclosure_id)).status_code == 503
        desk.expire_lease(disclosure_id)
        with desk.sessions.begin() as session:
            assert fail_exhausted(session, 10) == 0
    assert find_row(desk, disclosure_id).waiting_code == "storage-unavailable"


def test_a_store_that_hangs_longer_than_leases_never_fails_a_request(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer of the store comes when the attempt is no longer the newest one."""
    disclosure_id = desk.create_request()

    def expire_lease(*_: Any) -> None:
        desk.expire_lease(disclosure_id)
        desk.start_attempt(disclosure_id)
        raise GenericError("away")

    monkeypatch.setattr(documents, "_put_document", expire_lease)
    for _ in range(MAX_TRIES):
        desk.expire_lease(disclosure_id)
        assert desk.put_document(disclosure_id, desk.start_attempt(disclosure_id)).status_code == 503
    row = find_row(desk, disclosure_id)
    assert (row.state, row.tries, row.waiting_code) == ("rendering", 1, "storage-unavailable")


def test_an_outage_leaves_a_letter_alone_that_came_meanwhile(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    disclosure_id = desk.create_request()
    token = desk.start_attempt(disclosure_id)
    put_document = documents._put_document

    def put_elsewhere(objects: Any, key: str, document: documents.Document) -> None:
        monkeypatch.setattr(documents, "_put_document", put_document)
        assert desk.put_document(disclosure_id, token).status_code == 201
        raise GenericError("away")

    monkeypatch.setattr(documents, "_put_document", put_elsewhere)
    assert desk.put_document(disclosure_id, token, PDF).status_code == 503
    assert find_row(desk, disclosure_id).waiting_code is None
