"""The limits on failed attempts, none of which can lock a citizen out."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from services.inquiry.actions.alarms import log_failure_alarm
from services.inquiry.actions.peppers import load_peppers
from services.inquiry.actions.sealing import derive_attempt_pepper
from services.inquiry.models import FailedAttempt
from services.kit.attempts import derive_attempt_key
from tests.plans import explain_query
from tests.service.inquiry.desk import API, OTHER_BANK_ID, Desk, alter_code, as_clerk


def _fail(desk: Desk, national_code: str, code: str, times: int, **source: object) -> None:
    for _ in range(times):
        response = desk.inquire(national_code, code, **source)  # type: ignore[arg-type]
        assert response.status_code == 404, response.text


def test_waits_grow_after_every_five_failures(desk: Desk) -> None:
    person = desk.add_person()
    code = desk.issue_permit(person)["code"]
    waits = []
    for _ in range(4):
        _fail(desk, person.national_code, alter_code(code), 5)
        # The oldest one counts, so the duration of the five has no effect.
        desk.merge_failures()
        runs = desk.stretcher.runs
        refused = desk.inquire(person.national_code, code)
        assert (refused.status_code, refused.get_json()["code"]) == (429, "too-many-attempts")
        assert desk.stretcher.runs == runs
        waits.append(int(refused.headers["Retry-After"]))
        desk.pass_time(seconds=waits[-1])
    assert waits == sorted(waits)
    assert waits[0] <= 15 * 60 < waits[1]
    assert waits[-1] > 12 * 3600
    assert desk.inquire(person.national_code, code).status_code == 200


def test_limit_stops_one_source_only(desk: Desk) -> None:
    person = desk.add_person()
    code = desk.issue_permit(person)["code"]
    _fail(desk, person.national_code, alter_code(code), 5)
    assert desk.inquire(person.national_code, code).status_code == 429
    assert desk.inquire(person.national_code, code, source="192.0.2.2").status_code == 200
    assert desk.inquire(person.national_code, code, headers=as_clerk()).status_code == 200
    assert (
        desk.get_state(
            person, desk.client.get(f"{API}/permits", headers=person.headers).get_json()["items"][0]["id"]
        )
        == "active"
    )


def test_successes_are_not_counted(desk: Desk) -> None:
    person = desk.add_person()
    code = desk.issue_permit(person)["code"]
    for _ in range(8):
        assert desk.inquire(person.national_code, code).status_code == 200
    assert desk.count(FailedAttempt) == 0


def test_address_is_limited_to_thirty_failures_an_hour(desk: Desk) -> None:
    code = alter_code(desk.issue_permit(desk.add_person())["code"])
    for number in range(30):
        _fail(desk, f"00000000{number:02}", code, 1, source=f"2001:db8::{number:x}")
    assert desk.inquire("0000000099", code, source="2001:db8::ffff").status_code == 429
    assert desk.inquire("0000000099", code, source="2001:db8:0:1::1").status_code == 404
    desk.pass_time(hours=1)
    assert desk.inquire("0000000099", code, source="2001:db8::ffff").status_code == 404


def fail_as_caller(desk: Desk, code: str, times: int, first: int = 0, **caller: object) -> dict[str, str]:
    """Return the header of an institution's caller after failed inquiries on this many people."""
    headers = as_clerk(**caller)  # type: ignore[arg-type]
    for number in range(first, first + times):
        _fail(desk, f"{number:010}", code, 1, headers=headers, source=f"192.0.2.{number % 200}")
    return headers


def test_caller_limit_of_a_hundred_a_day_stops_that_caller_only(desk: Desk) -> None:
    person = desk.add_person()
    right = desk.issue_permit(person)["code"]
    code = alter_code(right)
    stopped = fail_as_caller(desk, code, 100, subject="the-banks-system")
    refused = desk.inquire(person.national_code, right, headers=stopped)
    assert (refused.status_code, refused.get_json()["code"]) == (429, "too-many-attempts")
    assert 23 * 3600 < int(refused.headers["Retry-After"]) <= 24 * 3600
    for other in (
        as_clerk(),
        as_clerk(),
        as_clerk(subject="the-banks-other-system"),
        as_clerk(institution_id=OTHER_BANK_ID),
        None,
    ):
        assert desk.inquire(person.national_code, right, headers=other).status_code == 200
    assert desk.inquire(person.national_code, right, headers=stopped, source="192.0.2.9").status_code == 429
    desk.pass_time(hours=24)
    assert desk.inquire(person.national_code, right, headers=stopped).status_code == 200


def test_twenty_systems_at_their_limit_leave_the_bank_open(desk: Desk) -> None:
    person = desk.add_person()
    right = desk.issue_permit(person)["code"]
    pepper = derive_attempt_pepper(load_peppers(desk.settings.peppers_dir))
    keys = [derive_attempt_key(pepper, "caller", f"system-{number}") for number in range(20)]
    with desk.sessions.begin() as session:
        session.add_all(FailedAttempt(key=key) for key in keys for _ in range(100))
    for number in range(20):
        stopped = as_clerk(subject=f"system-{number}")
        assert desk.inquire(person.national_code, right, headers=stopped).status_code == 429
    assert desk.inquire(person.national_code, right, headers=as_clerk()).status_code == 200


def test_the_callers_of_one_institution_share_its_five_failures_on_a_person(desk: Desk) -> None:
    person = desk.add_person()
    right = desk.issue_permit(person)["code"]
    for subject in ("system", None, None, None, "system"):
        assert (
            desk.inquire(
                person.national_code, alter_code(right), headers=as_clerk(subject=subject)
            ).status_code
            == 404
        )
    runs = desk.stretcher.runs
    assert desk.inquire(person.national_code, right, headers=as_clerk()).status_code == 429
    assert desk.stretcher.runs == runs
    other_bank = as_clerk(institution_id=OTHER_BANK_ID)
    assert desk.inquire(person.national_code, right, headers=other_bank).status_code == 200
    # The same bank can inquire about everyone else.
    other = desk.add_person(2)
    assert (
        desk.inquire(other.national_code, desk.issue_permit(other)["code"], headers=as_clerk()).status_code
        == 200
    )


def test_simultaneous_guesses_do_not_exceed_the_limit(desk: Desk) -> None:
    person = desk.add_person()
    body = {"national_code": person.national_code, "code": alter_code(desk.issue_permit(person)["code"])}
    runs = desk.stretcher.runs

    def attempt_inquiry(_: int) -> int:
        return desk.app.test_client().post(f"{API}/inquiries", json=body).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(attempt_inquiry, range(24)))
    assert desk.stretcher.runs - runs == statuses.count(404) == 5
    assert set(statuses) <= {404, 429, 503}
    assert attempt_inquiry(0) == 429


def _watch_failures(desk: Desk, limit: int) -> None:
    with desk.sessions() as session:
        log_failure_alarm(session, limit)


def test_many_failures_raise_the_alarm(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    code = alter_code(desk.issue_permit(desk.add_person())["code"])
    _fail(desk, "0000000000", code, 3)
    _watch_failures(desk, 4)
    assert "inquiries.alarm" not in caplog.text
    _watch_failures(desk, 3)
    assert "inquiries.alarm" in caplog.text


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_failures_of_an_hour_are_found_by_an_index(desk: Desk) -> None:
    old = "SELECT '', clock_timestamp() - interval '20 hours' FROM generate_series(1, 5000)"
    with desk.engine.begin() as connection:
        connection.execute(sa.text(f"INSERT INTO failed_attempts (key, at) {old}"))
        connection.execute(sa.text("ANALYZE failed_attempts"))
    plan = explain_query(desk.engine, "SELECT .*attempts.at >", lambda: _watch_failures(desk, 1))
    assert "Index Cond: (at >" in plan, plan


def test_old_failures_are_deleted(desk: Desk) -> None:
    code = alter_code(desk.issue_permit(desk.add_person())["code"])
    _fail(desk, "0000000000", code, 2)
    desk.pass_time(hours=24, seconds=1)
    _fail(desk, "0000000000", code, 1)
    assert desk.count(FailedAttempt) == 2
