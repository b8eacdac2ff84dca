"""PostgreSQL has no connection left, or restarts while a letter is being put into its inbox."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress

import psycopg
import pytest

from tests.chaos.rig import IS_FULL, Rig
from tests.waiting import wait_until

pytestmark = pytest.mark.xdist_group("faults")


# Whether they are all there and disclosure has none: one that is ended is gone before its place is free.
ALL_TAKEN = """
    SELECT count(*) = current_setting('max_connections')::int AND NOT bool_or(datname = 'disclosure')
    FROM pg_stat_activity WHERE backend_type = 'client backend'
"""


@contextmanager
def every_connection_taken(rig: Rig) -> Iterator[None]:
    """Take what PostgreSQL has left and what disclosure has."""
    with ExitStack() as taken:
        database = rig.stack.build_database_url("postgres")
        first = taken.enter_context(psycopg.connect(database, autocommit=True))

        def take() -> bool:
            with suppress(psycopg.OperationalError):
                while True:
                    taken.enter_context(closing(psycopg.connect(database, autocommit=True)))
            first.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'disclosure'"
            )
            [(all_taken,)] = first.execute(ALL_TAKEN).fetchall()
            return bool(all_taken)

        wait_until(take)
        yield


def test_requests_are_refused_in_time_while_no_connection_is_left(rig: Rig) -> None:
    citizen, other = rig.add_citizen(), rig.add_citizen()
    early = other.request_letter()
    other.wait_for_letter(early)
    with ExitStack() as opened:
        with rig.paused("pdfworker-1"):
            waiting = citizen.request_letter()
            opened.enter_context(every_connection_taken(rig))
        refused = other.call("GET", "/requests")
        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        assert not IS_FULL or refused.elapsed.total_seconds() < 10
        assert rig.fetch_readiness() == (503, ["Engine"])
    citizen.wait_for_letter(waiting)
    assert other.has_letter(early)


def test_a_letter_is_there_once_when_the_database_crashes_between_its_object_and_its_row(rig: Rig) -> None:
    citizen = rig.add_citizen()
    rig.door.seen.clear()
    holder = psycopg.connect(rig.stack.build_database_url("disclosure"))
    try:
        request_id = citizen.request_letter()
        # The last commit of a letter waits for its citizen's row; by then the object is written.
        holder.execute("SELECT 1 FROM citizens WHERE person_id = %s FOR UPDATE", [citizen.person_id])
        wait_until(lambda: is_waiting_for_lock(rig))
        rig.stack.crash_postgresql(away=0.5)
    finally:
        holder.close()
    citizen.wait_for_letter(request_id)
    posts = [path for method, path, _ in rig.door.seen if method == "PUT"]
    assert len(posts) > 1
    assert rig.count_attempts(request_id) == 1


def is_waiting_for_lock(rig: Rig) -> bool:
    [(waiting,)] = rig.stack.fetch_rows(
        "disclosure",
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE %s",
        "%citizens%",
    )
    return bool(waiting)
