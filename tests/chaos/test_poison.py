"""A poison request: its rendering fails, or kills who renders it, every time. It ends, and holds nobody up.

The citizen and the operator see it, and one command queues it again once what was wrong has been put right.
"""

import os
import signal

import httpx
import pytest

from services.disclosure.actions.attempts import MAX_TRIES
from tests.chaos.proxy import Fate
from tests.chaos.rig import Citizen, Rig, heavy
from tests.waiting import wait_until

pytestmark = pytest.mark.xdist_group("faults")


def test_a_letter_that_cannot_be_rendered_fails_and_is_queued_again_by_one_command(rig: Rig) -> None:
    citizen, other = rig.citizen(), rig.citizen()
    with rig.paused("pdfworker-1"):
        request_id = citizen.asks()
        set_birth_date(rig, request_id, "no date")
        behind = other.asks()
    other.gets_letter(behind)
    has_failed(citizen, request_id)
    listed = rig.run("disclosure", "requests", "failed").split("\t")
    assert listed[:2] == [request_id, "rendering-failed"]
    set_birth_date(rig, request_id, "1360-02-11")
    assert rig.run("disclosure", "requests", "retry", request_id) == "1\n"
    citizen.gets_letter(request_id)
    assert rig.metric('govah_requests_failed{code="rendering-failed"}') == 0


def test_a_letter_that_kills_its_worker_fails_after_some_attempts(rig: Rig) -> None:
    """The leases are let pass."""
    citizen, other = rig.citizen(), rig.citizen()
    killer = Killer(rig)
    try:
        request_id = killer.victim = citizen.asks()
        behind = other.asks()
        for attempt in range(1, MAX_TRIES + 1):
            killer.wait_for_deaths(attempt)
            rig.pass_time(request_id)
        other.gets_letter(behind)
        has_failed(citizen, request_id)
    finally:
        killer.leave()
    assert rig.attempts(request_id) == killer.deaths == MAX_TRIES
    retried = httpx.post(
        f"{rig.stack.url('disclosure')}/api/v1/disclosure/requests/{request_id}/retry",
        headers=officer_of(rig),
        timeout=30,
    )
    assert retried.status_code == 202, retried.text
    citizen.gets_letter(request_id)


@heavy
def test_a_letter_that_kills_its_worker_fails_while_its_leases_run_out(rig: Rig) -> None:
    citizen, others = rig.citizen(), [rig.citizen() for _ in range(3)]
    killer = Killer(rig)
    try:
        request_id = killer.victim = citizen.asks()
        for other in others:
            other.gets_letter(other.asks())
        for death in range(1, MAX_TRIES + 1):
            killer.wait_for_deaths(death)
        has_failed(citizen, request_id)
    finally:
        killer.leave()
    assert killer.deaths == MAX_TRIES
    rig.run("disclosure", "requests", "retry", "--all")
    citizen.gets_letter(request_id)


class Killer:
    """Kills the process of pdfworker-1 that posts the letter of `victim`, and keeps the letter."""

    def __init__(self, rig: Rig) -> None:
        self.victim = "nobody yet"
        self.deaths = 0
        self._rig = rig
        rig.door.decide = self._decide

    def _decide(self, method: str, path: str) -> Fate:
        if method != "PUT" or self.victim not in path:
            return Fate.FORWARDED
        for child in self._rig.stack.child_pids("pdfworker-1"):
            os.kill(child, signal.SIGKILL)
        self.deaths += 1
        return Fate.REFUSED

    def wait_for_deaths(self, count: int) -> None:
        wait_until(lambda: self.deaths >= count)

    def leave(self) -> None:
        self._rig.door.decide = lambda *_: Fate.FORWARDED


def set_birth_date(rig: Rig, request_id: str, date: str) -> None:
    """Put into a request's statement what no letter can show, or what it can."""
    rig.stack.rows(
        "disclosure",
        "UPDATE requests SET statement ="
        " jsonb_set(statement::jsonb, '{person,birth_date_jalali}', to_jsonb(%s::text))::json"
        " WHERE id = %s RETURNING id",
        date,
        request_id,
    )


def officer_of(rig: Rig) -> dict[str, str]:
    """The headers of an officer of the help desk."""
    return {"Authorization": f"Bearer {rig.token('officer', 'officer', 'helpdesk')}"}


def has_failed(citizen: Citizen, request_id: str) -> None:
    """Wait until a request, the only one, has failed, and everybody sees it who must."""
    rig = citizen.rig
    wait_until(lambda: citizen.request(request_id)["status"] == "failed", "it has not failed")
    assert "دوباره" in citizen.request(request_id)["failure"]["message"]
    assert rig.metric('govah_requests_failed{code="rendering-failed"}') == 1
    shown = httpx.get(
        f"{rig.stack.url('disclosure')}/api/v1/disclosure/requests?status=failed",
        headers=officer_of(rig),
        timeout=30,
    )
    assert [item["id"] for item in shown.json()["items"]] == [request_id]
