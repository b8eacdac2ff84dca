"""inquiry answers while nothing else lives: not auth, records, disclosure, the PDF worker, nor the broker."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from govah.local.programs import SERVICES, Plan, programs
from tests.e2e.client import AUTH, INQUIRY, Stranger
from tests.e2e.conftest import ROOT, free_port, start

pytestmark = [pytest.mark.xdist_group("e2e-alone"), pytest.mark.timeout(180)]


@contextmanager
def only_inquiry(data_dir: Path, public_port: int) -> Iterator[str]:
    """The web process of inquiry on what a stopped system left behind; lends its base URL."""
    plan = Plan(data_dir, public_port, {name: free_port() for name in SERVICES})
    [program] = [program for program in programs(plan) if program.name == "inquiry"]
    process = subprocess.Popen(
        program.command, cwd=ROOT, env={**os.environ, **program.environment}, stdin=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 30
        while not _answers(plan.url("inquiry")):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield plan.url("inquiry")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=2).status_code == 200
    except httpx.TransportError:
        return False


def test_inquiries_are_answered_while_everything_else_is_stopped(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    system = start(tmp_path_factory.mktemp("govah"), free_port(), sample=True)
    try:
        citizen, person = Stranger(system).citizen(), system.demo["citizens"][0]
        letter = citizen.ask_for_letter("all", "wages")
        document = citizen.document(letter["id"])
        issued = citizen.permit(letter["id"])
        bank = Stranger(system).institution()
        left = Stranger(system).citizen()
        assert left.http.delete(f"{AUTH}/sessions/current").status_code == 204
        deadline = time.monotonic() + 60
        while left.get(f"{INQUIRY}/permits").status_code != 401:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    finally:
        assert system.stop() == 0

    with only_inquiry(system.data_dir, system.port) as url, httpx.Client(base_url=url, timeout=30) as http:
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
        stale = http.delete(permit, headers={"Authorization": left.http.headers["Authorization"]})
        assert (stale.status_code, stale.json()["code"]) == (401, "token-invalid")
        views = http.get(f"{permit}/views", headers=owner).json()["items"]
        assert [view["institution"] for view in views] == [system.demo["institution"]["name"], "by form"]
        assert http.delete(permit, headers=owner).status_code == 204
        ended = http.post(f"{INQUIRY}/inquiries", json=pair)
        assert (ended.status_code, ended.json()["code"]) == (410, "permit-revoked")
