"""The edge takes new certificates under load, and no call is refused."""

import time
from pathlib import Path

from tests.faults.conftest import Figures
from tests.faults.load import Call, Load
from tests.faults.replicas import LIMITS
from tests.service.gateway.nginx.desk import Edge, Upstream, make_certificate, running
from tests.waiting import wait_until

RELOADS = 20
CALLS = [
    Call("GET", "/api/v1/records/me", 200),
    Call("POST", "/api/v1/inquiry/inquiries", 200, body={"code": "x"}),
    Call("GET", "/", 200),
]


def test_no_call_is_refused_while_the_edge_reloads(
    upstreams: dict[str, Upstream], tmp_path: Path, figures: Figures
) -> None:
    certificate = make_certificate(tmp_path / "tls")
    with running(Edge(tmp_path / "run", upstreams, certificate | LIMITS)) as edge:
        fresh = Load(edge.base_url, CALLS, callers=4, pause=0.01)
        persistent = Load(edge.base_url, CALLS, callers=4, keep=True, pause=0.01)
        with fresh.running(), persistent.running():
            for _ in range(RELOADS):
                make_certificate(tmp_path / "tls")
                assert edge.reload().returncode == 0
                time.sleep(1)
        of_fresh, of_kept = fresh.take(), persistent.take()
        written = (tmp_path / "tls" / "fullchain.pem").read_text("ascii")
        wait_until(lambda: edge.fetch_certificate() == written)
    figures.add("reloads of the edge under load", RELOADS)
    for name, outcome in (("new connections", of_fresh), ("kept connections", of_kept)):
        figures.add(f"calls on {name}, failed", f"{outcome.calls}, {outcome.count_failed()}")
        figures.add(f"longest call on {name}, in seconds", f"{outcome.longest:.2f}")
    assert of_fresh.failed == {}
    # A client may send on a connection that is being closed, and then sends again (RFC 9112, 9.3.1).
    assert {failure for _, failure in of_kept.failed} <= {"RemoteProtocolError", "ReadError", "WriteError"}
