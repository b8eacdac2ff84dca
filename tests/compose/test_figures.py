"""The stack is watched: every program tells its figures, `govah.ops.status` sees all, every line is JSON."""

import json
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # comes with a validator, without types

from tests.compose.conftest import Stack, service_of
from tests.e2e.client import Stranger
from tests.waiting import wait_until
from tests.watched import WATCH

pytestmark = pytest.mark.timeout(900)

# Prints as JSON what each address that it is given tells, by address.
ASK = """
import json, socket, sys, urllib.request
told = {}
for asked in sys.argv[1:]:
    name, port = asked.split(":")
    for *_, (host, _) in socket.getaddrinfo(name, int(port), socket.AF_INET, socket.SOCK_STREAM):
        answer = urllib.request.urlopen(f"http://{host}:{port}/metrics", timeout=10)
        told.setdefault(name, []).append(answer.read().decode())
print(json.dumps(told))
"""
STARTED = {"gunicorn", "flask", "python"}


def figures(stack: Stack) -> dict[str, list[str]]:
    """What Prometheus would be told, by program and replica."""
    jobs = yaml.safe_load((WATCH / "prometheus.yml").read_text("utf-8"))["scrape_configs"]
    places = [job["dns_sd_configs"][0] for job in jobs]
    asked = [f"{name}:{place['port']}" for place in places for name in place["names"]]
    told: dict[str, list[str]] = json.loads(stack.compose("exec", "-T", "auth", "python", "-c", ASK, *asked))
    assert len(told) == len(asked)
    return told


def status(stack: Stack) -> dict[str, Any]:
    command = ("python", "-m", "govah.ops.status", "--json")
    said = stack.compose("run", "--rm", "--no-deps", "auth", *command, check=False)
    found: dict[str, Any] = json.loads(said[said.index("{") : said.rindex("}") + 1])
    return found


def test_every_program_tells_its_figures(stack: Stack) -> None:
    Stranger(stack.system).citizen(0).ask_for_letter("all")
    told = figures(stack)
    assert len(told["pdfworker"]) == 2
    rendered = "".join(told["pdfworker"])
    assert "govah_letter_render_seconds_count" in rendered
    assert "govah_loop_last_success_timestamp_seconds" in told["disclosure-relay"][0]
    assert "govah_measures_failed 0.0" in told["disclosure"][0]
    assert "govah_certificate_expires_timestamp_seconds" in told["edge"][0]


def test_counts_outlive_the_health_check(stack: Stack) -> None:
    [container] = stack.ids("disclosure")
    before = figures(stack)["disclosure"][0]
    stack.run(["docker", "exec", container, "deploy/compose/entrypoint.sh", "true"])
    [count] = [line for line in before.splitlines() if line.startswith("govah_letters_total")]
    assert count in figures(stack)["disclosure"][0]


def test_the_status_is_told_from_inside(stack: Stack) -> None:
    # Events of the test before may still be on their way.
    wait_until(lambda: not status(stack)["findings"], lambda: str(status(stack)["findings"]), pause=2)
    told = status(stack)
    assert told["workers"] == 2
    assert told["services"]["inquiry"] == {"answers": True, "failed": []}


def test_every_line_of_our_programs_is_json(stack: Stack) -> None:
    ours = [one for one in stack.containers() if one["Config"]["Cmd"] and one["Config"]["Cmd"][0] in STARTED]
    assert {"disclosure", "disclosure-relay", "pdfworker"} <= {service_of(one) for one in ours}
    for one in ours:
        if one["State"]["Running"]:
            # Both streams: what a program writes goes to the second.
            for line in stack.run(["sh", "-c", f"docker logs {one['Id']} 2>&1"]).splitlines():
                assert {"event", "service", "level"} <= json.loads(line).keys(), (service_of(one), line)
