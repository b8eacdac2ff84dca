"""inquiry answers while nothing else lives: not auth, records, disclosure, the PDF worker, nor the broker."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from govah.local.programs import Plan, build_programs
from services import SERVICES
from tests.e2e.client import INQUIRY
from tests.e2e.left_behind import LeftBehind
from tests.e2e.system import ROOT, free_port
from tests.waiting import PATIENCE, wait_until

pytestmark = pytest.mark.xdist_group("e2e-left")


@contextmanager
def only_inquiry(data_dir: Path, public_port: int) -> Iterator[str]:
    """Run inquiry's web process on what a stopped system left behind. Yield its base URL."""
    plan = Plan(data_dir, public_port, {name: free_port() for name in SERVICES})
    [program] = [program for program in build_programs(plan) if program.name == "inquiry"]
    process = subprocess.Popen(
        program.command, cwd=ROOT, env={**os.environ, **program.environment}, stdin=subprocess.DEVNULL
    )
    try:
        wait_until(lambda: _is_answering(process, plan.find_url("inquiry")), "inquiry is not ready")
        yield plan.find_url("inquiry")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=PATIENCE)


def _is_answering(process: subprocess.Popen[bytes], url: str) -> bool:
    assert process.poll() is None
    try:
        return httpx.get(f"{url}/readyz", timeout=PATIENCE).status_code == 200
    except httpx.TransportError:
        return False


def test_inquiries_are_answered_while_everything_else_is_stopped(left: LeftBehind) -> None:
    system, person, letter, document = left.system, left.person, left.letter, left.document
    citizen, bank, signed_out, issued = left.citizen, left.bank, left.signed_out, left.permit
    assert (left.exit_code, left.still_running) == (0, ())
    with (
        only_inquiry(system.data_dir, system.port) as url,
        httpx.Client(base_url=url, timeout=PATIENCE) as http,
    ):
        pair = {"national_code": person["national_code"], "code": issued["code"]}
        by_form = http.post(f"{INQUIRY}/inquiries", json=pair)
        assert by_form.status_code == 200, by_form.text
        assert by_form.json()["letter"]["serial"] == letter["serial"]
        assert http.get(by_form.json()["document_url"]).content == document

        token = {"Authorization": bank.http.headers["Authorization"]}
        named = http.post(f"{INQUIRY}/inquiries", json=pair, headers=token)
        assert named.status_code == 200, named.text
        assert http.get(named.json()["document_url"]).content == document
        doubted = http.post(
            f"{INQUIRY}/discrepancies",
            json={"inquiry_id": named.json()["inquiry_id"], "month_jalali": "1402-01", "text": "جز این است."},
            headers=token,
        )
        assert doubted.status_code == 201, doubted.text
        forged = http.post(
            f"{INQUIRY}/inquiries", json=pair, headers={"Authorization": "Bearer nobody.gave.it"}
        )
        assert (forged.status_code, forged.json()["code"]) == (401, "token-invalid")
        wrong = http.post(f"{INQUIRY}/inquiries", json=pair | {"national_code": "0000000018"})
        assert (wrong.status_code, wrong.json()["code"]) == (404, "code-not-accepted")
        assert http.get(f"{INQUIRY}/letters/{letter['serial']}").json()["state"] == "valid"
        checked = http.post(f"{INQUIRY}/letters/check", files={"file": ("letter.pdf", document)})
        assert checked.json()["result"] == "genuine"

        # The person sees who looked, and ends it, with nobody's help either.
        owner = {"Authorization": citizen.http.headers["Authorization"]}
        permit = f"{INQUIRY}/permits/{issued['id']}"
        # Who had signed out before is still out.
        stale = http.delete(permit, headers={"Authorization": signed_out.http.headers["Authorization"]})
        assert (stale.status_code, stale.json()["code"]) == (401, "token-invalid")
        views = http.get(f"{permit}/views", headers=owner).json()["items"]
        bank_name = system.demo["institution"]["name"]
        # The last was before the stop.
        assert [view["institution"] for view in views] == [bank_name, "by form", "by form"]
        assert http.delete(permit, headers=owner).status_code == 204
        ended = http.post(f"{INQUIRY}/inquiries", json=pair)
        assert (ended.status_code, ended.json()["code"]) == (410, "permit-revoked")
