"""The adapters of auth's ports: what they send, and how they read responses."""

import json
import uuid
from collections.abc import Callable
from datetime import date
from pathlib import Path

import httpx
import pytest

from services.auth.clients import (
    AcceptAllMobiles,
    FileMessageSender,
    HttpPersonMatcher,
    Message,
    PersonIdentity,
)
from services.kit.http.client import ServiceClient, TokenSource
from services.kit.problems import Unavailable

MESSAGE = Message("09120000001", "activation-code", "گواه: کد 123456", "123456")
PERSON, OTHER = uuid.UUID(int=7), uuid.UUID(int=8)
Responder = Callable[[httpx.Request], httpx.Response]


def respond_with(code: int, body: object = None) -> Responder:
    return lambda _: httpx.Response(code, json=body)


def test_messages_are_lines_of_json_in_a_private_file(tmp_path: Path) -> None:
    path = tmp_path / "messages.jsonl"
    for _ in range(2):
        FileMessageSender(path).send(MESSAGE)
    FileMessageSender(path).send(Message("09120000002", "letter-ready", "گواه: آماده"))
    first, _, third = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert first.pop("at").endswith("+00:00")
    assert first == {"to": "09120000001", "kind": "activation-code", "code": "123456", "text": MESSAGE.text}
    assert third.keys() == {"at", "to", "kind", "text"}
    # Its folder decides who is in the group.
    assert path.stat().st_mode & 0o777 == 0o640


def test_accept_all_accepts_and_logs_a_warning(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    assert AcceptAllMobiles().is_owner("9900000013", MESSAGE.to)
    assert "mobile-ownership.not-checked" in caplog.text + capsys.readouterr().out


class FixedToken(TokenSource):
    def __init__(self) -> None:
        """Needs no auth."""

    def get_token(self, scope: str) -> str:
        return f"token for {scope}"


def build_person_matcher(respond: Responder) -> HttpPersonMatcher:
    http = httpx.Client(base_url="http://records", transport=httpx.MockTransport(respond))
    return HttpPersonMatcher(ServiceClient("http://records", http), FixedToken())


def test_records_gets_code_and_jalali_birth_date() -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        assert (request.method, request.url.path) == ("POST", "/internal/people/match")
        assert request.headers["Authorization"] == "Bearer token for records:match-person"
        body = json.loads(request.content)
        assert body == {"national_code": "9900000013", "birth_date_jalali": "1359-02-11"}
        return httpx.Response(200, json={"person_id": str(PERSON)})

    assert build_person_matcher(respond).match_person("9900000013", date(1980, 5, 1)) == PERSON
    without_match = build_person_matcher(respond_with(200, {"person_id": None}))
    assert without_match.match_person("9900000013", date(1980, 5, 1)) is None


def test_a_refusal_of_records_is_retried() -> None:
    with pytest.raises(Unavailable):
        build_person_matcher(respond_with(403)).match_person("9900000013", date(1980, 5, 1))


def test_records_says_who_a_person_is_now() -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        assert (request.method, request.url.path) == ("GET", f"/internal/people/{PERSON}")
        assert request.headers["Authorization"] == "Bearer token for records:identify-person"
        return httpx.Response(200, json={"person_id": str(OTHER), "national_code": None})

    assert build_person_matcher(respond).identify_person(PERSON) == PersonIdentity(OTHER, None)
    assert build_person_matcher(respond_with(404)).identify_person(PERSON) is None
    with pytest.raises(Unavailable):
        build_person_matcher(respond_with(403)).identify_person(PERSON)
