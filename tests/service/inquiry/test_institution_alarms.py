"""An institution most of whose inquiries fail raises an alarm, and is not closed."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from services.inquiry.actions.alarms import Threshold, delete_old_attempts, find_failing_institutions
from services.inquiry.background import new_loops, watch_institutions
from services.inquiry.models import InstitutionAlarm, InstitutionAttempt
from tests.plans import explain_query
from tests.service.inquiry.desk import BANK_ID, OTHER_BANK_ID, Desk, alter_code, as_clerk

USUAL = Threshold(failures=20, share=0.5)


def add_attempts(desk: Desk, failures: int, successes: int, institution_id: uuid.UUID = BANK_ID) -> None:
    outcomes = [True] * failures + [False] * successes
    with desk.sessions.begin() as session:
        session.add_all(
            InstitutionAttempt(institution_id=institution_id, has_failed=failed) for failed in outcomes
        )


def list_alarms(desk: Desk) -> list[dict[str, object]]:
    return [event.data for event in desk.list_events("institution.failing")]


@pytest.mark.parametrize(
    ("failures", "successes", "is_alarm"),
    [(20, 0, True), (20, 19, True), (20, 20, False), (19, 0, False), (500, 600, False), (600, 500, True)],
)
def test_alarm_needs_enough_failures_and_more_than_half(
    desk: Desk, failures: int, successes: int, is_alarm: bool
) -> None:
    add_attempts(desk, failures, successes)
    assert watch_institutions(desk.sessions, USUAL) == is_alarm
    assert len(list_alarms(desk)) == is_alarm
    if is_alarm:
        [data] = list_alarms(desk)
        assert (data["institution_id"], data["failures"], data["inquiries"]) == (
            str(BANK_ID),
            failures,
            failures + successes,
        )


def test_outcomes_of_an_institutions_callers_are_counted(desk: Desk) -> None:
    person = desk.add_person()
    permit = desk.issue_permit(person, max_views=1)
    other_bank = as_clerk(institution_id=OTHER_BANK_ID)
    for _ in range(2):
        desk.inquire(person.national_code, alter_code(permit["code"]), headers=as_clerk())
    desk.inquire(person.national_code, alter_code(permit["code"]), headers=other_bank)
    desk.inquire(person.national_code, alter_code(permit["code"]))
    # For a right pair neither an answer nor a refusal is a failure.
    assert desk.inquire(person.national_code, permit["code"], headers=as_clerk()).status_code == 200
    assert desk.inquire(person.national_code, permit["code"], headers=as_clerk()).status_code == 410
    with desk.engine.connect() as connection:
        rows = connection.execute(
            sa.select(InstitutionAttempt.institution_id, InstitutionAttempt.has_failed)
        ).all()
    assert sorted(rows) == sorted([(BANK_ID, True)] * 2 + [(BANK_ID, False)] * 2 + [(OTHER_BANK_ID, True)])


def test_alarm_is_raised_once_a_day_and_logged(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    loops = {loop.name: loop for loop in new_loops(desk.settings, desk.sessions, desk.objects)}
    add_attempts(desk, 20, 0)
    add_attempts(desk, 30, 0, OTHER_BANK_ID)
    assert loops["alarm"].step() == 2
    assert {data["institution_id"] for data in list_alarms(desk)} == {str(BANK_ID), str(OTHER_BANK_ID)}
    assert caplog.text.count("institution.failing") == 2
    assert all(event.subject is None for event in desk.list_events("institution."))
    for _ in range(3):
        add_attempts(desk, 20, 0)
        assert loops["alarm"].step() == 0
    desk.pass_time(hours=25)
    assert loops["alarm"].step() == 0
    add_attempts(desk, 20, 0)
    assert loops["alarm"].step() == 1
    assert len(list_alarms(desk)) == 3


def test_simultaneous_loops_raise_one_alarm(desk: Desk) -> None:
    add_attempts(desk, 20, 0)
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: watch_institutions(desk.sessions, USUAL), range(4))) == 1
    assert len(list_alarms(desk)) == desk.count(InstitutionAlarm) == 1


def test_attempts_are_deleted_after_an_hour(desk: Desk) -> None:
    add_attempts(desk, 20, 0)
    desk.pass_time(hours=1)
    add_attempts(desk, 1, 0)
    with desk.sessions() as session:
        assert find_failing_institutions(session, USUAL) == []
    delete_old_attempts(desk.sessions)
    assert desk.count(InstitutionAttempt) == 1


def test_a_failing_institution_is_not_closed(desk: Desk) -> None:
    person = desk.add_person()
    code = desk.issue_permit(person)["code"]
    add_attempts(desk, 1000, 0)
    assert watch_institutions(desk.sessions, USUAL) == 1
    assert desk.inquire(person.national_code, code, headers=as_clerk()).status_code == 200


def test_the_metric_counts_institutions_that_fail_now(desk: Desk) -> None:
    def read_metric() -> str:
        text = desk.client.get("/metrics").text
        [line] = [line for line in text.splitlines() if line.startswith("govah_institutions_failing ")]
        return line.split()[1]

    assert read_metric() == "0.0"
    add_attempts(desk, 25, 5)
    add_attempts(desk, 25, 50, OTHER_BANK_ID)
    assert read_metric() == "1.0"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_attempts_of_an_hour_are_found_by_an_index(desk: Desk) -> None:
    old = "SELECT gen_random_uuid(), true, now() - interval '20 hours' FROM generate_series(1, 5000)"
    with desk.engine.begin() as connection:
        connection.execute(
            sa.text(f"INSERT INTO institution_attempts (institution_id, has_failed, at) {old}")
        )
        connection.execute(sa.text("ANALYZE institution_attempts"))
    plan = explain_query(
        desk.engine,
        "SELECT institution_attempts",
        lambda: watch_institutions(desk.sessions, USUAL),
    )
    assert "Index Cond: (at >" in plan, plan
