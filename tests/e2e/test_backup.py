"""The restore drill of the embedded system: backed up at work, destroyed, restored, and asked again."""

import hashlib
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.client import DISCLOSURE, INQUIRY, Stranger
from tests.e2e.conftest import ROOT, System, free_port, open_to_others, start

pytestmark = [pytest.mark.xdist_group("e2e-backup"), pytest.mark.timeout(240)]


def govah(*words: str) -> str:
    command = [sys.executable, "-m", "govah.cli", *words]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def activity(citizen: Stranger) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = citizen.get(f"{DISCLOSURE}/activity", params={"limit": 200}).json()["items"]
    return items


def wait_for(kind: str, citizen: Stranger, count: int) -> None:
    """Return once so many lines of a kind are on the activity page."""
    deadline = time.monotonic() + 45
    while (found := sum(item["kind"] == kind for item in activity(citizen))) < count:
        assert time.monotonic() < deadline, activity(citizen)
        time.sleep(0.2)
    assert found == count


def test_a_destroyed_system_comes_back_whole(tmp_path: Path) -> None:
    data_dir, data, keys = tmp_path / "var", tmp_path / "data", tmp_path / "keys"
    running = start(data_dir, free_port(), sample=True)
    try:
        person = running.demo["citizens"][0]
        citizen = Stranger(running).citizen()
        letter = citizen.ask_for_letter("wages")
        document = citizen.document(letter["id"])
        permit = citizen.permit(letter["id"])
        assert Stranger(running).inquire(person["national_code"], permit["code"]).status_code == 200
        wait_for("inquiry.answered", citizen, 1)
        back_up_while_it_works(running, data_dir, data, keys)
    finally:
        running.process.kill()
        running.wait()
        shutil.rmtree(data_dir)

    told = govah("restore", str(data), str(keys), "--data-dir", str(data_dir))
    assert "restored" in told
    assert [list(open_to_others(folder)) for folder in (data, keys, data_dir)] == [[], [], []]
    again = start(data_dir, free_port(), sample=True)
    try:
        citizen = Stranger(again).citizen()
        assert hashlib.sha256(citizen.document(letter["id"])).hexdigest() == letter["sha256"]
        assert citizen.document(letter["id"]) == document
        answer = Stranger(again).inquire(person["national_code"], permit["code"])
        assert answer.status_code == 200, answer.text
        assert answer.json()["letter"]["sha256"] == letter["sha256"]
        assert Stranger(again).get(answer.json()["document_url"]).content == document
        # Feeds go on where they stood: the new look is told once, the old one not again.
        wait_for("inquiry.answered", citizen, 2)
        newer = citizen.ask_for_letter("all")
        assert newer["serial"] != letter["serial"]
        wait_until_registered(again, newer["serial"])
        every = [(item["kind"], str(item["at"]), str(item["references"])) for item in activity(citizen)]
        assert len(set(every)) == len(every)
    finally:
        assert again.stop() == 0


def back_up_while_it_works(running: System, data_dir: Path, data: Path, keys: Path) -> None:
    """Another citizen goes on asking meanwhile."""
    done = threading.Event()
    failures: list[object] = []

    def go_on() -> None:
        busy = Stranger(running).citizen(1)
        while not done.is_set():
            answer = busy.post(f"{INQUIRY}/inquiries", {"national_code": "0000000000", "code": "0" * 16})
            if answer.status_code >= 500 or busy.get(f"{DISCLOSURE}/activity").status_code != 200:
                failures.append(answer.text)

    other = threading.Thread(target=go_on)
    other.start()
    try:
        assert "Keep the two apart" in govah("backup", str(data), str(keys), "--data-dir", str(data_dir))
    finally:
        done.set()
        other.join(timeout=60)
    assert not failures


def wait_until_registered(system: System, serial: str) -> None:
    """Return once inquiry has heard of a letter, which the feed alone tells it."""
    deadline = time.monotonic() + 45
    while Stranger(system).get(f"{INQUIRY}/letters/{serial}").status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.2)
