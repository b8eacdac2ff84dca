"""Half-open connections: a path takes what it is given, passes nothing on, and tells nobody.

A program that waits at such a path notices it on its own: at the broker after 25 s at most, at another
service after 10 s, at the database after 30 s, and at a new connection to it after 5 s more
(`services.kit.postgresql`; 2 s each in this stack). A database session whose client is gone releases its
locks after 30 s (2 s here).
"""

import time

import pytest
import sqlalchemy as sa

from services.kit.db import new_engine
from tests.chaos.rig import ANSWER_WITHIN, IS_FULL, Citizen, Rig, count_connections
from tests.waiting import wait_until

pytestmark = pytest.mark.xdist_group("faults")

# Seconds of the tests' own work. Bounds are those of a free machine: they are looked at in full size only.
SLACK = 8
BROKER_SECONDS, SERVICE_SECONDS = 25, 10


def test_dead_paths_to_the_broker_and_to_the_database_are_noticed(rig: Rig) -> None:
    citizen = rig.add_citizen()
    before = count_connections(rig.stack, "pdfworker-1")
    rig.broker_path.freeze()
    frozen_at = time.monotonic()
    try:
        request_id = citizen.request_letter()
        time.sleep(1)
    finally:
        rig.broker_path.heal()
    # Meanwhile:
    check_dead_database_path(rig, citizen)
    wait_until(lambda: count_connections(rig.stack, "pdfworker-1") > before, "the worker does not notice")
    wait_until(lambda: count_unpublished(rig) == 0, "the relay does not notice")
    check_bound("worker and relay", time.monotonic() - frozen_at, BROKER_SECONDS)
    # The message may have gone to a dead connection; the sweeper sends another after 20 s.
    rig.pass_time(request_id)
    citizen.wait_for_letter(request_id)


def check_dead_database_path(rig: Rig, citizen: Citizen) -> None:
    """Freeze the path while a transaction holds the row that the relay needs."""
    bounds = f"answer_within=1&options=-c%20idle_in_transaction_session_timeout%3D{ANSWER_WITHIN}s"
    left_behind = new_engine(f"postgresql://govah@{rig.database_path.address}/disclosure?{bounds}")
    holder = left_behind.connect()
    holder.execute(sa.text("SELECT last FROM feed_counter FOR UPDATE"))
    rig.database_path.freeze()
    try:
        began = time.monotonic()
        answer = citizen.call("GET", "/requests")
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        check_bound("an answer", time.monotonic() - began, 2 * ANSWER_WITHIN)
    finally:
        rig.database_path.heal()
        holder.invalidate()
        holder.close()
        left_behind.dispose()
    wait_until(lambda: citizen.call("GET", "/requests").status_code == 200, "no answer")


def test_a_worker_notices_a_dead_path_to_disclosure(rig: Rig) -> None:
    citizen = rig.add_citizen()
    rig.worker_path.freeze()
    frozen_at = time.monotonic()
    try:
        request_id = citizen.request_letter()
        time.sleep(1)
    finally:
        rig.worker_path.heal()
    citizen.wait_for_letter(request_id)
    assert rig.count_attempts(request_id) == 1
    check_bound("the letter", time.monotonic() - frozen_at, SERVICE_SECONDS)


def check_bound(name: str, seconds: float, bound: float) -> None:
    """Fail in full size where something was there later than it must be."""
    print(f"{name} was there {seconds:.1f} s after the path had gone")
    assert not IS_FULL or seconds < bound + SLACK, name


def count_unpublished(rig: Rig) -> int:
    """Return how many events have no number and how many tasks have not been sent."""
    [(count,)] = rig.stack.fetch_rows("disclosure", "SELECT count(*) FROM outbox WHERE published_at IS NULL")
    return int(count)
