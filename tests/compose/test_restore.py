"""The restore drill of the stack: backed up at work, all of it destroyed, restored from the two folders.

The tests that come after this one, test_stack.py, then run on what was restored.
"""

import hashlib
import os
import shlex
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.compose.conftest import Stack
from tests.e2e.client import DISCLOSURE, INQUIRY, Stranger
from tests.e2e.system import ROOT
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(600)

READY_SECONDS = 180
# More than the loop `endings` takes.
JOURNALED_SECONDS = 3
LOST = (
    "database",
    "disclosure-objects",
    "inquiry-objects",
    "peppers",
    "queue",
    "records-objects",
    "token-keys",
)


def make(stack: Stack, verb: str, data: Path, keys: Path) -> subprocess.CompletedProcess[str]:
    compose = shlex.join([*shlex.split(os.environ["GOVAH_COMPOSE"]), "--env-file", "deploy/compose/demo.env"])
    return subprocess.run(
        ["make", verb, f"COMPOSE={compose}", f"DATA={data}", f"KEYS={keys}"],
        cwd=ROOT,
        env={**os.environ, **stack.environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def wait_until_ready(stack: Stack) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            if Stranger(stack.system).get("/healthz").status_code == 200:
                return
        except OSError:
            pass
        assert time.monotonic() < deadline, stack.compose("logs", "--no-color", "--tail=20")
        time.sleep(1)


def count_looks(citizen: Stranger) -> int:
    items = citizen.get(f"{DISCLOSURE}/activity", params={"limit": 200}).json()["items"]
    return sum(item["kind"] == "inquiry.answered" for item in items)


def wait_for_looks(citizen: Stranger, count: int) -> None:
    """Return once the activity page shows `count` looks, and no more."""
    wait_until(lambda: count_looks(citizen) >= count, lambda: f"{count_looks(citizen)} looks", pause=0.5)
    assert count_looks(citizen) == count


def test_a_stack_that_was_lost_comes_back_whole(stack: Stack, tmp_path: Path) -> None:
    data, keys = tmp_path / "data", tmp_path / "keys"
    person = stack.system.demo["citizens"][1]
    citizen = Stranger(stack.system).sign_in_citizen(1)
    letter = citizen.ask_for_letter("wages")
    permit, revoked = (citizen.issue_permit(letter["id"]) for _ in range(2))
    looked = count_looks(citizen) + 1
    assert Stranger(stack.system).inquire(person["national_code"], permit["code"]).status_code == 200
    wait_for_looks(citizen, looked)

    taken = make(stack, "backup", data, keys)
    assert taken.returncode == 0, taken.stderr
    assert stack.system.demo["citizens"][0]["national_code"] not in taken.stdout + taken.stderr
    # What ends after the backup stays ended, if only its journal is left.
    assert citizen.http.delete(f"{INQUIRY}/permits/{revoked['id']}").status_code == 204
    time.sleep(JOURNALED_SECONDS)
    stack.compose("down", "--timeout", "10")
    project = stack.environment["COMPOSE_PROJECT_NAME"]
    stack.run(["docker", "volume", "rm", *(f"{project}_{name}" for name in LOST)])
    shutil.rmtree(stack.environment["GOVAH_SECRETS_DIR"])

    restored = make(stack, "restore", data, keys)
    assert restored.returncode == 0, restored.stderr
    stack.compose("up", "-d", "--scale", "pdfworker=2")
    wait_until_ready(stack)
    citizen = Stranger(stack.system).sign_in_citizen(1)
    assert hashlib.sha256(citizen.get_document(letter["id"])).hexdigest() == letter["sha256"]
    answer = Stranger(stack.system).inquire(person["national_code"], permit["code"])
    assert answer.status_code == 200, answer.text
    assert answer.json()["letter"]["sha256"] == letter["sha256"]
    ended = Stranger(stack.system).inquire(person["national_code"], revoked["code"])
    assert (ended.status_code, ended.json()["code"]) == (410, "permit-revoked")
    assert citizen.ask_for_letter("all")["serial"] != letter["serial"]
    # Told once, and the one before not again: feeds go on where they stood.
    wait_for_looks(citizen, looked + 1)

    refused = make(stack, "restore", data, keys)
    assert refused.returncode != 0
    assert "there is a system already" in refused.stderr
    assert citizen.get(f"{DISCLOSURE}/inbox").status_code == 200
