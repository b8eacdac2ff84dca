"""The stack does its work, is confined, bears the loss of a worker, and answers inquiries when alone."""

import re
import subprocess
import sys
import time

import pytest

from tests.compose.conftest import Stack, find_service
from tests.e2e.client import DISCLOSURE, INQUIRY, Stranger
from tests.e2e.system import ROOT
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(900)

CAPABILITIES = re.compile(r"^Cap(?:Inh|Prm|Eff|Bnd|Amb):\s+0+$", re.MULTILINE)


def test_the_journeys_work_through_the_edge(stack: Stack) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/e2e/test_journey.py", "-k", "not test_logs"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "GOVAH_E2E_DIR": str(stack.data_dir)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-6000:]
    assert " passed" in ran.stdout


def test_every_container_is_confined(stack: Stack) -> None:
    containers = stack.list_containers()
    assert len([one for one in containers if find_service(one) == "pdfworker"]) == 2
    running = [one for one in containers if one["State"]["Running"]]
    assert len(running) >= 19
    for one in running:
        name, host = find_service(one), one["HostConfig"]
        assert host["ReadonlyRootfs"], name
        assert host["CapDrop"] == ["ALL"], name
        assert not host["Privileged"], name
        assert 0 < host["PidsLimit"] <= 256, name
        assert host["Memory"] > 0, name
        inside = ["docker", "exec", one["Id"], "sh", "-c"]
        status = stack.run([*inside, "cat /proc/self/status"])
        assert not re.search(r"^Uid:.*\b0\b", status, re.MULTILINE), name
        assert not re.search(r"^Gid:.*\b0\b", status, re.MULTILINE), name
        assert len(CAPABILITIES.findall(status)) == 5, name
        assert re.search(r"^NoNewPrivs:\s+1$", status, re.MULTILINE), name
        assert "Read-only" in stack.run([*inside, "touch /etc/here"], check=False), name


def test_every_container_is_well(stack: Stack) -> None:
    deadline = time.monotonic() + 180
    while unwell := [
        (find_service(one), one["State"]["Health"]["Status"])
        for one in stack.list_containers()
        if one["State"]["Running"] and one["State"]["Health"]["Status"] != "healthy"
    ]:
        assert time.monotonic() < deadline, unwell
        time.sleep(2)
    assert {one["RestartCount"] for one in stack.list_containers()} == {0}


def test_a_worker_killed_in_the_middle_costs_no_letter(stack: Stack) -> None:
    stranger = Stranger(stack.system)
    citizens = [stranger.sign_in_citizen(number) for number in range(len(stack.system.demo["citizens"]))]
    version = stranger.get(f"{DISCLOSURE}/agreement").json()["version"]
    body = {"types": ["all", "wages", "consolidated"], "agreement_version": version, "agreed": True}
    before = [len(list_letters(citizen)) for citizen in citizens]
    requests = [
        citizen.post(f"{DISCLOSURE}/requests", body).json()["id"] for citizen in citizens for _ in range(3)
    ]
    victim = stack.find_container_ids("pdfworker")[0]
    stack.run(["docker", "exec", victim, "sh", "-c", "kill -KILL -1"], check=False)

    # The killed worker's request is free again when its lease of 150 seconds has run out.
    deadline = time.monotonic() + 240
    for number, request in enumerate(requests):
        while (
            status := citizens[number // 3].get(f"{DISCLOSURE}/requests/{request}").json()["status"]
        ) != "ready":
            assert status in {"queued", "rendering"}
            assert time.monotonic() < deadline
            time.sleep(1)
    assert [len(list_letters(citizen)) for citizen in citizens] == [count + 3 for count in before]
    [again] = [one for one in stack.list_containers() if one["Id"] == victim]
    assert (again["State"]["Running"], again["RestartCount"]) == (True, 1)


def list_letters(citizen: Stranger) -> list[dict[str, object]]:
    letters: list[dict[str, object]] = citizen.get(f"{DISCLOSURE}/inbox", params={"limit": 200}).json()[
        "items"
    ]
    return letters


def test_inquiry_answers_through_the_edge_while_others_are_stopped(stack: Stack) -> None:
    citizen, person = Stranger(stack.system).sign_in_citizen(3), stack.system.demo["citizens"][3]
    code = citizen.issue_permit(str(list_letters(citizen)[0]["id"]))["code"]
    others = ("auth", "records", "disclosure", "pdfworker", "redis")
    stack.compose("stop", "--timeout", "10", *others)
    try:
        stranger = Stranger(stack.system)
        answer = stranger.inquire(person["national_code"], code)
        assert answer.status_code == 200, answer.text
        assert stranger.get(answer.json()["document_url"]).content.startswith(b"%PDF-")
        away = stranger.post("/api/v1/auth/sessions", {})
        assert (away.status_code, away.json()["code"]) == (503, "unavailable")
        assert stranger.get("/healthz").status_code == 503
    finally:
        stack.compose("start", *others)
    healthz = Stranger(stack.system)
    wait_until(lambda: healthz.get("/healthz").status_code == 200, "not everything is back", pause=1)


def test_no_log_holds_anything_personal_or_secret(stack: Stack) -> None:
    person = stack.system.demo["citizens"][2]
    citizen = Stranger(stack.system).sign_in_citizen(2)
    permit = citizen.issue_permit(str(list_letters(citizen)[0]["id"]))
    answer = Stranger(stack.system).inquire(person["national_code"], permit["code"]).json()
    assert Stranger(stack.system).get(answer["document_url"]).status_code == 200
    written = stack.compose("logs", "--no-color")
    assert f"{INQUIRY}/documents" in written
    not_to_look_for = {"signing.p12", "letter-trust.pem"}  # no text; no secret
    directory = stack.data_dir.parent / "secrets"
    leftovers = [path for path in directory.iterdir() if path.name not in not_to_look_for]
    # Of keys on several lines, which JSON would write otherwise, each line.
    secrets = [
        line for path in leftovers for line in path.read_text("ascii").splitlines() if "-----" not in line
    ]
    secrets += [person["national_code"], person["mobile"], person["password"], answer["person"]["last_name"]]
    secrets += [permit["code"], permit["code"].replace(" ", ""), answer["document_url"].rpartition("/")[2]]
    assert [secret for secret in secrets if secret in written] == []


def test_everything_stops_on_request(stack: Stack) -> None:
    stack.compose("stop")
    codes = {(find_service(one), one["State"]["ExitCode"]) for one in stack.list_all_containers()}
    # 137 is what is left of a process that had to be killed.
    assert [name for name, code in codes if code == 137] == []
