"""A worker that delivers a letter takes its next claim with the response."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.disclosure.actions import attempts
from tests.service.disclosure.desk import PDF, Desk

NEXT = "?claims_next=1&statement_version=2"


def deliver(desk: Desk, claim: Any, query: str = NEXT) -> Any:
    """Return the claim in the response to a delivered letter."""
    disclosure_id = claim["request_id"]
    content = PDF + disclosure_id.encode()
    response = desk.put_document(disclosure_id, claim["attempt_token"], content, query=query)
    assert response.status_code == 201, response.text
    return response.get_json()["next"]


def test_the_next_claim_is_of_the_request_that_waits_longest(desk: Desk) -> None:
    ids = [desk.create_request() for _ in range(3)]
    claim = desk.claim_request(ids[0]).get_json()
    following = deliver(desk, claim)
    assert following["request_id"] == ids[1]
    assert following.keys() == claim.keys()
    assert following["statement"] == claim["statement"]
    assert desk.claim_request(ids[1]).status_code == 409
    # It is an attempt as any other: another worker gets it after its lease, and only the newest counts.
    desk.expire_lease(ids[1])
    newer = desk.claim_request(ids[1]).get_json()
    assert newer["attempt_token"] > following["attempt_token"]
    refused = desk.put_document(ids[1], following["attempt_token"], query=NEXT)
    assert refused.status_code == 409
    assert deliver(desk, newer)["request_id"] == ids[2]
    assert desk.get_request(ids[1])["status"] == "ready"


def test_nothing_is_claimed_for_a_worker_that_takes_nothing_more(desk: Desk) -> None:
    first, second, third = (desk.create_request() for _ in range(3))
    assert deliver(desk, desk.claim_request(first).get_json(), "") is None
    assert desk.get_request(second)["status"] == "queued"
    # A worker that reads older statements only gets none of these.
    assert deliver(desk, desk.claim_request(second).get_json(), "?claims_next=1") is None
    assert deliver(desk, desk.claim_request(third).get_json()) is None


def test_a_bilingual_request_is_the_next_claim_of_workers_that_write_it_only(desk: Desk) -> None:
    """A worker of the previous release names no language."""
    first, bilingual, third = (
        desk.create_request(),
        desk.create_request(language="fa-en"),
        desk.create_request(),
    )
    claim = deliver(desk, desk.claim_request(first).get_json())
    assert claim["request_id"] == third
    following = deliver(desk, claim, f"{NEXT}&languages=fa,fa-en")
    assert (following["request_id"], following["letter"]["language"]) == (bilingual, "fa-en")


def test_a_letter_that_is_posted_again_claims_nothing(desk: Desk) -> None:
    first, second, third = (desk.create_request() for _ in range(3))
    claim = desk.claim_request(first).get_json()
    assert deliver(desk, claim)["request_id"] == second
    again = desk.put_document(first, claim["attempt_token"], PDF + first.encode(), query=NEXT)
    assert (again.status_code, again.get_json()["next"]) == (200, None)
    assert desk.get_request(third)["status"] == "queued"


def test_a_claim_that_fails_does_not_undo_the_letter(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = desk.create_request(), desk.create_request()
    claim = desk.claim_request(first).get_json()

    def fail(session: Session, **_: object) -> None:
        session.execute(sa.text("SELECT no_such_column"))

    monkeypatch.setattr(attempts, "claim_next_request", fail)
    assert deliver(desk, claim) is None
    assert (desk.get_request(first)["status"], desk.get_request(second)["status"]) == ("ready", "queued")


def test_simultaneous_workers_get_claims_of_different_requests(desk: Desk) -> None:
    claims = [desk.claim_request(desk.create_request()).get_json() for _ in range(3)]
    waiting = {desk.create_request() for _ in range(3)}
    start = Barrier(len(claims))

    def deliver_one(claim: Any) -> str:
        start.wait()
        return str(deliver(desk, claim)["request_id"])

    with ThreadPoolExecutor(len(claims)) as threads:
        assert set(threads.map(deliver_one, claims)) == waiting
