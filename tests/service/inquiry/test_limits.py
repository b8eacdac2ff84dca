"""How many failed attempts are borne, and that nobody can lock a citizen out."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from services.inquiry.actions.upkeep import watch_failures
from services.inquiry.models import FailedAttempt
from tests.plans import plan_of
from tests.service.inquiry.desk import API, Desk, clerk, wrong_code


def _fail(desk: Desk, national_code: str, code: str, times: int, **source: object) -> None:
    for _ in range(times):
        answer = desk.inquire(national_code, code, **source)  # type: ignore[arg-type]
        assert answer.status_code == 404, answer.text


def test_five_in_a_quarter_of_an_hour_then_ever_longer_waits(desk: Desk) -> None:
    person = desk.person()
    code = desk.permit(person)["code"]
    waits = []
    for _ in range(4):
        _fail(desk, person.national_code, wrong_code(code), 5)
        runs = desk.stretcher.runs
        refused = desk.inquire(person.national_code, code)
        assert (refused.status_code, refused.get_json()["code"]) == (429, "too-many-attempts")
        assert desk.stretcher.runs == runs
        waits.append(int(refused.headers["Retry-After"]))
        desk.let_pass(seconds=waits[-1])
    assert waits == sorted(waits)
    assert waits[0] <= 15 * 60 < waits[1]
    assert waits[-1] > 12 * 3600
    assert desk.inquire(person.national_code, code).status_code == 200


def test_one_source_is_stopped_and_no_other(desk: Desk) -> None:
    person = desk.person()
    code = desk.permit(person)["code"]
    _fail(desk, person.national_code, wrong_code(code), 5)
    assert desk.inquire(person.national_code, code).status_code == 429
    assert desk.inquire(person.national_code, code, source="192.0.2.2").status_code == 200
    assert desk.inquire(person.national_code, code, headers=clerk()).status_code == 200
    assert (
        desk.state(
            person, desk.client.get(f"{API}/permits", headers=person.headers).get_json()["items"][0]["id"]
        )
        == "active"
    )


def test_what_succeeds_is_not_counted(desk: Desk) -> None:
    person = desk.person()
    code = desk.permit(person)["code"]
    for _ in range(8):
        assert desk.inquire(person.national_code, code).status_code == 200
    assert desk.count(FailedAttempt) == 0


def test_an_address_fails_thirty_times_an_hour(desk: Desk) -> None:
    code = wrong_code(desk.permit(desk.person())["code"])
    for number in range(30):
        _fail(desk, f"00000000{number:02}", code, 1, source=f"2001:db8::{number:x}")
    assert desk.inquire("0000000099", code, source="2001:db8::ffff").status_code == 429
    assert desk.inquire("0000000099", code, source="2001:db8:0:1::1").status_code == 404
    desk.let_pass(hours=1)
    assert desk.inquire("0000000099", code, source="2001:db8::ffff").status_code == 404


def test_an_institution_fails_a_hundred_times_a_day(desk: Desk) -> None:
    code = wrong_code(desk.permit(desk.person())["code"])
    for number in range(100):
        _fail(desk, f"0000000{number:03}", code, 1, headers=clerk(), source=f"192.0.2.{number}")
    assert desk.inquire("0000000999", code, headers=clerk()).status_code == 429
    assert desk.inquire("0000000999", code).status_code == 404


def test_attempts_at_the_same_moment_do_not_pass_the_limit_together(desk: Desk) -> None:
    person = desk.person()
    body = {"national_code": person.national_code, "code": wrong_code(desk.permit(person)["code"])}

    def attempt(_: int) -> int:
        return desk.app.test_client().post(f"{API}/inquiries", json=body).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(attempt, range(16)))
    assert statuses == [404] * 5 + [429] * 11


def test_many_failures_in_all_raise_the_alarm(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    code = wrong_code(desk.permit(desk.person())["code"])
    _fail(desk, "0000000000", code, 3)
    watch_failures(desk.sessions, 4)
    assert "inquiries.alarm" not in caplog.text
    watch_failures(desk.sessions, 3)
    assert "inquiries.alarm" in caplog.text


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_failures_of_an_hour_are_found_by_an_index(desk: Desk) -> None:
    old = "SELECT '', clock_timestamp() - interval '20 hours' FROM generate_series(1, 5000)"
    with desk.engine.begin() as connection:
        connection.execute(sa.text(f"INSERT INTO failed_attempts (key, at) {old}"))
        connection.execute(sa.text("ANALYZE failed_attempts"))
    plan = plan_of(desk.engine, "SELECT .*attempts.at >", lambda: watch_failures(desk.sessions, 1))
    assert "Index Cond: (at >" in plan, plan


def test_old_failures_are_forgotten(desk: Desk) -> None:
    code = wrong_code(desk.permit(desk.person())["code"])
    _fail(desk, "0000000000", code, 2)
    desk.let_pass(hours=24, seconds=1)
    _fail(desk, "0000000000", code, 1)
    assert desk.count(FailedAttempt) == 2
