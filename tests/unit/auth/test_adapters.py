"""Gateways by templates of the settings: what they are sent, and how their responses are read."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.auth.adapters import build_message_sender, build_mobile_ownership
from services.auth.clients import Message, MessageSender, MobileOwnership
from services.auth.gateways import GatewaySilent, GatewayUnavailable
from services.kit.settings import SettingsError
from tests.unit.auth.test_settings import load_with

URL = "https://gateway.example/v2/send"
MESSAGE = Message("09120000001", "activation-code", "گواه: کد 123456", "123456")
Responder = Callable[[httpx.Request], httpx.Response]
Settings = dict[str, str]
BuildSender = Callable[..., MessageSender]
BuildOwnership = Callable[..., MobileOwnership]


def respond_with(code: int, body: object = None) -> Responder:
    return lambda _: httpx.Response(code, json=body)


def raise_error(error: type[httpx.HTTPError]) -> Responder:
    def respond(_: httpx.Request) -> httpx.Response:
        raise error("gone")

    return respond


@pytest.fixture
def token_file(tmp_path: Path) -> str:
    path = tmp_path / "token"
    path.write_text("the/token\n", "ascii")
    return str(path)


@pytest.fixture
def build_sender(monkeypatch: pytest.MonkeyPatch, token_file: str) -> BuildSender:
    """Return a function that makes the sender of some settings."""

    def build_sender(respond: Responder, **settings: str) -> MessageSender:
        own = {"MESSAGES": "http", "MESSAGES_URL": URL, "MESSAGES_TOKEN_FILE": token_file, **settings}
        return build_message_sender(load_with(monkeypatch, **own), httpx.MockTransport(respond))

    return build_sender


@pytest.fixture
def build_ownership(monkeypatch: pytest.MonkeyPatch, token_file: str) -> BuildOwnership:
    """Return a function that makes the check of mobiles of some settings."""

    def build_ownership(respond: Responder, **settings: str) -> MobileOwnership:
        own = {
            "MOBILE_OWNERSHIP": "http",
            "MOBILE_OWNERSHIP_URL": URL,
            "MOBILE_OWNERSHIP_TOKEN_FILE": token_file,
            **settings,
        }
        return build_mobile_ownership(load_with(monkeypatch, **own), httpx.MockTransport(respond))

    return build_ownership


def record_requests(seen: list[httpx.Request], body: object = None) -> Responder:
    def respond(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(202, json=body)

    return respond


def test_a_gateway_gets_exactly_the_message_and_the_token(build_sender: BuildSender) -> None:
    seen: list[httpx.Request] = []
    build_sender(record_requests(seen)).send(MESSAGE)
    [request] = seen
    assert (request.method, str(request.url)) == ("POST", URL)
    assert request.headers["Authorization"] == "Bearer the/token"
    assert json.loads(request.content) == {"to": MESSAGE.to, "kind": MESSAGE.kind, "text": MESSAGE.text}


def test_values_are_filled_in_where_the_template_has_them(build_sender: BuildSender) -> None:
    seen: list[httpx.Request] = []
    body = {"line": 3000, "list": ["{to}", {"text": "{text} {", "to": "+{to_international}"}], "none": None}
    settings = {
        "MESSAGES_URL": "https://gateway.example/{token}/send?code={code}&text={text}",
        "MESSAGES_HEADERS": '{"X-Key": "key {token}"}',
        "MESSAGES_BODY": json.dumps(body),
        "MESSAGES_METHOD": "PUT",
    }
    # A text that looks like a placeholder stays as it is.
    build_sender(record_requests(seen), **settings).send(Message("09120000001", "kind", 'a{to}"&\n'))
    [request] = seen
    assert request.url.raw_path == b"/the%2Ftoken/send?code=&text=a%7Bto%7D%22%26%0A"
    assert (request.headers["X-Key"], request.headers.get("Authorization")) == ("key the/token", None)
    assert json.loads(request.content) == {
        "line": 3000,
        "list": ["09120000001", {"text": 'a{to}"&\n {', "to": "+989120000001"}],
        "none": None,
    }


def test_a_get_has_no_body_and_a_form_has_fields(build_sender: BuildSender) -> None:
    seen: list[httpx.Request] = []
    build_sender(record_requests(seen), MESSAGES_METHOD="GET", MESSAGES_URL=f"{URL}?to={{to}}").send(MESSAGE)
    form = {"MESSAGES_METHOD": "POST", "MESSAGES_URL": URL, "MESSAGES_BODY_FORMAT": "form"}
    form |= {"MESSAGES_BODY": '{"to": "{to}", "text": "{text}"}'}
    build_sender(record_requests(seen), **form).send(Message("09120000001", "kind", "a&b=ک"))
    assert (seen[0].method, seen[0].content, seen[0].url.params["to"]) == ("GET", b"", MESSAGE.to)
    assert seen[1].content == b"to=09120000001&text=a%26b%3D%DA%A9"


@pytest.mark.parametrize(
    "respond",
    [
        *(respond_with(status) for status in (401, 402, 403, 404, 429, 503)),
        raise_error(httpx.ConnectError),
        raise_error(httpx.ConnectTimeout),
        raise_error(httpx.ProxyError),
    ],
)
def test_a_message_that_cannot_have_gone_out_waits(build_sender: BuildSender, respond: Responder) -> None:
    with pytest.raises(GatewayUnavailable) as raised:
        build_sender(respond).send(MESSAGE)
    assert type(raised.value) is GatewayUnavailable


@pytest.mark.parametrize(
    "respond",
    [
        *(respond_with(status) for status in (301, 500, 502, 504)),
        raise_error(httpx.ReadTimeout),
        raise_error(httpx.ReadError),
        raise_error(httpx.RemoteProtocolError),
    ],
)
def test_a_message_that_may_have_gone_out_waits_too(build_sender: BuildSender, respond: Responder) -> None:
    with pytest.raises(GatewaySilent):
        build_sender(respond).send(MESSAGE)


@pytest.mark.parametrize("status", [400, 422])
def test_a_message_that_the_gateway_rejects_is_not_retried(build_sender: BuildSender, status: int) -> None:
    build_sender(respond_with(status)).send(MESSAGE)


RULES = {"MESSAGES_SUCCESS": '{"/return/status": [200, 201]}', "MESSAGES_REFUSED": '{"/return/status": 411}'}


@pytest.mark.parametrize("status", [200, 201, 411])
def test_a_response_that_the_rules_know_ends_a_message(build_sender: BuildSender, status: int) -> None:
    build_sender(respond_with(200, {"return": {"status": status}}), **RULES).send(MESSAGE)


@pytest.mark.parametrize(
    "body", [{"return": {"status": 418}}, {"return": {"status": "200"}}, {"return": 200}, [], None, "200"]
)
def test_a_response_that_no_rule_knows_is_an_outage(build_sender: BuildSender, body: object) -> None:
    with pytest.raises(GatewayUnavailable):
        build_sender(respond_with(200, body), **RULES).send(MESSAGE)
    with pytest.raises(GatewayUnavailable):
        build_sender(lambda _: httpx.Response(200, text="<html>"), **RULES).send(MESSAGE)


@pytest.mark.parametrize(("body", "owns"), [({"owns": True}, True), ({"owns": False}, False)])
def test_ownership_is_the_gateways_response(
    build_ownership: BuildOwnership, body: object, owns: bool
) -> None:
    seen: list[httpx.Request] = []
    assert build_ownership(record_requests(seen, body)).is_owner("9900000013", MESSAGE.to) is owns
    assert json.loads(seen[0].content) == {"national_code": "9900000013", "mobile": MESSAGE.to}


@pytest.mark.parametrize(
    "respond",
    [
        respond_with(404),
        respond_with(200, {"owns": "yes"}),
        respond_with(200, {"owns": 1}),
        respond_with(200, ["owns"]),
        respond_with(500, {"owns": True}),
        raise_error(httpx.ConnectError),
    ],
)
def test_an_unclear_response_about_ownership_is_an_outage(
    build_ownership: BuildOwnership, respond: Responder
) -> None:
    with pytest.raises(GatewayUnavailable):
        build_ownership(respond).is_owner("9900000013", MESSAGE.to)


def test_the_owner_of_a_pair_that_the_gateway_rejects_is_unknown(build_ownership: BuildOwnership) -> None:
    assert not build_ownership(respond_with(422)).is_owner("9900000013", MESSAGE.to)


def test_rules_that_both_match_are_an_outage(build_ownership: BuildOwnership) -> None:
    rules = {"MOBILE_OWNERSHIP_OWNS": '{"/a": 1}', "MOBILE_OWNERSHIP_OWNS_NOT": '{"/b": 1}'}
    with pytest.raises(GatewayUnavailable):
        build_ownership(respond_with(200, {"a": 1, "b": 1}), **rules).is_owner("9900000013", MESSAGE.to)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"MESSAGES_URL": "ftp://gateway.example"}, "MESSAGES_URL"),
        ({"MESSAGES_URL": "https://{token}.example/"}, "MESSAGES_URL"),
        ({"MESSAGES_URL": "https://gateway.example/{mobile}"}, "unknown placeholder {mobile}"),
        ({"MESSAGES_HEADERS": "secret"}, "MESSAGES_HEADERS is not JSON"),
        ({"MESSAGES_URL": "https://["}, "MESSAGES_URL"),
        ({"MESSAGES_URL": "https://gateway.example:x/"}, "MESSAGES_URL"),
        ({"MESSAGES_URL": "//gateway.example"}, "MESSAGES_URL"),
        ({"MESSAGES_HEADERS": '{"a": 1}'}, "MESSAGES_HEADERS"),
        ({"MESSAGES_HEADERS": '{"X-Text": "{text}"}'}, r"MESSAGES_HEADERS has \{text\}"),
        ({"MESSAGES_HEADERS": '{"a": "one\\ntwo"}'}, "MESSAGES_HEADERS"),
        ({"MESSAGES_HEADERS": '{"a b": "x"}'}, "MESSAGES_HEADERS has a name"),
        ({"MESSAGES_HEADERS": '{"a:": "x"}'}, "MESSAGES_HEADERS has a name"),
        ({"MESSAGES_HEADERS": '{"نام": "x"}'}, "MESSAGES_HEADERS has a name"),
        ({"MESSAGES_BODY": "[1]"}, "MESSAGES_BODY"),
        ({"MESSAGES_BODY": '{"a": ["{secret}"]}'}, "unknown placeholder {secret}"),
        ({"MESSAGES_BODY": '{"a": ["{to}"]}', "MESSAGES_BODY_FORMAT": "form"}, "MESSAGES_BODY is a form"),
        ({"MESSAGES_BODY": '{"a": 1}', "MESSAGES_METHOD": "GET"}, "GET has no body"),
        ({"MESSAGES_SUCCESS": '{"status": 1}'}, "MESSAGES_SUCCESS"),
        ({"MESSAGES_METHOD": "DELETE"}, "MESSAGES_METHOD"),
        ({"MESSAGES_PARALLEL": "0"}, "MESSAGES_PARALLEL"),
    ],
)
def test_a_wrong_template_is_named(build_sender: BuildSender, changed: dict[str, Any], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        build_sender(respond_with(200), **changed)


@pytest.mark.parametrize("token", ["two\nlines", "کلید"])
def test_a_token_that_no_header_can_have_is_refused(
    build_sender: BuildSender, token_file: str, token: str
) -> None:
    Path(token_file).write_text(token, "utf-8")
    with pytest.raises(SettingsError, match=Path(token_file).name) as raised:
        build_sender(respond_with(200))
    assert token not in str(raised.value)
    # In a body it may be anything.
    body = {"MESSAGES_HEADERS": '{"Accept": "*/*"}', "MESSAGES_BODY": '{"key": "{token}"}'}
    build_sender(respond_with(200), **body).send(Message("09120000001", "activation", "متن"))
