"""Attempts in flight count towards the limits, but are not failures."""

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from services.inquiry.actions.alarms import count_failures
from services.inquiry.models import FailedAttempt
from services.kit.attempts import FLIGHT_SECONDS
from tests.service.inquiry.desk import API, OTHER_BANK_ID, Desk, Person, alter_code, as_clerk

Pair = tuple[str, str, dict[str, str] | None]


def inquire_simultaneously(desk: Desk, pairs: Sequence[Pair]) -> list[TestResponse]:
    """Return the responses to inquiries that start simultaneously, each in its thread."""
    start = threading.Barrier(len(pairs))

    def inquire(pair: Pair) -> TestResponse:
        national_code, code, headers = pair
        start.wait(60)
        body = {"national_code": national_code, "code": code}
        return desk.app.test_client().post(f"{API}/inquiries", json=body, headers=headers)

    with ThreadPoolExecutor(len(pairs)) as pool:
        return list(pool.map(inquire, pairs))


def count_codes(responses: Sequence[TestResponse]) -> Counter[str]:
    return Counter(response.get_json().get("code", "answered") for response in responses)


@contextmanager
def inquiries_in_flight(
    desk: Desk, person: Person, code: str, times: int, headers: dict[str, str] | None = None
) -> Iterator[None]:
    """Start this many inquiries, which wait in the slow hash until the block ends."""
    inside, release = threading.Semaphore(0), threading.Event()
    count = desk.stretcher._kdf

    def block(secret: bytes, salt: bytes) -> bytes:
        inside.release()
        assert release.wait(60)
        return count(secret, salt)

    desk.stretcher._kdf = block
    with ThreadPoolExecutor(times) as pool:
        pending: list[Future[TestResponse]] = []
        for _ in range(times):
            body = {"national_code": person.national_code, "code": code}
            client = desk.app.test_client()
            pending.append(pool.submit(client.post, f"{API}/inquiries", json=body, headers=headers))
            assert inside.acquire(timeout=60)
        desk.stretcher._kdf = count
        try:
            yield
        finally:
            release.set()
            for response in pending:
                response.result()


@pytest.mark.each_database
@pytest.mark.parametrize("caller", ["by form", "one system", "clerks of one bank"])
def test_fifty_simultaneous_right_pairs_get_one_view_and_no_failure(desk: Desk, caller: str) -> None:
    person = desk.add_person()
    code = desk.issue_permit(person, max_views=1)["code"]
    callers: dict[str, Sequence[dict[str, str] | None]] = {
        "by form": [None] * 50,
        "one system": [as_clerk(subject="system")] * 50,
        "clerks of one bank": [as_clerk() for _ in range(50)],
    }
    headers = callers[caller]
    responses = inquire_simultaneously(desk, [(person.national_code, code, header) for header in headers])
    codes = count_codes(responses)
    assert codes["answered"] == 1
    assert codes.keys() <= {"answered", "permit-used-up", "busy"}
    assert {response.status_code for response in responses} <= {200, 410, 503}
    assert all(
        int(response.headers["Retry-After"]) > 0 for response in responses if response.status_code == 503
    )
    assert desk.count(FailedAttempt) == 0
    later = desk.inquire(person.national_code, code, headers=headers[0], source="127.0.0.1")
    assert later.get_json()["code"] == "permit-used-up"


def test_sixth_simultaneous_attempt_is_busy(desk: Desk) -> None:
    person, other = desk.add_person(1), desk.add_person(2)
    code, others = desk.issue_permit(person)["code"], desk.issue_permit(other)["code"]
    bank = as_clerk()
    with inquiries_in_flight(desk, person, code, 5, bank):
        refused = desk.inquire(person.national_code, code, headers=as_clerk())
        assert (refused.status_code, refused.get_json()["code"]) == (503, "busy")
        assert int(refused.headers["Retry-After"]) > 0
        assert "چند ثانیه" in refused.get_json()["detail"]
        # Another person, another bank and the form are not affected.
        assert desk.inquire(other.national_code, others, headers=bank).status_code == 200
        other_bank = as_clerk(institution_id=OTHER_BANK_ID)
        assert desk.inquire(person.national_code, code, headers=other_bank).status_code == 200
        assert desk.inquire(person.national_code, code).status_code == 200
        with desk.sessions() as session:
            assert count_failures(session) == 0
    assert desk.inquire(person.national_code, code, headers=as_clerk()).status_code == 200
    assert desk.count(FailedAttempt) == 0


def test_failures_and_attempts_in_flight_share_one_limit(desk: Desk) -> None:
    person = desk.add_person()
    code = desk.issue_permit(person)["code"]
    for _ in range(3):
        assert desk.inquire(person.national_code, alter_code(code)).status_code == 404
    with inquiries_in_flight(desk, person, alter_code(code), 2, {"X-Forwarded-For": "192.0.2.1"}):
        assert desk.inquire(person.national_code, code).get_json()["code"] == "busy"
    refused = desk.inquire(person.national_code, code)
    assert (refused.status_code, refused.get_json()["code"]) == (429, "too-many-attempts")


def test_attempt_of_a_dead_process_becomes_a_failure(desk: Desk) -> None:
    person = desk.add_person()
    code = desk.issue_permit(person)["code"]

    def exit_process(secret: bytes, salt: bytes) -> bytes:
        raise SystemExit

    count, desk.stretcher._kdf = desk.stretcher._kdf, exit_process
    for _ in range(5):
        with pytest.raises(SystemExit):
            desk.inquire(person.national_code, alter_code(code))
    desk.stretcher._kdf = count
    assert desk.inquire(person.national_code, code).get_json()["code"] == "busy"
    desk.pass_time(seconds=FLIGHT_SECONDS)
    refused = desk.inquire(person.national_code, code)
    assert refused.get_json()["code"] == "too-many-attempts"
    assert 14 * 60 < int(refused.headers["Retry-After"]) + FLIGHT_SECONDS <= 15 * 60 + 1
    with desk.sessions() as session:
        assert count_failures(session) == 5
    desk.pass_time(minutes=15)
    assert desk.inquire(person.national_code, code).status_code == 200


def test_permit_changed_in_the_database_is_a_failed_attempt(desk: Desk) -> None:
    person = desk.add_person()
    code = desk.issue_permit(person, max_views=1)["code"]
    with desk.engine.begin() as connection:
        connection.execute(sa.text("UPDATE permits SET max_views = 900"))
    for _ in range(5):
        assert desk.inquire(person.national_code, code).status_code == 404
    assert desk.inquire(person.national_code, code).status_code == 429
