"""Half-open connections: a path takes what it is given, passes nothing on, and tells nobody.

Whoever waits at such a path notices by itself: at the broker after 25 s at most, at another service after
10 s, at the database after 30 s, and at a new connection to it after 5 s more (`services.kit.postgresql`; 2 s
each in this stack). A database session whose client is gone lets its locks go after 30 s (2 s here).
"""

import time

import pytest
import sqlalchemy as sa

from services.kit.db import new_engine
from tests.chaos.rig import ANSWER_WITHIN, IS_FULL, Citizen, Rig, connections
from tests.waiting import wait_until

pytestmark = pytest.mark.xdist_group("faults")

# Seconds of the tests' own work. Bounds are those of a free machine: they are looked at in full size only.
SLACK = 8
BROKER_SECONDS, SERVICE_SECONDS = 25, 10


def test_dead_paths_to_the_broker_and_to_the_database_are_noticed(rig: Rig) -> None:
    citizen = rig.citizen()
    found = connections(rig.stack, "pdfworker-1")
    rig.broker_path.freeze()
    frozen_at = time.monotonic()
    try:
        request_id = citizen.asks()
        time.sleep(1)
    finally:
        rig.broker_path.heal()
    # Meanwhile:
    see_a_dead_path_to_the_database(rig, citizen)
    wait_until(lambda: connections(rig.stack, "pdfworker-1") > found, "the worker does not notice")
    wait_until(lambda: unpublished(rig) == 0, "the relay does not notice")
    check_bound("worker and relay", time.monotonic() - frozen_at, BROKER_SECONDS)
    # The message may have gone to a listener that is none; the sweeper sends another after 20 s.
    rig.pass_time(request_id)
    citizen.gets_letter(request_id)


def see_a_dead_path_to_the_database(rig: Rig, citizen: Citizen) -> None:
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
    citizen = rig.citizen()
    rig.worker_path.freeze()
    frozen_at = time.monotonic()
    try:
        request_id = citizen.asks()
        time.sleep(1)
    finally:
        rig.worker_path.heal()
    citizen.gets_letter(request_id)
    assert rig.attempts(request_id) == 1
    check_bound("the letter", time.monotonic() - frozen_at, SERVICE_SECONDS)


def check_bound(name: str, seconds: float, bound: float) -> None:
    """Fail in full size where something was there later than it must be."""
    print(f"{name} was there {seconds:.1f} s after the path had gone")
    assert not IS_FULL or seconds < bound + SLACK, name


def unpublished(rig: Rig) -> int:
    """How many events have no number, and how many tasks have not been sent."""
    [(count,)] = rig.stack.rows("disclosure", "SELECT count(*) FROM outbox WHERE published_at IS NULL")
    return int(count)
