"""Failure limits: so many in so long, then a wait, for that key alone."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from services.kit.attempts import KEPT_SECONDS, Limit, attempt_key, check, forgive, reserve
from services.kit.db import Sessions, database_time, new_engine, new_sessions
from services.kit.problems import TooManyAttempts
from tests.service.kit.tiny import Base, FailedAttempt

QUARTER, DAY = Limit(5, 15 * 60), Limit(20, 24 * 3600)
LIMITS = (QUARTER, DAY)


def fail(sessions: Sessions, *ages: int, key: str = "key") -> None:
    """Failures that happened so many seconds ago."""
    with sessions.begin() as session:
        now = database_time(session)
        session.add_all(FailedAttempt(key=key, at=now - timedelta(seconds=age)) for age in ages)


def wait(sessions: Sessions, limits: Sequence[Limit] = LIMITS, key: str = "key") -> int:
    """The seconds the caller must wait; none if it may try."""
    with sessions.begin() as session:
        try:
            check(session, FailedAttempt, key, limits)
        except TooManyAttempts as refused:
            return refused.retry_after or 0
    return 0


def test_up_to_the_limit_one_may_try(sessions: Sessions) -> None:
    for _ in range(5):
        assert wait(sessions) == 0
        with sessions.begin() as session:
            reserve(session, FailedAttempt, {"key": [], "other": []})
    assert 15 * 60 - 5 <= wait(sessions) <= 15 * 60
    assert wait(sessions, key="third") == 0


def test_one_waits_until_the_oldest_failure_has_passed(sessions: Sessions) -> None:
    fail(sessions, 800, 600, 400, 200, 0)
    assert 95 <= wait(sessions) <= 100


def test_who_goes_on_waits_longer(sessions: Sessions) -> None:
    fail(sessions, *range(0, 20 * 600, 600))
    assert wait(sessions, [QUARTER]) == 0
    assert 24 * 3600 - 19 * 600 - 5 <= wait(sessions) <= 24 * 3600 - 19 * 600


def test_other_keys_are_untouched(sessions: Sessions) -> None:
    fail(sessions, *[0] * 30, key="stranger")
    assert wait(sessions, key="stranger") > 0
    assert wait(sessions, key="citizen") == 0


def test_old_failures_are_forgotten(sessions: Sessions) -> None:
    fail(sessions, KEPT_SECONDS + 1, KEPT_SECONDS - 60)
    with sessions.begin() as session:
        reserve(session, FailedAttempt, {"other": []})
    with sessions() as session:
        assert session.scalars(sa.select(sa.func.count()).select_from(FailedAttempt)).one() == 2


def test_a_refused_reservation_counts_nothing_and_a_forgiven_one_is_none(sessions: Sessions) -> None:
    for _ in range(7):
        with sessions.begin() as session:
            forgive(
                session, FailedAttempt, reserve(session, FailedAttempt, {"a": LIMITS, "b": [Limit(1, 60)]})
            )
    with sessions.begin() as session:
        reserve(session, FailedAttempt, {"b": [Limit(1, 60)]})
    with pytest.raises(TooManyAttempts), sessions.begin() as session:
        reserve(session, FailedAttempt, {"a": LIMITS, "b": [Limit(1, 60)]})
    assert wait(sessions, [Limit(1, 60)], "a") == 0


def test_attempts_at_once_get_no_more_than_the_limit(sessions: Sessions) -> None:
    together = Barrier(8)

    def attempt(_: int) -> bool:
        together.wait(10)
        try:
            with sessions.begin() as session:
                reserve(session, FailedAttempt, {"key": LIMITS, "address": [Limit(30, 3600)]})
        except TooManyAttempts:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == QUARTER.failures


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
        attempt_key(pepper, *parts)
        for pepper in (b"1", b"2")
        for parts in (
            ("code", "0012345679", "1.2.3.4"),
            ("code", "0012345679", "1.2.3.5"),
            ("code", "00123456791.2.3.4"),
        )
    }
    assert len(keys) == 6
    assert all(len(key) == 64 and "0012345679" not in key for key in keys)
