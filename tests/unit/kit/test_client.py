"""Calls to other services: their tokens, their failures, and what they carry."""

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
from pydantic import SecretStr

from services.kit import logging
from services.kit.http.client import (
    RENEW_BEFORE,
    SERVICE_TIMEOUT,
    RetryingTransport,
    ServiceClient,
    TokenSource,
    new_jwks_fetcher,
    request_as_service,
)
from services.kit.problems import Unavailable

Answer = Callable[[httpx.Request], httpx.Response]


class Clock:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Auth:
    """Gives a new token at each request, while it is not away."""

    def __init__(self) -> None:
        self.given = 0
        self.away = False
        self.seen: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        if self.away:
            raise httpx.ConnectError("away", request=request)
        self.given += 1
        return httpx.Response(200, json={"access_token": f"token-{self.given}", "expires_in": 900})


def build_http(respond: Answer) -> httpx.Client:
    return httpx.Client(base_url="http://service", transport=httpx.MockTransport(respond))


def build_source(auth: Answer, clock: Clock) -> TokenSource:
    return TokenSource("http://auth", "disclosure", lambda: [SecretStr("secret")], build_http(auth), clock)


def test_a_token_is_asked_for_once_and_renewed_before_it_ends() -> None:
    auth, clock = Auth(), Clock()
    tokens = build_source(auth, clock)
    assert [tokens.get_token("records:events") for _ in range(3)] == ["token-1"] * 3
    assert tokens.get_token("inquiry:events") == "token-2"
    clock.now += 900 - RENEW_BEFORE
    assert tokens.get_token("records:events") == "token-3"
    request = auth.seen[0]
    assert request.content == b"grant_type=client_credentials&scope=records%3Aevents"
    assert request.headers["Authorization"].startswith("Basic ")
    assert b"secret" not in request.content


def test_a_token_is_used_to_its_end_while_auth_is_away() -> None:
    auth, clock = Auth(), Clock()
    tokens = build_source(auth, clock)
    tokens.get_token("records:events")
    auth.away = True
    clock.now += 899
    assert tokens.get_token("records:events") == "token-1"
    clock.now += 1
    with pytest.raises(Unavailable):
        tokens.get_token("records:events")
    auth.away = False
    assert tokens.get_token("records:events") == "token-2"


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(401, json={"error": "invalid_client"}),
        httpx.Response(500),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={}),
        httpx.Response(200, json={"access_token": "t", "expires_in": None}),
    ],
)
def test_an_answer_without_a_token_makes_the_call_unavailable(answer: httpx.Response) -> None:
    with pytest.raises(Unavailable):
        build_source(lambda _: answer, Clock()).get_token("records:events")


def test_a_call_carries_the_token_and_the_request_id() -> None:
    seen: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"ok": True})

    logging.bind_request_id("request-1")
    client = ServiceClient("http://service", build_http(respond))
    client.send_request(
        "POST", "/internal/x", token="t", json={"a": 1}, params={"after": 3}, headers={"X-A": "b"}
    )
    [request] = seen
    assert request.url == "http://service/internal/x?after=3"
    assert request.headers["Authorization"] == "Bearer t"
    assert request.headers["X-Request-ID"] == "request-1"
    assert request.headers["X-A"] == "b"


@pytest.mark.parametrize(
    ("status", "passes"), [(200, True), (404, True), (409, True), (429, False), (500, False), (503, False)]
)
def test_what_the_service_cannot_do_now_is_unavailable(status: int, passes: bool) -> None:
    client = ServiceClient("http://service", build_http(lambda _: httpx.Response(status)))
    if passes:
        assert client.send_request("GET", "/", token="t").status_code == status
    else:
        with pytest.raises(Unavailable):
            client.send_request("GET", "/", token="t")


@pytest.mark.parametrize("failure", [httpx.ConnectError, httpx.ReadTimeout, httpx.RemoteProtocolError])
def test_a_service_that_does_not_answer_is_unavailable(failure: type[httpx.TransportError]) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise failure("no", request=request)

    with pytest.raises(Unavailable):
        ServiceClient("http://service", build_http(fail)).send_request("GET", "/", token="t")


def test_a_token_that_is_refused_before_its_end_is_replaced() -> None:
    auth = Auth()
    tokens = build_source(auth, Clock())
    taken: list[tuple[str, bytes]] = []

    def respond(request: httpx.Request) -> httpx.Response:
        taken.append((request.headers["Authorization"], request.content))
        return httpx.Response(200 if request.headers["Authorization"] in accepted else 401)

    client = ServiceClient("http://service", build_http(respond))

    def call() -> int:
        sent = {"content": b"letter", "headers": {"X-Attempt-Token": "7"}}
        return request_as_service(client, tokens, "disclosure:render", "PUT", "/x", **sent).status_code

    accepted = {"Bearer token-1"}
    assert [call(), call(), auth.given] == [200, 200, 1]
    # auth has withdrawn the key that signed the first one.
    accepted = {"Bearer token-2"}
    assert [call(), call(), auth.given] == [200, 200, 2]
    assert taken[-3:] == [(f"Bearer token-{number}", b"letter") for number in (1, 2, 2)]


def test_a_service_that_refuses_every_token_is_asked_twice_and_no_more() -> None:
    auth, requests_made = Auth(), []

    def refuse(request: httpx.Request) -> httpx.Response:
        requests_made.append(request)
        return httpx.Response(401)

    client = ServiceClient("http://service", build_http(refuse))
    response = request_as_service(client, build_source(auth, Clock()), "tiny:events", "GET", "/x")
    assert (response.status_code, len(requests_made), auth.given) == (401, 2, 2)


def test_key_set_is_unavailable_while_auth_does_not_listen() -> None:
    with pytest.raises(Unavailable) as raised:
        new_jwks_fetcher("http://127.0.0.1:9")()
    assert isinstance(raised.value.__cause__, httpx.ConnectError)


class Mortal(socketserver.StreamRequestHandler):
    """Ends after it has read the first request, answers the next ones: what two replicas do."""

    def handle(self) -> None:
        seen = self.server.seen  # type: ignore[attr-defined]
        length = 0
        seen.append(self.rfile.readline().split()[0].decode())
        while line := self.rfile.readline().strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        self.rfile.read(length)
        if len(seen) > 1:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


@contextmanager
def mortal_service() -> Iterator[tuple[str, list[str]]]:
    """Yield the address of a service and the methods of the requests that it receives."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mortal) as server:
        seen: list[str] = []
        server.seen = seen  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", seen
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_an_idempotent_call_survives_the_end_of_a_replica(method: str) -> None:
    with mortal_service() as (url, seen), httpx.Client(transport=RetryingTransport()) as http:
        assert http.request(method, url, content=b"x" if method == "PUT" else None).status_code == 200
    assert seen == [method] * 2


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_call_that_may_have_had_an_effect_is_not_sent_twice(method: str) -> None:
    with mortal_service() as (url, seen), httpx.Client(transport=RetryingTransport()) as http:
        with pytest.raises(httpx.RemoteProtocolError):
            http.request(method, url, content=b"x")
        assert seen == [method]


def test_a_body_that_is_read_once_is_not_sent_twice() -> None:
    with mortal_service() as (url, seen), httpx.Client(transport=RetryingTransport()) as http:
        with pytest.raises(httpx.RemoteProtocolError):
            http.put(url, content=iter([b"x"]), headers={"Content-Length": "1"})
        assert seen == ["PUT"]


def test_clients_of_services_give_up_a_silent_address_after_a_second() -> None:
    assert SERVICE_TIMEOUT.connect == 1
    with mortal_service() as (url, seen):
        client = ServiceClient(url)
        assert client.send_request("GET", "/", token="t").status_code == 200
        assert client._http.timeout == SERVICE_TIMEOUT
    assert seen == ["GET"] * 2


@pytest.mark.parametrize(
    ("lines", "valid", "calls"),
    [("new old", "new", 1), ("new old", "old", 2), ("new old", "other", 3), ("old", "other", 1)],
)
def test_a_former_secret_is_tried_while_auth_knows_no_other(lines: str, valid: str, calls: int) -> None:
    seen: list[str] = []

    def grant(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["Authorization"])
        if request.headers["Authorization"] != httpx.BasicAuth("auth", valid)._auth_header:
            return httpx.Response(401)
        return httpx.Response(200, json={"access_token": "token", "expires_in": 900})

    secrets = [SecretStr(line) for line in lines.split()]
    source = TokenSource("http://auth", "auth", lambda: secrets, build_http(grant))
    if valid in lines:
        assert source.get_token("records:events") == "token"
    else:
        with pytest.raises(Unavailable):
            source.get_token("records:events")
    assert len(seen) == calls
