"""auth is dead: its tokens are taken, also by a service that starts meanwhile; work waits for new ones."""

import httpx
import pytest

from tests.chaos.rig import Rig, wait_until

pytestmark = [pytest.mark.xdist_group("faults"), pytest.mark.timeout(300)]


def is_left(log: str, request_id: str) -> bool:
    """Whether a worker says that it has given this request up."""
    return any("request.left" in line and f'"{request_id}"' in line for line in log.splitlines())


def test_services_go_on_verifying_and_requests_wait_for_the_workers_token(rig: Rig) -> None:
    citizen, other = rig.citizen(), rig.citizen()
    rig.stack.kill("auth")
    try:
        # The worker has a token of ten minutes.
        other.gets_letter(other.asks())
        # Both forget what they had in memory: disclosure auth's keys, the worker its token.
        with rig.without("pdfworker-1"):
            rig.restart_disclosure()
            request_id = citizen.asks()
        stranger = httpx.get(
            f"{rig.stack.url('disclosure')}/api/v1/disclosure/inbox",
            headers={"Authorization": f"Bearer {citizen.token[:-8]}AAAAAAAA"},
            timeout=30,
        )
        assert (stranger.status_code, stranger.json()["code"]) == (401, "token-invalid")
        # Given up without a claim: no attempt is counted.
        wait_until(lambda: is_left(rig.stack.log("pdfworker-1"), request_id))
        assert citizen.request(request_id)["status"] == "queued"
        assert rig.attempts(request_id) == 0
    finally:
        rig.stack.start("auth")
    rig.pass_time(request_id)
    citizen.gets_letter(request_id)
