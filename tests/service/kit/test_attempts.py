"""Failure limits: a number of failures in a time, then a wait, for that key only."""

import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from services.kit.attempts import (
    FLIGHT_SECONDS,
    KEPT_SECONDS,
    Limit,
    Reservation,
    cancel_attempt,
    check_attempts,
    derive_attempt_key,
    fail_attempt,
    is_failure,
    reserve_attempt,
    start_attempt,
)
from services.kit.db import Sessions, new_engine, new_sessions, read_database_time, sql_now
from services.kit.problems import Busy, Problem, TooManyAttempts
from tests.service.kit.tiny import Base, FailedAttempt
from tests.waiting import PATIENCE

QUARTER, DAY = Limit(5, 15 * 60), Limit(20, 24 * 3600)
LIMITS = (QUARTER, DAY)


def fail(sessions: Sessions, *ages: int, key: str = "key") -> None:
    """Add failures of these ages (seconds)."""
    with sessions.begin() as session:
        now = read_database_time(session)
        session.add_all(FailedAttempt(key=key, at=now - timedelta(seconds=age)) for age in ages)


def wait(sessions: Sessions, limits: Sequence[Limit] = LIMITS, key: str = "key") -> int:
    """Return the seconds that the caller must wait; None if it may try."""
    with sessions.begin() as session:
        try:
            check_attempts(session, FailedAttempt, key, limits)
        except TooManyAttempts as refused:
            return refused.retry_after or 0
    return 0


def test_up_to_the_limit_one_may_try(sessions: Sessions) -> None:
    for _ in range(5):
        assert wait(sessions) == 0
        with sessions.begin() as session:
            reserve_attempt(session, FailedAttempt, {"key": [], "other": []})
    assert 14 * 60 < wait(sessions) <= 15 * 60
    assert wait(sessions, key="third") == 0


def test_one_waits_until_the_oldest_failure_has_passed(sessions: Sessions) -> None:
    fail(sessions, 800, 600, 400, 200, 0)
    assert 0 < wait(sessions) <= 100


def test_who_goes_on_waits_longer(sessions: Sessions) -> None:
    fail(sessions, *range(0, 20 * 600, 600))
    assert wait(sessions, [QUARTER]) == 0
    assert 24 * 3600 - 20 * 600 < wait(sessions) <= 24 * 3600 - 19 * 600


def test_other_keys_are_untouched(sessions: Sessions) -> None:
    fail(sessions, *[0] * 30, key="stranger")
    assert wait(sessions, key="stranger") > 0
    assert wait(sessions, key="citizen") == 0


def test_old_failures_are_forgotten(sessions: Sessions) -> None:
    fail(sessions, KEPT_SECONDS + 1, KEPT_SECONDS - 60)
    with sessions.begin() as session:
        reserve_attempt(session, FailedAttempt, {"other": []})
    with sessions() as session:
        assert session.scalars(sa.select(sa.func.count()).select_from(FailedAttempt)).one() == 2


def test_rejected_and_cancelled_reservations_count_nothing(sessions: Sessions) -> None:
    for _ in range(7):
        with sessions.begin() as session:
            cancel_attempt(
                session,
                FailedAttempt,
                reserve_attempt(session, FailedAttempt, {"a": LIMITS, "b": [Limit(1, 60)]}),
            )
    with sessions.begin() as session:
        reserve_attempt(session, FailedAttempt, {"b": [Limit(1, 60)]})
    with pytest.raises(TooManyAttempts), sessions.begin() as session:
        reserve_attempt(session, FailedAttempt, {"a": LIMITS, "b": [Limit(1, 60)]})
    assert wait(sessions, [Limit(1, 60)], "a") == 0


def test_simultaneous_attempts_never_exceed_the_limit(sessions: Sessions) -> None:
    together = Barrier(8)

    def try_attempt(_: int) -> bool:
        together.wait(PATIENCE)
        try:
            with sessions.begin() as session:
                reserve_attempt(session, FailedAttempt, {"key": LIMITS, "address": [Limit(30, 3600)]})
        except TooManyAttempts:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(try_attempt, range(8))) == QUARTER.failures


def add_attempts_in_flight(sessions: Sessions, *ages: int, key: str = "key") -> None:
    """Add attempts of these ages (seconds) whose outcome is not recorded."""
    with sessions.begin() as session:
        now = read_database_time(session)
        for age in ages:
            at = now - timedelta(seconds=age)
            until = at + timedelta(seconds=FLIGHT_SECONDS)
            session.add(FailedAttempt(key=key, at=at, in_flight_until=until, reservation=uuid.uuid4()))


def start(sessions: Sessions, **limits: Sequence[Limit]) -> Reservation:
    with sessions.begin() as session:
        return start_attempt(session, FailedAttempt, limits or {"key": LIMITS})


def finish(sessions: Sessions, end: Callable[..., None], reservation: Reservation) -> None:
    with sessions.begin() as session:
        end(session, FailedAttempt, reservation)


def count(sessions: Sessions) -> int:
    with sessions() as session:
        return session.scalars(sa.select(sa.func.count()).select_from(FailedAttempt)).one()


def test_attempts_in_flight_fill_a_limit_and_are_not_failures(sessions: Sessions) -> None:
    reservations = [start(sessions) for _ in range(5)]
    with pytest.raises(Busy):
        start(sessions)
    assert wait(sessions) == 0
    finish(sessions, cancel_attempt, reservations[0])
    reservations.append(start(sessions))
    for reservation in reservations[1:]:
        finish(sessions, fail_attempt, reservation)
    assert wait(sessions) > 14 * 60
    with pytest.raises(TooManyAttempts):
        start(sessions)
    with pytest.raises(TooManyAttempts), sessions.begin() as session:
        reserve_attempt(session, FailedAttempt, {"key": LIMITS})
    assert count(sessions) == 5


def test_failures_are_reported_before_attempts_in_flight_under_any_key(sessions: Sessions) -> None:
    add_attempts_in_flight(sessions, *[0] * 5, key="a")
    fail(sessions, *[0] * 5, key="z")
    fail(sessions, *range(0, 20 * 60, 60), key="m")
    with pytest.raises(TooManyAttempts) as refused:
        start(sessions, a=LIMITS, m=LIMITS, z=LIMITS)
    # The longest of all waits.
    assert (refused.value.retry_after or 0) > 20 * 3600
    with pytest.raises(Busy):
        start(sessions, a=LIMITS, b=LIMITS)


def test_failures_and_attempts_in_flight_share_the_room(sessions: Sessions) -> None:
    fail(sessions, 10, 20, 30)
    add_attempts_in_flight(sessions, 1, 2)
    with pytest.raises(Busy):
        start(sessions)
    assert wait(sessions) == 0


@pytest.mark.parametrize(
    ("age", "refusal"), [(FLIGHT_SECONDS // 2, Busy), (FLIGHT_SECONDS + 1, TooManyAttempts)]
)
def test_what_a_dead_process_left_is_a_failure_after_a_while(
    sessions: Sessions, age: int, refusal: type[Problem]
) -> None:
    add_attempts_in_flight(sessions, *[age] * 5)
    with pytest.raises(refusal):
        start(sessions)
    with sessions() as session:
        failures = session.scalars(sa.select(FailedAttempt.key).where(is_failure(FailedAttempt))).all()
    assert len(failures) == (5 if refusal is TooManyAttempts else 0)


def test_an_attempt_that_took_very_long_can_still_be_forgiven(sessions: Sessions) -> None:
    reservation = start(sessions)
    with sessions.begin() as session:
        session.execute(sa.update(FailedAttempt).values(in_flight_until=sql_now(-1)))
    finish(sessions, cancel_attempt, reservation)
    assert count(sessions) == 0


def test_forgiven_twice_takes_nothing_of_the_next_attempt(sessions: Sessions) -> None:
    first = start(sessions)
    finish(sessions, cancel_attempt, first)
    # SQLite gives the same number again.
    second = start(sessions)
    finish(sessions, cancel_attempt, first)
    finish(sessions, fail_attempt, first)
    assert count(sessions) == 1
    with sessions() as session:
        assert session.scalars(sa.select(FailedAttempt.in_flight_until)).one() is not None
    finish(sessions, fail_attempt, second)
    finish(sessions, fail_attempt, second)
    assert count(sessions) == 1


def test_an_attempt_that_was_forgiven_cannot_fail_any_more(sessions: Sessions) -> None:
    reservation = start(sessions, key=LIMITS, other=LIMITS)
    assert count(sessions) == 2
    finish(sessions, cancel_attempt, reservation)
    finish(sessions, fail_attempt, reservation)
    assert count(sessions) == 0


def test_a_row_of_code_that_knows_no_flight_is_a_failure(sessions: Sessions) -> None:
    with sessions.begin() as session:
        for _ in range(5):
            session.execute(sa.insert(FailedAttempt.__table__).values(key="key"))  # type: ignore[arg-type]
    assert wait(sessions) > 0


def test_a_clock_that_was_set_back_opens_no_limit(sessions: Sessions) -> None:
    fail(sessions, *[-3600] * 5)
    assert wait(sessions) > 15 * 60
    add_attempts_in_flight(sessions, *[-3600] * 5, key="other")
    with pytest.raises(Busy):
        start(sessions, other=LIMITS)


def test_simultaneous_starts_never_exceed_the_limit_and_right_ones_all_succeed(
    sessions: Sessions,
) -> None:
    together = Barrier(8)

    def try_attempt(_: int) -> int:
        together.wait(30)
        for tries in range(1000):
            try:
                reservation = start(sessions)
            except Busy:
                continue
            with sessions() as session:
                alive = session.scalars(sa.select(FailedAttempt.position)).all()
            finish(sessions, cancel_attempt, reservation)
            assert len(alive) <= QUARTER.failures
            return tries
        raise AssertionError("never let in")

    with ThreadPoolExecutor(8) as pool:
        assert len(list(pool.map(try_attempt, range(8)))) == 8
    assert count(sessions) == 0


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 4), st.integers(5, 60), st.lists(st.integers(0, 25), min_size=1, max_size=25))
def test_never_are_more_admitted_than_the_limit_in_any_window(
    failures: int, seconds: int, pauses: list[int]
) -> None:
    engine = new_engine("sqlite://")
    Base.metadata.create_all(engine)
    sessions, limit = new_sessions(engine), Limit(failures, seconds)
    admitted: list[int] = []
    now = 0
    for pause in pauses:
        now += pause
        with sessions.begin() as session:
            # Time passes for what was counted: all of it grows older.
            session.execute(sa.delete(FailedAttempt))
        fail(sessions, *(now - then for then in admitted))
        if wait(sessions, [limit]) == 0:
            admitted.append(now)
    for then in admitted:
        assert sum(then - seconds < other <= then for other in admitted) <= failures
    engine.dispose()


def test_a_key_tells_nobody_whose_it_is_and_depends_on_every_part() -> None:
    keys = {
        derive_attempt_key(pepper, *parts)
        for pepper in (b"1", b"2")
        for parts in (
            ("code", "0012345679", "1.2.3.4"),
            ("code", "0012345679", "1.2.3.5"),
            ("code", "00123456791.2.3.4"),
        )
    }
    assert len(keys) == 6
    assert all(len(key) == 64 and "0012345679" not in key for key in keys)
