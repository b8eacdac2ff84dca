"""Attempts that are still being judged: they hold the limits, and are no failures."""

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from services.inquiry.actions.upkeep import count_failures
from services.inquiry.models import FailedAttempt
from services.kit.attempts import FLIGHT_SECONDS
from tests.service.inquiry.desk import API, Desk, Person, clerk, wrong_code

OTHER_BANK = "5b0e6d4c-2222-4b5e-9c33-0d1f5e3a7c02"


def at_once(desk: Desk, calls: Sequence[tuple[str, str, dict[str, str] | None]]) -> list[TestResponse]:
    """The answers to inquiries that start at the same moment, in threads of their own."""
    start = threading.Barrier(len(calls))

    def ask(call: tuple[str, str, dict[str, str] | None]) -> TestResponse:
        national_code, code, headers = call
        start.wait(60)
        body = {"national_code": national_code, "code": code}
        return desk.app.test_client().post(f"{API}/inquiries", json=body, headers=headers)

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(ask, calls))


def codes_of(answers: Sequence[TestResponse]) -> Counter[str]:
    return Counter(answer.get_json().get("code", "answered") for answer in answers)


@contextmanager
def held(
    desk: Desk, person: Person, code: str, times: int, headers: dict[str, str] | None = None
) -> Iterator[None]:
    """So many inquiries that are being judged: each waits in the slow hash until the end."""
    inside, release = threading.Semaphore(0), threading.Event()
    count = desk.stretcher._kdf

    def hold(secret: bytes, salt: bytes) -> bytes:
        inside.release()
        assert release.wait(60)
        return count(secret, salt)

    desk.stretcher._kdf = hold
    with ThreadPoolExecutor(times) as pool:
        asked: list[Future[TestResponse]] = []
        for _ in range(times):
            body = {"national_code": person.national_code, "code": code}
            client = desk.app.test_client()
            asked.append(pool.submit(client.post, f"{API}/inquiries", json=body, headers=headers))
            assert inside.acquire(timeout=60)
        desk.stretcher._kdf = count
        try:
            yield
        finally:
            release.set()
            for answer in asked:
                answer.result()


@pytest.mark.parametrize("caller", ["by form", "one system", "clerks of one bank"])
def test_fifty_right_pairs_on_a_one_view_permit_are_one_answer_and_no_failure(
    desk: Desk, caller: str
) -> None:
    person = desk.person()
    code = desk.permit(person, max_views=1)["code"]
    callers: dict[str, Sequence[dict[str, str] | None]] = {
        "by form": [None] * 50,
        "one system": [clerk(subject="system")] * 50,
        "clerks of one bank": [clerk() for _ in range(50)],
    }
    headers = callers[caller]
    answers = at_once(desk, [(person.national_code, code, header) for header in headers])
    codes = codes_of(answers)
    assert codes["answered"] == 1
    assert codes.keys() <= {"answered", "permit-used-up", "busy"}
    assert {answer.status_code for answer in answers} <= {200, 410, 503}
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in answers if answer.status_code == 503)
    assert desk.count(FailedAttempt) == 0
    later = desk.inquire(person.national_code, code, headers=headers[0], source="127.0.0.1")
    assert later.get_json()["code"] == "permit-used-up"


def test_who_comes_while_five_are_judged_is_asked_to_come_again(desk: Desk) -> None:
    person, other = desk.person(1), desk.person(2)
    code, others = desk.permit(person)["code"], desk.permit(other)["code"]
    bank = clerk()
    with held(desk, person, code, 5, bank):
        refused = desk.inquire(person.national_code, code, headers=clerk())
        assert (refused.status_code, refused.get_json()["code"]) == (503, "busy")
        assert int(refused.headers["Retry-After"]) > 0
        assert "چند ثانیه" in refused.get_json()["detail"]
        # Another person, another bank and the form are not in its way.
        assert desk.inquire(other.national_code, others, headers=bank).status_code == 200
        assert (
            desk.inquire(person.national_code, code, headers=clerk(institution_id=OTHER_BANK)).status_code
            == 200
        )
        assert desk.inquire(person.national_code, code).status_code == 200
        with desk.sessions() as session:
            assert count_failures(session) == 0
    assert desk.inquire(person.national_code, code, headers=clerk()).status_code == 200
    assert desk.count(FailedAttempt) == 0


def test_failures_and_attempts_in_flight_never_pass_the_limit_together(desk: Desk) -> None:
    person = desk.person()
    code = desk.permit(person)["code"]
    for _ in range(3):
        assert desk.inquire(person.national_code, wrong_code(code)).status_code == 404
    with held(desk, person, wrong_code(code), 2, {"X-Forwarded-For": "192.0.2.1"}):
        assert desk.inquire(person.national_code, code).get_json()["code"] == "busy"
    refused = desk.inquire(person.national_code, code)
    assert (refused.status_code, refused.get_json()["code"]) == (429, "too-many-attempts")


def test_an_attempt_whose_process_died_is_a_failure_after_a_while(desk: Desk) -> None:
    person = desk.person()
    code = desk.permit(person)["code"]

    def die(secret: bytes, salt: bytes) -> bytes:
        raise SystemExit

    count, desk.stretcher._kdf = desk.stretcher._kdf, die
    for _ in range(5):
        with pytest.raises(SystemExit):
            desk.inquire(person.national_code, wrong_code(code))
    desk.stretcher._kdf = count
    assert desk.inquire(person.national_code, code).get_json()["code"] == "busy"
    desk.let_pass(seconds=FLIGHT_SECONDS)
    refused = desk.inquire(person.national_code, code)
    assert refused.get_json()["code"] == "too-many-attempts"
    assert 14 * 60 < int(refused.headers["Retry-After"]) + FLIGHT_SECONDS <= 15 * 60 + 1
    with desk.sessions() as session:
        assert count_failures(session) == 5
    desk.let_pass(minutes=15)
    assert desk.inquire(person.national_code, code).status_code == 200


def test_a_permit_that_somebody_changed_in_the_database_is_a_failed_attempt(desk: Desk) -> None:
    person = desk.person()
    code = desk.permit(person, max_views=1)["code"]
    with desk.engine.begin() as connection:
        connection.execute(sa.text("UPDATE permits SET max_views = 900"))
    for _ in range(5):
        assert desk.inquire(person.national_code, code).status_code == 404
    assert desk.inquire(person.national_code, code).status_code == 429
