"""The egress proxy lets calls out to the hosts and ports of its settings, and no others."""

import json
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from services.auth.adapters import HttpMessageSender
from services.auth.clients import Message
from services.auth.gateways import Gateway, GatewayUnavailable, Template
from services.kit.http.egress import new_outside_client
from services.pdfworker.signing.errors import TimeStampUnavailable
from services.pdfworker.signing.timestamp import TimeStampAuthority
from tests.service.gateway.egress.conftest import START, Proxy, build_environment

Start = Callable[[str], Proxy]


@pytest.fixture(scope="module")
def proxy(start_proxy: Start, outside: list[int]) -> Proxy:
    """Return a proxy that allows the first authority, by its URL."""
    return start_proxy(f"http://user:word@127.0.0.1:{outside[0]}/stamps?key=1 [::1]:99 Plain.example")


def connect(proxy: Proxy, target: str) -> int:
    """Return the status of a tunnel's request."""
    with socket.create_connection(proxy.address) as connection:
        connection.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
        return int(connection.recv(64).split()[1])


def test_time_stamps_come_through_the_proxy(proxy: Proxy, outside: list[int]) -> None:
    authority = TimeStampAuthority(f"http://127.0.0.1:{outside[0]}/stamps", 20, proxy.url)
    assert len(authority(b"signature")) > 500
    authority._client.close()


def test_a_call_to_another_port_is_an_outage_of_its_caller(proxy: Proxy, outside: list[int]) -> None:
    url = f"http://127.0.0.1:{outside[1]}/"
    authority = TimeStampAuthority(url, 20, proxy.url)
    with pytest.raises(TimeStampUnavailable, match="403"):
        authority(b"signature")
    authority._client.close()
    template = Template("https://messages.example/", "POST", {}, {"to": "{to}"}, "json")
    gateway = Gateway("messages", template, "token", new_outside_client(proxy.url, timeout=20), 1)
    with pytest.raises(GatewayUnavailable):
        HttpMessageSender(gateway).send(Message("09120000000", "letter-ready", "متن"))


def test_a_proxy_that_is_away_is_an_outage_of_its_caller(outside: list[int]) -> None:
    with pytest.raises(TimeStampUnavailable):
        TimeStampAuthority(f"http://127.0.0.1:{outside[0]}/", 5, "http://127.0.0.1:1")(b"signature")


def test_only_what_is_allowed_is_reached(proxy: Proxy, outside: list[int]) -> None:
    allowed, other = outside
    refused = [
        *(f"127.0.0.1:{other}", f"localhost:{allowed}", "127.0.0.1:22", f"127.0.0.1.:{allowed}"),
        *(
            f"127.0.0.1:{allowed}0",
            "x.plain.example:80",
            "xplain.example:80",
            "plain.example:80",
            "plainxexample:443",
        ),
    ]
    assert connect(proxy, f"127.0.0.1:{allowed}") == 200
    assert {target: connect(proxy, target) for target in refused} == dict.fromkeys(refused, 403)
    with httpx.Client(proxy=proxy.url) as http:
        urls = [
            *(f"http://127.0.0.1:{other}/", f"http://localhost:{allowed}/", "http://127.0.0.1/"),
            f"http://127.0.0.1:{allowed}@localhost:{other}/",
        ]
        assert {url: http.get(url).status_code for url in urls} == dict.fromkeys(urls, 403)
    assert httpx.get(f"{proxy.url}/etc/passwd").status_code == 403


def test_the_log_names_hosts_and_no_paths(start_proxy: Start, outside: list[int]) -> None:
    proxy = start_proxy(f"http://127.0.0.1:{outside[0]}")
    with httpx.Client(proxy=proxy.url) as http:
        http.post(f"http://127.0.0.1:{outside[1]}/secret-key/send", content=b"")
        http.post("http://nowhere.invalid/secret-key/send", content=b"")
    lines = [json.loads(line) for line in proxy.log.read_text("utf-8").splitlines()]
    calls = [line for line in lines if line.get("method") == "POST"]
    assert [(line["host"], line["status"]) for line in calls] == [
        (f"127.0.0.1:{outside[1]}", 403),
        ("nowhere.invalid", 403),
    ]
    assert "secret-key" not in proxy.log.read_text("utf-8")


def test_without_an_allow_list_nothing_is_reached(start_proxy: Start, outside: list[int]) -> None:
    assert connect(start_proxy(""), f"127.0.0.1:{outside[0]}") == 403


@pytest.mark.parametrize("entry", ["ftp://a.example", "a.example:port", "https://", "a|b", '"', "a.example:"])
def test_a_malformed_allow_list_is_refused_without_its_value(tmp_path: Path, entry: str) -> None:
    run = subprocess.run(
        [str(START), "-t"],
        env=build_environment(tmp_path, f"b.example {entry}"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert run.stderr.startswith("egress: ")
    assert entry not in run.stderr.replace("EGRESS_ALLOW", "").replace("https://", "")
