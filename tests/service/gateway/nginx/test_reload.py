"""A new certificate and new settings while the edge runs."""

import shutil
import threading
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest

from tests.service.gateway.nginx.desk import Edge, Upstream, free_port, make_certificate, running
from tests.waiting import wait_until


def read_expiry(edge: Edge) -> float:
    lines = httpx.get(f"http://127.0.0.1:{edge.settings['EDGE_METRICS_PORT']}/metrics").text.splitlines()
    [line] = [line for line in lines if not line.startswith("#")]
    return float(line.split()[1])


def call_until(edge: Edge, stop: threading.Event, ends: Counter[str]) -> None:
    """Call again and again, each time on a new connection, and count how the calls end."""
    while not stop.is_set():
        try:
            status = edge.send_request("POST", "/api/v1/auth/x", verify=False, json={}).status_code
            ends[str(status)] += 1
        except httpx.TransportError as error:
            ends[type(error).__name__] += 1


def test_a_new_certificate_is_taken_and_no_call_is_refused(
    upstreams: dict[str, Upstream], tmp_path: Path
) -> None:
    settings = make_certificate(tmp_path / "tls")
    stop, ends = threading.Event(), Counter[str]()
    with running(Edge(tmp_path, upstreams, settings | {"EDGE_BURST": "9999"})) as edge:
        old = edge.fetch_certificate()
        callers = [threading.Thread(target=call_until, args=(edge, stop, ends)) for _ in range(2)]
        for caller in callers:
            caller.start()
        make_certificate(tmp_path / "tls", days=9)
        done = edge.reload()
        assert (done.returncode, done.stderr) == (0, "") or "no-module" in done.stderr
        new = (tmp_path / "tls" / "fullchain.pem").read_text("ascii")
        wait_until(lambda: edge.fetch_certificate() == new, edge.read_error_log)
        assert new != old
        assert 8.9 * 86400 < read_expiry(edge) - time.time() < 9.1 * 86400
        stop.set()
        for caller in callers:
            caller.join()
    assert ends.keys() == {"200"}


def test_the_first_certificate_needs_no_restart(upstreams: dict[str, Upstream], tmp_path: Path) -> None:
    settings = {
        "EDGE_CERTIFICATE": str(tmp_path / "tls" / "fullchain.pem"),
        "EDGE_CERTIFICATE_KEY": str(tmp_path / "tls" / "privkey.pem"),
        "EDGE_PUBLIC_URL": "https://govah.example",
    }
    with running(Edge(tmp_path, upstreams, settings)) as edge:
        plain = f"http://127.0.0.1:{edge.settings['EDGE_HTTP_PORT']}/api/v1/auth/x"
        assert httpx.get(plain).status_code == 200
        make_certificate(tmp_path / "tls")
        assert edge.reload().returncode == 0
        wait_until(lambda: httpx.get(plain).status_code == 308)
        assert edge.send_request("GET", "/api/v1/auth/x", verify=False).status_code == 200


@pytest.mark.parametrize("wrong", ["key of another", "half", "no certificate", "setting"])
def test_what_is_wrong_changes_nothing(upstreams: dict[str, Upstream], tmp_path: Path, wrong: str) -> None:
    settings = make_certificate(tmp_path / "tls")
    with running(Edge(tmp_path, upstreams, settings)) as edge:
        old = edge.fetch_certificate()
        make_certificate(tmp_path / "other")
        if wrong == "setting":
            edge.settings["EDGE_RATE"] = "many"
        elif wrong == "half":
            (tmp_path / "tls" / "privkey.pem").unlink()
        elif wrong == "no certificate":
            (tmp_path / "tls" / "fullchain.pem").write_text("none", "ascii")
        else:
            shutil.copy(tmp_path / "other" / "privkey.pem", tmp_path / "tls" / "privkey.pem")
        done = edge.reload()
        assert done.returncode == 1
        assert "edge: " in done.stderr
        assert edge.fetch_certificate() == old
        assert "rate=50r/s" in (tmp_path / "limits.conf").read_text("utf-8")


def test_an_edge_that_does_not_run_is_not_reloaded(tmp_path: Path) -> None:
    done = Edge(tmp_path, {}, {"EDGE_HTTP_PORT": str(free_port())}).reload()
    assert (done.returncode, "it does not run" in done.stderr) == (1, True)
