"""A certificate comes and goes while the edge runs, by `make reload`."""

import os
from pathlib import Path

import httpx

from tests.compose.conftest import Stack
from tests.e2e.client import DISCLOSURE
from tests.service.gateway.nginx.desk import make_certificate
from tests.waiting import wait_until

PATH = f"{DISCLOSURE}/agreement"


def reload_edge(stack: Stack) -> None:
    # Without the file of settings compose would miss required ones.
    compose = f"{os.environ['GOVAH_COMPOSE']} --env-file deploy/compose/demo.env"
    stack.run(["make", "reload", f"COMPOSE={compose}"])


def test_a_certificate_needs_no_restart(stack: Stack) -> None:
    plain = f"{stack.environment['GOVAH_PUBLIC_URL']}{PATH}"
    encrypted = f"https://127.0.0.1:{stack.environment['GOVAH_HTTPS_PORT']}{PATH}"
    tls = Path(stack.environment["GOVAH_TLS_DIR"])
    before = stack.find_container_ids("edge")
    make_certificate(tls)
    for path in tls.iterdir():
        path.chmod(0o644)
    reload_edge(stack)
    try:
        wait_until(lambda: httpx.get(plain).status_code == 308)
        assert httpx.get(encrypted, verify=False).status_code == 200
    finally:
        for path in tls.iterdir():
            path.unlink()
        reload_edge(stack)
    wait_until(lambda: httpx.get(plain).status_code == 200)
    assert stack.find_container_ids("edge") == before
