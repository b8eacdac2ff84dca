"""How much one address may ask, who it is behind a trusted proxy, and what the logs hold of it all."""

import json
import socket
import uuid
from pathlib import Path

import pytest

from tests.service.gateway.nginx.desk import Edge, Upstream, free_port, running
from tests.waiting import PATIENCE

SECRETS = ["0012345679", "09123456789", "sEcReT-token", "Ali", "203.0.113.7", "127.0.0.1"]


def test_requests_of_one_address_are_limited(upstreams: dict[str, Upstream], tmp_path: Path) -> None:
    with running(Edge(tmp_path, upstreams, {"EDGE_RATE": "1r/m", "EDGE_BURST": "3"})) as edge:
        answers = [edge.send_request("GET", "/api/v1/auth/x") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429, 429]
    refused = answers[-1]
    assert refused.json()["code"] == "too-many-attempts"
    assert refused.headers["Retry-After"] == "10"
    assert refused.headers["Content-Type"] == "application/problem+json"


BEHIND_A_PROXY = {"EDGE_TRUSTED_PROXY": "127.0.0.0/8"}


def ask_as(edge: Edge, address: str) -> int:
    return edge.send_request("GET", "/api/v1/auth/x", headers={"X-Forwarded-For": address}).status_code


@pytest.mark.parametrize(
    ("addresses", "other"),
    [
        (["2001:db8::1", "2001:db8::2", "2001:db8::ffff:0:0:1", "2001:DB8:0:0:a:b:c:d"], "2001:db8:0:1::1"),
        (["fe80::1", "fe80::ffff:192.0.2.1", "fe80::2", "fe80::192.0.2.1"], "2001:db8::1"),
        (["::1", "::2", "::3", "::fffe:192.0.2.1"], "192.0.2.1"),
        (["192.0.2.1", "::ffff:192.0.2.1", "::ffff:c000:201", "192.0.2.1"], "::ffff:192.0.2.2"),
        (["192.0.2.1"] * 4, "192.0.2.2"),
    ],
)
def test_addresses_of_one_network_are_counted_together(
    upstreams: dict[str, Upstream], tmp_path: Path, addresses: list[str], other: str
) -> None:
    limits = {"EDGE_RATE": "1r/m", "EDGE_BURST": "2"}
    with running(Edge(tmp_path, upstreams, BEHIND_A_PROXY | limits)) as edge:
        assert [ask_as(edge, address) for address in addresses] == [200, 200, 200, 429]
        assert ask_as(edge, other) == 200


def test_connections_of_one_ipv6_network_are_counted_together(
    upstreams: dict[str, Upstream], tmp_path: Path
) -> None:
    def hold(edge: Edge, address: str) -> socket.socket:
        """Return a connection whose body is never sent whole."""
        connection = socket.create_connection(
            ("127.0.0.1", int(edge.settings["EDGE_HTTP_PORT"])), timeout=PATIENCE
        )
        head = (
            f"POST /api/v1/auth/x HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {address}\r\nContent-Length: 9\r\n"
        )
        connection.sendall(f"{head}Expect: 100-continue\r\n\r\n".encode())
        # nginx has read the head, and so counts the connection, when it asks for the rest.
        assert connection.recv(64).startswith(b"HTTP/1.1 100 ")
        return connection

    with running(Edge(tmp_path, upstreams, BEHIND_A_PROXY | {"EDGE_CONNECTIONS": "2"})) as edge:
        connections = [hold(edge, address) for address in ("2001:db8::1", "2001:db8::2")]
        assert ask_as(edge, "2001:db8::3") == 429
        assert ask_as(edge, "2001:db8:1::3") == 200
        for one in connections:
            one.close()


@pytest.mark.parametrize(
    ("network", "seen"), [("127.0.0.0/8", "203.0.113.7"), ("198.51.100.0/24", "127.0.0.1")]
)
def test_only_a_trusted_proxy_sets_the_address(
    upstreams: dict[str, Upstream], tmp_path: Path, network: str, seen: str
) -> None:
    claims = {"X-Forwarded-For": "192.0.2.1, 203.0.113.7", "X-Forwarded-Proto": "https"}
    with running(Edge(tmp_path, upstreams, {"EDGE_TRUSTED_PROXY": network})) as edge:
        received = edge.send_request("GET", "/api/v1/auth/x", headers=claims).json()["headers"]
    assert received["X-Forwarded-For"] == seen
    assert received["X-Forwarded-Proto"] == ("https" if seen == "203.0.113.7" else "http")


def test_logs_have_no_path_no_query_and_no_address(upstreams: dict[str, Upstream], tmp_path: Path) -> None:
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
            edge.send_request("GET", path, headers=headers)
        edge.send_bytes(b"GET /%zz0012345679 HTTP/1.1\r\nHost: x\r\n\r\n")
        for size in (70_000, 1, 1, 1, 1, 1):
            edge.send_request(
                "POST", "/api/v1/inquiry/documents/sEcReT-token", headers=headers, content=b"x" * size
            )
        lines = edge.read_access_log()
        written = json.dumps(lines) + edge.read_error_log()
    assert [line["route"] for line in lines[:6]] == [
        *("/api/v1/inquiry/documents", "other", "other", "other", "/l", "other"),
    ]
    assert [line["status"] for line in lines[:3]] == [200, 503, 200]
    assert 429 in {line["status"] for line in lines}
    assert lines[1]["upstream_status"] == "502"
    assert all(str(uuid.UUID(line["request_id"])) == line["request_id"] for line in lines)
    assert [secret for secret in SECRETS if secret in written] == []
