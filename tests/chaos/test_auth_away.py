"""auth is dead: its tokens are taken, also by a service that starts meanwhile; work waits for new ones.

What ends meanwhile is learnt when the feed is read again.
"""

import uuid

import httpx
import pytest

from tests.chaos.rig import Rig
from tests.waiting import wait_until

pytestmark = pytest.mark.xdist_group("faults")


def is_left(log: str, request_id: str) -> bool:
    """Whether a worker says that it has given this request up."""
    return any("request.left" in line and f'"{request_id}"' in line for line in log.splitlines())


def test_services_go_on_verifying_and_requests_wait_for_the_workers_token(rig: Rig) -> None:
    citizen, other = rig.add_citizen(), rig.add_citizen()
    rig.stack.kill("auth")
    try:
        # The worker has a token of ten minutes.
        other.wait_for_letter(other.request_letter())
        # Both forget what they had in memory: disclosure auth's keys, the worker its token.
        with rig.without("pdfworker-1"):
            rig.restart_disclosure()
            request_id = citizen.request_letter()
        stranger = httpx.get(
            f"{rig.stack.find_url('disclosure')}/api/v1/disclosure/inbox",
            headers={"Authorization": f"Bearer {citizen.token[:-8]}AAAAAAAA"},
            timeout=30,
        )
        assert (stranger.status_code, stranger.json()["code"]) == (401, "token-invalid")
        # Given up without a claim: no attempt is counted.
        wait_until(lambda: is_left(rig.stack.read_log("pdfworker-1"), request_id))
        assert citizen.get_request(request_id)["status"] == "queued"
        assert rig.count_attempts(request_id) == 0
    finally:
        rig.stack.start("auth")
    rig.pass_time(request_id)
    citizen.wait_for_letter(request_id)


OFFICER, PASSWORD = "late.officer", "quiet-river-stone-41"


def test_an_ended_session_is_refused_once_its_news_come_through_and_from_then_on(rig: Rig) -> None:
    password = rig.stack.plan.data_dir / f"{uuid.uuid4().hex}.password"
    password.write_text(f"{PASSWORD}\n", "utf-8")
    rig.run_command(
        "auth", "officers", "add", OFFICER, "--scope", "helpdesk", "--password-file", str(password)
    )
    credentials = {"username": OFFICER, "password": PASSWORD}
    signed_in = httpx.post(f"{rig.stack.find_url('auth')}/api/v1/auth/sessions", json=credentials, timeout=30)
    assert signed_in.status_code == 200, signed_in.text
    headers = {"Authorization": f"Bearer {signed_in.json()['access_token']}"}

    def get_status() -> tuple[int, str | None]:
        url = f"{rig.stack.find_url('disclosure')}/api/v1/disclosure/requests?status=failed"
        answer = httpx.get(url, headers=headers, timeout=30)
        return answer.status_code, answer.json().get("code")

    assert get_status() == (200, None)
    rig.run_command("auth", "officers", "disable", OFFICER)
    # Nobody numbers the event, nobody reads it: the token's own ten minutes are the bound.
    assert get_status() == (200, None)
    carriers = ("auth-relay", "disclosure-consumers")
    for name in carriers:
        rig.start(name)
    try:
        wait_until(lambda: get_status() == (401, "token-invalid"))
    finally:
        for name in carriers:
            rig.stack.kill(name)
    rig.stack.kill("auth")
    try:
        rig.restart_disclosure()
        assert get_status() == (401, "token-invalid")
    finally:
        rig.stack.start("auth")
