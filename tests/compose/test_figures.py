"""The stack is watched: programs report their figures, `govah.ops.status` sees all, every line is JSON."""

import json
from typing import Any

import pytest
import yaml

from tests.compose.conftest import Stack, find_service
from tests.e2e.client import Stranger
from tests.waiting import wait_until
from tests.watched import WATCH

pytestmark = pytest.mark.timeout(900)

# Prints the metrics of each given address as JSON.
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


def fetch_metrics(stack: Stack) -> dict[str, list[str]]:
    """Return what Prometheus would scrape, by program and replica."""
    jobs = yaml.safe_load((WATCH / "prometheus.yml").read_text("utf-8"))["scrape_configs"]
    places = [job["dns_sd_configs"][0] for job in jobs]
    addresses = [f"{name}:{place['port']}" for place in places for name in place["names"]]
    metrics: dict[str, list[str]] = json.loads(
        stack.compose("exec", "-T", "auth", "python", "-c", ASK, *addresses)
    )
    assert len(metrics) == len(addresses)
    return metrics


def read_status(stack: Stack) -> dict[str, Any]:
    command = ("python", "-m", "govah.ops.status", "--json")
    output = stack.compose("run", "--rm", "--no-deps", "auth", *command, check=False)
    document: dict[str, Any] = json.loads(output[output.index("{") : output.rindex("}") + 1])
    return document


def test_every_program_tells_its_figures(stack: Stack) -> None:
    Stranger(stack.system).sign_in_citizen(0).ask_for_letter("all")
    metrics = fetch_metrics(stack)
    assert len(metrics["pdfworker"]) == 2
    rendered = "".join(metrics["pdfworker"])
    assert "govah_letter_render_seconds_count" in rendered
    assert "govah_loop_last_success_timestamp_seconds" in metrics["disclosure-relay"][0]
    assert "govah_measures_failed 0.0" in metrics["disclosure"][0]
    assert "govah_certificate_expires_timestamp_seconds" in metrics["edge"][0]


def test_counts_outlive_the_health_check(stack: Stack) -> None:
    [container] = stack.find_container_ids("disclosure")
    before = fetch_metrics(stack)["disclosure"][0]
    stack.run(["docker", "exec", container, "deploy/compose/entrypoint.sh", "true"])
    [count] = [line for line in before.splitlines() if line.startswith("govah_letters_total")]
    assert count in fetch_metrics(stack)["disclosure"][0]


def test_status_is_reported_inside_a_container(stack: Stack) -> None:
    # Events of the test before may still be on their way.
    wait_until(
        lambda: not read_status(stack)["findings"], lambda: str(read_status(stack)["findings"]), pause=2
    )
    status = read_status(stack)
    assert status["workers"] == 2
    assert status["services"]["inquiry"] == {"answers": True, "failed": [], "warnings": []}


def test_every_line_of_our_programs_is_json(stack: Stack) -> None:
    ours = [
        one for one in stack.list_containers() if one["Config"]["Cmd"] and one["Config"]["Cmd"][0] in STARTED
    ]
    assert {"disclosure", "disclosure-relay", "pdfworker"} <= {find_service(one) for one in ours}
    for one in ours:
        if one["State"]["Running"]:
            # Both streams: what a program writes goes to the second.
            for line in stack.run(["sh", "-c", f"docker logs {one['Id']} 2>&1"]).splitlines():
                assert {"event", "service", "level"} <= json.loads(line).keys(), (find_service(one), line)
