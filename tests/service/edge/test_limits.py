"""How much one address may ask, who it is behind a trusted proxy, and what the logs hold of it all."""

import json
import uuid
from pathlib import Path

import pytest

from tests.service.edge.conftest import Edge, Upstream, free_port, running

SECRETS = ["0012345679", "09123456789", "sEcReT-token", "Ali", "203.0.113.7", "127.0.0.1"]


def test_one_address_may_not_ask_without_end(upstreams: dict[str, Upstream], tmp_path: Path) -> None:
    with running(Edge(tmp_path, upstreams, {"EDGE_RATE": "1r/m", "EDGE_BURST": "3"})) as edge:
        answers = [edge.ask("GET", "/api/v1/auth/x") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429, 429]
    refused = answers[-1]
    assert refused.json()["code"] == "too-many-attempts"
    assert refused.headers["Retry-After"] == "10"
    assert refused.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("network", "seen"), [("127.0.0.0/8", "203.0.113.7"), ("198.51.100.0/24", "127.0.0.1")]
)
def test_only_a_trusted_proxy_tells_the_address(
    upstreams: dict[str, Upstream], tmp_path: Path, network: str, seen: str
) -> None:
    said = {"X-Forwarded-For": "192.0.2.1, 203.0.113.7", "X-Forwarded-Proto": "https"}
    with running(Edge(tmp_path, upstreams, {"EDGE_TRUSTED_PROXY": network})) as edge:
        told = edge.ask("GET", "/api/v1/auth/x", headers=said).json()["headers"]
    assert told["X-Forwarded-For"] == seen
    assert told["X-Forwarded-Proto"] == ("https" if seen == "203.0.113.7" else "http")


def test_the_logs_hold_no_path_no_query_and_no_address(
    upstreams: dict[str, Upstream], tmp_path: Path
) -> None:
    away = {"EDGE_RECORDS": f"127.0.0.1:{free_port()}", "EDGE_BURST": "5", "EDGE_RATE": "1r/m"}
    headers = {
        "Referer": "http://x/0012345679",
        "User-Agent": "sEcReT-token",
        "Authorization": "Bearer sEcReT-token",
    }
    with running(Edge(tmp_path, upstreams, away)) as edge:
        for path in (
            "/api/v1/inquiry/documents/sEcReT-token",
            "/api/v1/records/0012345679?name=Ali",
            "/api/v1/auth/Ali/09123456789",
            "/0012345679",
            "/l/0012345679",
            "/nothing/..%2fAli",
        ):
            edge.ask("GET", path, headers=headers)
        edge.raw(b"GET /%zz0012345679 HTTP/1.1\r\nHost: x\r\n\r\n")
        for size in (70_000, 1, 1, 1, 1, 1):
            edge.ask("POST", "/api/v1/inquiry/documents/sEcReT-token", headers=headers, content=b"x" * size)
        lines = edge.access_log()
        written = json.dumps(lines) + edge.error_log()
    assert [line["route"] for line in lines[:6]] == [
        *("/api/v1/inquiry/documents", "other", "other", "other", "/l", "other"),
    ]
    assert [line["status"] for line in lines[:3]] == [200, 503, 200]
    assert 429 in {line["status"] for line in lines}
    assert lines[1]["upstream_status"] == "502"
    assert all(str(uuid.UUID(line["request_id"])) == line["request_id"] for line in lines)
    assert [secret for secret in SECRETS if secret in written] == []
