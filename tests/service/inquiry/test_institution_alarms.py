"""An institution most of whose inquiries fail is told of, and stays open."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from services.inquiry.actions.alarms import Threshold, find_failing, forget_attempts, watch_institutions
from services.inquiry.background import new_loops
from services.inquiry.models import InstitutionAlarm, InstitutionAttempt
from tests.plans import plan_of
from tests.service.inquiry.desk import BANK_ID, Desk, clerk, wrong_code

OTHER_BANK = uuid.UUID("5b0e6d4c-2222-4b5e-9c33-0d1f5e3a7c02")
USUAL = Threshold(failures=20, share=0.5)


def note(desk: Desk, failures: int, successes: int, institution_id: uuid.UUID = BANK_ID) -> None:
    outcomes = [True] * failures + [False] * successes
    with desk.sessions.begin() as session:
        session.add_all(InstitutionAttempt(institution_id=institution_id, has_failed=one) for one in outcomes)


def told(desk: Desk) -> list[dict[str, object]]:
    return [event.data for event in desk.events("institution.failing")]


@pytest.mark.parametrize(
    ("failures", "successes", "is_told"),
    [(20, 0, True), (20, 19, True), (20, 20, False), (19, 0, False), (500, 600, False), (600, 500, True)],
)
def test_enough_failures_and_more_than_half_are_an_alarm(
    desk: Desk, failures: int, successes: int, is_told: bool
) -> None:
    note(desk, failures, successes)
    assert watch_institutions(desk.sessions, USUAL) == is_told
    assert len(told(desk)) == is_told
    if is_told:
        [data] = told(desk)
        assert (data["institution_id"], data["failures"], data["inquiries"]) == (
            str(BANK_ID),
            failures,
            failures + successes,
        )


def test_what_is_counted_are_the_outcomes_of_its_callers(desk: Desk) -> None:
    person = desk.person()
    permit = desk.permit(person, max_views=1)
    other_bank = clerk(institution_id=OTHER_BANK)
    for _ in range(2):
        desk.inquire(person.national_code, wrong_code(permit["code"]), headers=clerk())
    desk.inquire(person.national_code, wrong_code(permit["code"]), headers=other_bank)
    desk.inquire(person.national_code, wrong_code(permit["code"]))
    # An answer and a refusal of a right pair are both no failures.
    assert desk.inquire(person.national_code, permit["code"], headers=clerk()).status_code == 200
    assert desk.inquire(person.national_code, permit["code"], headers=clerk()).status_code == 410
    with desk.engine.connect() as connection:
        rows = connection.execute(
            sa.select(InstitutionAttempt.institution_id, InstitutionAttempt.has_failed)
        ).all()
    assert sorted(rows) == sorted([(BANK_ID, True)] * 2 + [(BANK_ID, False)] * 2 + [(OTHER_BANK, True)])


def test_it_is_told_once_a_day_and_in_the_log(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    loops = {loop.name: loop for loop in new_loops(desk.settings, desk.sessions, desk.objects)}
    note(desk, 20, 0)
    note(desk, 30, 0, OTHER_BANK)
    assert loops["alarm"].step() == 2
    assert {data["institution_id"] for data in told(desk)} == {str(BANK_ID), str(OTHER_BANK)}
    assert caplog.text.count("institution.failing") == 2
    assert all(event.subject is None for event in desk.events("institution."))
    for _ in range(3):
        note(desk, 20, 0)
        assert loops["alarm"].step() == 0
    desk.let_pass(hours=25)
    assert loops["alarm"].step() == 0
    note(desk, 20, 0)
    assert loops["alarm"].step() == 1
    assert len(told(desk)) == 3


def test_two_loops_tell_it_once(desk: Desk) -> None:
    note(desk, 20, 0)
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: watch_institutions(desk.sessions, USUAL), range(4))) == 1
    assert len(told(desk)) == desk.count(InstitutionAlarm) == 1


def test_an_hour_later_it_is_over_and_forgotten(desk: Desk) -> None:
    note(desk, 20, 0)
    desk.let_pass(hours=1)
    note(desk, 1, 0)
    with desk.sessions() as session:
        assert find_failing(session, USUAL) == []
    forget_attempts(desk.sessions)
    assert desk.count(InstitutionAttempt) == 1


def test_a_failing_institution_is_not_closed(desk: Desk) -> None:
    person = desk.person()
    code = desk.permit(person)["code"]
    note(desk, 1000, 0)
    assert watch_institutions(desk.sessions, USUAL) == 1
    assert desk.inquire(person.national_code, code, headers=clerk()).status_code == 200


def test_the_metric_counts_institutions_that_fail_now(desk: Desk) -> None:
    def failing() -> str:
        text = desk.client.get("/metrics").text
        [line] = [line for line in text.splitlines() if line.startswith("govah_institutions_failing ")]
        return line.split()[1]

    assert failing() == "0.0"
    note(desk, 25, 5)
    note(desk, 25, 50, OTHER_BANK)
    assert failing() == "1.0"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_attempts_of_an_hour_are_found_by_an_index(desk: Desk) -> None:
    old = "SELECT gen_random_uuid(), true, now() - interval '20 hours' FROM generate_series(1, 5000)"
    with desk.engine.begin() as connection:
        connection.execute(
            sa.text(f"INSERT INTO institution_attempts (institution_id, has_failed, at) {old}")
        )
        connection.execute(sa.text("ANALYZE institution_attempts"))
    plan = plan_of(
        desk.engine,
        "SELECT institution_attempts",
        lambda: watch_institutions(desk.sessions, USUAL),
    )
    assert "Index Cond: (at >" in plan, plan
