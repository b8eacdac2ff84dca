"""A process whose own clock is a day off: leases, permits and tickets go by the database's clock.

Tokens go by the verifier's clock: it may be off by 30 s (`services.kit.tokens.LEEWAY`). A service that is
further off refuses every token, and what it refuses waits.
"""

import time
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from tests.chaos.rig import LIMITS, Rig, count_connections, heavy
from tests.servers import ROOT
from tests.waiting import PATIENCE, wait_until

pytestmark = pytest.mark.xdist_group("faults")

DAY = 24 * 3600
INQUIRY = "/api/v1/inquiry"


def build_clock_settings(seconds: int) -> dict[str, str]:
    """Return the settings of a program whose clock is off by some seconds."""
    clock = Path(__file__).with_name("clock")
    return {"PYTHONPATH": f"{clock}:{ROOT}", "CHAOS_CLOCK": str(seconds)}


@pytest.mark.parametrize("days", [-1, pytest.param(1, marks=heavy)])
def test_a_worker_with_a_wrong_clock_doubles_and_loses_nothing(rig: Rig, days: int) -> None:
    """One of the two takes all that the other has at hand for given up, and gets it once more."""
    citizens = [rig.add_citizen() for _ in range(4)]
    with rig.twin("pdfworker-2", **build_clock_settings(days * DAY)) as off:
        wait_until(lambda: count_connections(rig.stack, off) > 0)
        with rig.paused("pdfworker-1"):
            with rig.paused(off):
                requests = {citizen.request_letter(): citizen for citizen in citizens}
            # Before the other, which could take all requests with the responses to its letters.
            wait_until(lambda: "letter.posted" in rig.stack.read_log(off))
        for request_id, citizen in requests.items():
            citizen.wait_for_letter(request_id)
        rig.wait_for_rest()
    assert [rig.count_attempts(request_id) for request_id in requests] == [1] * len(requests)


@pytest.mark.parametrize(
    ("days", "refusal"), [(1, "token-expired"), pytest.param(-1, "token-invalid", marks=heavy)]
)
def test_a_disclosure_with_a_wrong_clock_refuses_tokens_and_requests_wait(
    rig: Rig, days: int, refusal: str
) -> None:
    citizen = rig.add_citizen()
    with rig.paused("pdfworker-1"):
        request_id = citizen.request_letter()
        rig.restart_disclosure(**build_clock_settings(days * DAY))
    try:
        refused = citizen.call("GET", f"/requests/{request_id}")
        assert (refused.status_code, refused.json()["code"]) == (401, refusal)
        wait_until(lambda: "disclosure.refused" in rig.stack.read_log("pdfworker-1"))
        # Who is as far off is heard, and gets the database's lease.
        worker = rig.mint_token(
            "service", "pdfworker", "disclosure:render", aud="disclosure", **build_long_claims()
        )
        claimed = httpx.post(
            f"{rig.stack.find_url('disclosure')}/internal/requests/{request_id}/claim",
            params={"statement_version": 2},
            headers={"Authorization": f"Bearer {worker}"},
            timeout=30,
        )
        lease = datetime.fromisoformat(claimed.json()["lease_until"]).timestamp() - time.time()
        assert 0 < lease <= int(LIMITS["GOVAH_LEASE"])
    finally:
        rig.restart_disclosure(PYTHONPATH="")
    rig.pass_time(request_id)
    citizen.wait_for_letter(request_id)


@pytest.mark.parametrize("days", [2, pytest.param(-2, marks=heavy)])
def test_no_permit_lives_longer_or_shorter_by_a_wrong_clock(rig: Rig, days: int) -> None:
    citizen = rig.add_citizen()
    request_id = citizen.request_letter()
    citizen.wait_for_letter(request_id)
    letter_id = citizen.get_request(request_id)["letter_id"]
    token = rig.mint_token("citizen", citizen.person_id, "self", **build_long_claims())
    owner = {"Authorization": f"Bearer {token}"}
    inquiries = f"{rig.stack.find_url('inquiry')}{INQUIRY}"
    rig.start("inquiry", **build_clock_settings(days * DAY))
    try:
        wanted = {"letter_id": letter_id, "valid_days": 1}
        issued = httpx.post(f"{inquiries}/permits", json=wanted, headers=owner, timeout=60)
        assert issued.status_code == 201, issued.text
        pair = {"national_code": citizen.national_code, "code": issued.json()["code"]}
        [(seconds,)] = rig.stack.fetch_rows(
            "inquiry",
            "SELECT extract(epoch FROM expires_at - now()) FROM permits WHERE id = %s",
            issued.json()["id"],
        )
        assert DAY - PATIENCE < seconds <= DAY
        # By a clock two days ahead the permit ended yesterday.
        assert httpx.post(f"{inquiries}/inquiries", json=pair, timeout=60).status_code == 200
        rig.stack.fetch_rows("inquiry", "UPDATE permits SET expires_at = now() RETURNING id")
        # By a clock two days behind it ends in two days.
        ended = httpx.post(f"{inquiries}/inquiries", json=pair, timeout=60)
        assert (ended.status_code, ended.json()["code"]) == (410, "permit-expired")
    finally:
        rig.stack.kill("inquiry")


def build_long_claims() -> dict[str, int]:
    """Return claims of a token that is valid by every clock of these tests."""
    return {"iat": int(time.time()) - 3 * DAY, "exp": int(time.time()) + 3 * DAY}
