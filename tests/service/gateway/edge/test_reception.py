"""What the embedded door makes of HTTP: whole requests to the application, and 400 for malformed ones."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.edge.reception.bounds import Bounds
from tests.service.gateway.edge.door import CHUNKED, CLOSE, MALFORMED, Door, open_door, read_all


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    with open_door() as one:
        yield one


def split_response(answer: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, fields and body of one answer."""
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    return (
        int(first.split()[1]),
        {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)},
        body,
    )


def read_echo(answer: bytes) -> dict[str, Any]:
    status, fields, body = split_response(answer)
    assert status == 200, answer
    assert int(fields["content-length"]) == len(body)
    assert fields["date"].endswith("GMT")
    echo: dict[str, Any] = json.loads(body)
    return echo


def test_request_reaches_the_application_unchanged(door: Door) -> None:
    received = read_echo(
        door.send(
            b"POST /a%20b/%D8%A7?c=%20d#e HTTP/1.1\r\n"
            + CLOSE
            + b"X-One: 1\r\nX-One: 2\r\nCookie: a=1\r\nCookie: b=2\r\n"
            b"Content-Type: text/plain\r\nContent-Length: 4\r\n\r\nfour"
        )
    )
    assert received["path"].encode("latin-1").decode() == "/a b/ا"
    assert (received["method"], received["query"], received["client"]) == ("POST", "c=%20d", "127.0.0.1")
    assert received["body"] == "four"
    assert received["headers"]["HTTP_X_ONE"] == "1,2"
    assert received["headers"]["HTTP_COOKIE"] == "a=1; b=2"
    assert received["headers"]["CONTENT_TYPE"] == "text/plain"


@pytest.mark.parametrize(
    "body",
    [
        b"2\r\nfo\r\n2\r\nur\r\n0\r\n\r\n",
        b"2;name=value\r\nfo\r\n02\r\nur\r\n0;last\r\n\r\n",
        b"4\r\nfour\r\n0\r\nX-Trailer: 1\r\n\r\n",
        b"4;a\rb\r\nfour\r\n0\r\n\r\n",
    ],
    ids=["chunks", "extensions", "trailer", "extension with cr"],
)
def test_chunked_body_arrives_whole_with_its_length(door: Door, body: bytes) -> None:
    received = read_echo(door.send(b"POST / HTTP/1.1\r\n" + CHUNKED + body))
    assert (received["body"], received["headers"]["CONTENT_LENGTH"]) == ("four", "4")
    assert not {"HTTP_TRANSFER_ENCODING", "HTTP_X_TRAILER"} & received["headers"].keys()


def test_names_with_underscores_are_dropped(door: Door) -> None:
    sent = b"GET / HTTP/1.1\r\n" + CLOSE + b"X_Forwarded_For: 9.9.9.9\r\nContent_Length: 3\r\n\r\n"
    assert not {"HTTP_X_FORWARDED_FOR", "HTTP_CONTENT_LENGTH"} & read_echo(door.send(sent))["headers"].keys()


def test_the_absolute_form_is_a_path_and_a_host(door: Door) -> None:
    received = read_echo(door.send(b"GET http://one.example/a?b HTTP/1.1\r\n" + CLOSE + b"\r\n"))
    assert (received["path"], received["query"], received["headers"]["HTTP_HOST"]) == (
        "/a",
        "b",
        "one.example",
    )


def test_several_requests_go_over_one_connection(door: Door) -> None:
    ask, last = b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /3 HTTP/1.1\r\n" + CLOSE + b"\r\n"
    for pipelined in (True, False):
        with door.connect() as one:
            one.sendall(ask % 1)
            if not pipelined:
                assert b'"/1"' in one.recv(65536)
            one.sendall(ask % 2 + last)
            responses = read_all(one)
        assert responses.count(b"HTTP/1.1 200 ") == (3 if pipelined else 2)
        assert b'"/3"' in responses


def test_http_1_0_and_head_requests_are_answered(door: Door) -> None:
    status, fields, body = split_response(door.send(b"GET /old HTTP/1.0\r\n\r\n"))
    assert (status, fields["connection"]) == (200, "close")
    assert json.loads(body)["path"] == "/old"
    status, fields, body = split_response(door.send(b"HEAD / HTTP/1.1\r\n" + CLOSE + b"\r\n"))
    assert (status, body) == (200, b"")
    assert int(fields["content-length"]) > 0


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_request_is_400_and_does_not_reach_the_application(door: Door, name: str) -> None:
    before = len(door.reached)
    status, fields, body = split_response(door.send(MALFORMED[name]))
    assert status == 400
    assert fields["content-type"] == "application/problem+json"
    assert fields["connection"] == "close"
    problem = json.loads(body)
    assert (problem["code"], problem["status"]) == ("bad-request", 400)
    assert problem["request_id"] == fields["x-request-id"]
    assert len(door.reached) == before
    assert door.is_answering()


@pytest.mark.parametrize(
    "sent", [b"", b"GET / HTTP/1.1\r\nHost", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nfour"]
)
def test_incomplete_request_does_not_reach_the_application(door: Door, sent: bytes) -> None:
    before = len(door.reached)
    with door.connect() as one:
        one.sendall(sent)
        one.shutdown(1)
        assert not read_all(one).startswith(b"HTTP/1.1 2")
    assert len(door.reached) == before


def test_oversized_body_is_reported_and_not_stored() -> None:
    small = Bounds(body=1000, dropped=5000)
    with open_door(small) as door:
        for size in (1001, 4000, 9000):
            whole = b"POST / HTTP/1.1\r\n" + CLOSE + b"Content-Length: %d\r\n\r\n" % size + b"x" * size
            assert split_response(door.send(whole))[0] == 413
            pieces = b"POST / HTTP/1.1\r\n" + CHUNKED + b"%x\r\n" % size + b"x" * size + b"\r\n0\r\n\r\n"
            assert split_response(door.send(pieces))[0] == 413
        assert all(int(received["headers"]["CONTENT_LENGTH"]) > 1000 for received in door.reached)
        # Who asks before sending hears it before sending.
        expecting = b"POST / HTTP/1.1\r\n" + CLOSE + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n"
        assert split_response(door.send(expecting % 1001))[0] == 413
        with door.connect() as one:
            one.sendall(expecting % 4)
            assert one.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
            one.sendall(b"four")
            assert read_echo(read_all(one))["body"] == "four"


def test_failure_of_the_application_is_a_problem_without_details(
    door: Door, capfd: pytest.CaptureFixture[str]
) -> None:
    status, fields, body = split_response(door.send(b"GET /fail HTTP/1.1\r\n" + CLOSE + b"\r\n"))
    assert (status, fields["content-type"]) == (500, "application/problem+json")
    assert json.loads(body)["code"] == "internal-error"
    assert b"secret" not in body


def test_open_requests_are_answered_before_the_stop() -> None:
    responses: list[bytes] = []
    with open_door() as door:
        asking = threading.Thread(
            target=lambda: responses.append(door.send(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n"))
        )
        asking.start()
        while not door.reached:
            pass
        threading.Timer(0.3, door.may_answer.set).start()
    asking.join(20)
    status, fields, _ = split_response(responses[0])
    assert (status, fields["connection"]) == (200, "close")
