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
    citizen, other = rig.add_citizen(), rig.add_citizen()
    with rig.paused("pdfworker-1"):
        request_id = citizen.request_letter()
        set_birth_date(rig, request_id, "no date")
        behind = other.request_letter()
    other.wait_for_letter(behind)
    assert_failed(citizen, request_id)
    fields = rig.run_command("disclosure", "requests", "failed").split("\t")
    assert fields[:2] == [request_id, "rendering-failed"]
    set_birth_date(rig, request_id, "1360-02-11")
    assert rig.run_command("disclosure", "requests", "retry", request_id) == "1\n"
    citizen.wait_for_letter(request_id)
    assert rig.read_metric('govah_requests_failed{code="rendering-failed"}') == 0


def test_a_letter_that_kills_its_worker_fails_after_some_attempts(rig: Rig) -> None:
    """The leases are let pass."""
    citizen, other = rig.add_citizen(), rig.add_citizen()
    killer = Killer(rig)
    try:
        request_id = killer.victim = citizen.request_letter()
        behind = other.request_letter()
        for attempt in range(1, MAX_TRIES + 1):
            killer.wait_for_deaths(attempt)
            rig.pass_time(request_id)
        other.wait_for_letter(behind)
        assert_failed(citizen, request_id)
    finally:
        killer.leave()
    assert rig.count_attempts(request_id) == killer.deaths == MAX_TRIES
    retried = httpx.post(
        f"{rig.stack.find_url('disclosure')}/api/v1/disclosure/requests/{request_id}/retry",
        headers=build_officer_headers(rig),
        timeout=30,
    )
    assert retried.status_code == 202, retried.text
    citizen.wait_for_letter(request_id)


@heavy
def test_a_letter_that_kills_its_worker_fails_while_its_leases_run_out(rig: Rig) -> None:
    citizen, others = rig.add_citizen(), [rig.add_citizen() for _ in range(3)]
    killer = Killer(rig)
    try:
        request_id = killer.victim = citizen.request_letter()
        for other in others:
            other.wait_for_letter(other.request_letter())
        for death in range(1, MAX_TRIES + 1):
            killer.wait_for_deaths(death)
        assert_failed(citizen, request_id)
    finally:
        killer.leave()
    assert killer.deaths == MAX_TRIES
    rig.run_command("disclosure", "requests", "retry", "--all")
    citizen.wait_for_letter(request_id)


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
        for child in self._rig.stack.list_child_pids("pdfworker-1"):
            os.kill(child, signal.SIGKILL)
        self.deaths += 1
        return Fate.REFUSED

    def wait_for_deaths(self, count: int) -> None:
        wait_until(lambda: self.deaths >= count)

    def leave(self) -> None:
        self._rig.door.decide = lambda *_: Fate.FORWARDED


def set_birth_date(rig: Rig, request_id: str, date: str) -> None:
    """Put into a request's statement what no letter can show, or what it can."""
    rig.stack.fetch_rows(
        "disclosure",
        "UPDATE requests SET statement ="
        " jsonb_set(statement::jsonb, '{person,birth_date_jalali}', to_jsonb(%s::text))::json"
        " WHERE id = %s RETURNING id",
        date,
        request_id,
    )


def build_officer_headers(rig: Rig) -> dict[str, str]:
    """Return the headers of an officer of the help desk."""
    return {"Authorization": f"Bearer {rig.mint_token('officer', 'officer', 'helpdesk')}"}


def assert_failed(citizen: Citizen, request_id: str) -> None:
    """Wait until a request, the only one, has failed, and everybody sees it who must."""
    rig = citizen.rig
    wait_until(lambda: citizen.get_request(request_id)["status"] == "failed", "it has not failed")
    assert "دوباره" in citizen.get_request(request_id)["failure"]["message"]
    assert rig.read_metric('govah_requests_failed{code="rendering-failed"}') == 1
    failed = httpx.get(
        f"{rig.stack.find_url('disclosure')}/api/v1/disclosure/requests?status=failed",
        headers=build_officer_headers(rig),
        timeout=30,
    )
    assert [item["id"] for item in failed.json()["items"]] == [request_id]
