"""The adapters of auth's ports: what they send, and what they make of the answers."""

import json
import uuid
from collections.abc import Callable
from datetime import date
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from services.auth.clients import (
    AcceptAllMobiles,
    FileMessageSender,
    Gateway,
    HttpMessageSender,
    HttpMobileOwnership,
    HttpPersonMatcher,
    Message,
)
from services.kit.http.client import ServiceClient, TokenSource
from services.kit.problems import Unavailable

URL = "https://gateway.example/v2/send"
MESSAGE = Message("09120000001", "activation-code", "گواه: کد 123456", "123456")
PERSON = uuid.UUID(int=7)
Answer = Callable[[httpx.Request], httpx.Response]


def gateway(answer: Answer) -> Gateway:
    return Gateway(URL, SecretStr("the-token"), httpx.MockTransport(answer))


def status(code: int, body: object = None) -> Answer:
    return lambda _: httpx.Response(code, json=body)


def unreachable(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("gone", request=request)


def test_messages_are_lines_of_json_in_a_private_file(tmp_path: Path) -> None:
    path = tmp_path / "messages.jsonl"
    for _ in range(2):
        FileMessageSender(path).send(MESSAGE)
    FileMessageSender(path).send(Message("09120000002", "letter-ready", "گواه: آماده"))
    first, _, third = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert first.pop("at").endswith("+00:00")
    assert first == {"to": "09120000001", "kind": "activation-code", "code": "123456", "text": MESSAGE.text}
    assert third.keys() == {"at", "to", "kind", "text"}
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_gateway_gets_exactly_the_message_and_the_token() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(202)

    HttpMessageSender(gateway(answer)).send(MESSAGE)
    [request] = seen
    assert (request.method, str(request.url)) == ("POST", URL)
    assert request.headers["Authorization"] == "Bearer the-token"
    assert json.loads(request.content) == {
        "to": MESSAGE.to,
        "kind": MESSAGE.kind,
        "text": MESSAGE.text,
    }


@pytest.mark.parametrize("answer", [status(500), status(503), status(429), unreachable])
def test_a_gateway_that_is_away_is_tried_again(answer: Answer) -> None:
    with pytest.raises(Unavailable):
        HttpMessageSender(gateway(answer)).send(MESSAGE)


def test_a_message_that_the_gateway_refuses_is_not_tried_again() -> None:
    HttpMessageSender(gateway(status(400))).send(MESSAGE)


@pytest.mark.parametrize(("body", "owns"), [({"owns": True}, True), ({"owns": False}, False)])
def test_ownership_is_what_the_gateway_says(body: object, owns: bool) -> None:
    assert HttpMobileOwnership(gateway(status(200, body))).is_owner("9900000013", MESSAGE.to) is owns


@pytest.mark.parametrize(
    "answer", [status(404), status(200, {"owns": "yes"}), status(200, ["owns"]), unreachable]
)
def test_ownership_that_is_not_told_is_not_taken_for_granted(answer: Answer) -> None:
    with pytest.raises(Unavailable):
        HttpMobileOwnership(gateway(answer)).is_owner("9900000013", MESSAGE.to)


def test_accept_all_accepts_and_says_so(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    assert AcceptAllMobiles().is_owner("9900000013", MESSAGE.to)
    assert "mobile-ownership.not-checked" in caplog.text + capsys.readouterr().out


class FixedToken(TokenSource):
    def __init__(self) -> None:
        """Needs no auth."""

    def token(self, scope: str) -> str:
        return f"token for {scope}"


def records(answer: Answer) -> HttpPersonMatcher:
    http = httpx.Client(base_url="http://records", transport=httpx.MockTransport(answer))
    return HttpPersonMatcher(ServiceClient("http://records", http), FixedToken())


def test_records_are_asked_by_code_and_jalali_birth_date() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert (request.method, request.url.path) == ("POST", "/internal/people/match")
        assert request.headers["Authorization"] == "Bearer token for records:match-person"
        asked = json.loads(request.content)
        assert asked == {"national_code": "9900000013", "birth_date_jalali": "1359-02-11"}
        return httpx.Response(200, json={"person_id": str(PERSON)})

    assert records(answer).match_person("9900000013", date(1980, 5, 1)) == PERSON
    nobody = records(status(200, {"person_id": None}))
    assert nobody.match_person("9900000013", date(1980, 5, 1)) is None


def test_records_that_refuse_are_asked_again() -> None:
    with pytest.raises(Unavailable):
        records(status(403)).match_person("9900000013", date(1980, 5, 1))
