"""Time stamps come through the proxy only: letters wait while nobody gives them, and have them then."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.compose.conftest import Stack
from tests.e2e.client import DISCLOSURE, Stranger
from tests.e2e.system import ROOT
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(600)

NAME = "time-stamps"
URL = f"http://{NAME}:8080/"
# Of the authority's certificate, which the signature holds.
SUBJECT = b"time stamps of tests".hex().encode()
CALL = """
import sys, httpx
try:
    print(httpx.get(sys.argv[1], proxy=sys.argv[2] or None, timeout=5, trust_env=False).status_code)
except httpx.TransportError as error:
    print(type(error).__name__)
"""


@contextmanager
def stamping(stack: Stack) -> Iterator[None]:
    """Start the workers and the proxy with the address of an authority; start them without it afterwards."""
    services = ("--no-deps", "--scale", "pdfworker=2", "egress", "pdfworker")
    stack.environment["GOVAH_TIMESTAMP_URL"] = URL
    try:
        stack.compose("up", "-d", *services)
        yield
    finally:
        del stack.environment["GOVAH_TIMESTAMP_URL"]
        stack.compose("up", "-d", *services)


@contextmanager
def running_authority(stack: Stack) -> Iterator[None]:
    """Run an authority outside: only the network of the proxy leads to it."""
    project = stack.environment["COMPOSE_PROJECT_NAME"]
    container = f"{project}-{NAME}"
    image = stack.run(
        ["docker", "inspect", "--format", "{{.Config.Image}}", stack.find_container_ids("pdfworker")[0]]
    ).strip()
    where = (
        "--network",
        f"{project}_outside",
        "--network-alias",
        NAME,
        "-v",
        f"{ROOT}/tests:/srv/govah/tests:ro",
    )
    stack.run(
        [
            "docker",
            "run",
            "-d",
            "--name",
            container,
            *where,
            image,
            "python",
            "-m",
            "tests.fakes.time_stamp_server",
        ]
    )
    try:
        yield
    finally:
        stack.run(["docker", "rm", "--force", container])


def call_from_worker(stack: Stack, url: str, proxy: str = "") -> str:
    """Return how a call from the container of a worker ended."""
    return stack.compose("exec", "-T", "pdfworker", "python", "-c", CALL, url, proxy).strip()


def test_a_letter_waits_for_its_time_stamp_and_gets_it_through_the_proxy(stack: Stack) -> None:
    citizen = Stranger(stack.system).sign_in_citizen(2)
    version = citizen.get(f"{DISCLOSURE}/agreement").json()["version"]
    body = {"types": ["wages"], "agreement_version": version, "agreed": True}
    with stamping(stack):
        path = f"{DISCLOSURE}/requests/{citizen.post(f'{DISCLOSURE}/requests', body).json()['id']}"
        wait_until(
            lambda: "timestamp-unavailable" in stack.compose("logs", "--no-color", "pdfworker"),
            lambda: stack.compose("logs", "--no-color", "--tail=20", "pdfworker"),
            pause=1,
        )
        assert citizen.get(path).json()["status"] in {"queued", "rendering"}
        with running_authority(stack):
            wait_until(lambda: citizen.get(path).json()["status"] == "ready", "the letter", pause=1)
            proxy = "http://egress:3128"
            # The authority answers what it does not know with 501.
            assert call_from_worker(stack, URL, proxy) == "501"
            assert call_from_worker(stack, URL) == "ConnectError"
            assert call_from_worker(stack, "http://elsewhere.example/", proxy) == "403"
            # Nothing of the system itself can be reached from there.
            assert call_from_worker(stack, "http://auth:8000/healthz", proxy) == "403"
            assert f'"host":"{NAME}:8080"' in stack.compose("logs", "--no-color", "egress")
    letter = citizen.get(path).json()["letter_id"]
    assert SUBJECT in citizen.get_document(letter).lower()
