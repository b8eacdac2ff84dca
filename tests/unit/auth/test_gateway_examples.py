"""The examples in deploy/gateways against a local server that answers as such gateways do."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from dotenv import dotenv_values

from services.auth.adapters import build_message_sender, build_mobile_ownership
from services.auth.clients import Message
from services.auth.gateways import GatewayUnavailable
from tests.unit.auth.test_settings import load_with

EXAMPLES = Path(__file__).resolve().parents[3] / "deploy" / "gateways"
KEY = "invented-key"
MOBILE, WRONG = "09120000001", "09120000000"
Answer = Callable[["Call"], object]


@dataclass(frozen=True)
class Call:
    """What a gateway got."""

    path: str
    headers: dict[str, str]
    body: str


@dataclass
class LocalGateway:
    """A gateway that answers with the JSON of a function, and keeps what it got."""

    answer: Answer
    port: int = 0
    calls: list[Call] = field(default_factory=list)


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], LocalGateway]]:
    """Return a function that starts a gateway."""
    servers = []

    def serve(answer: Answer) -> LocalGateway:
        gateway = LocalGateway(answer)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                """Answer a call."""
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                gateway.calls.append(Call(self.path, dict(self.headers), body))
                answer = json.dumps(gateway.answer(gateway.calls[-1])).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                # Nothing stays open after a test.
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                """Log nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        servers.append(server)
        gateway.port = server.server_port
        return gateway

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def load_example(name: str, port: int, directory: Path) -> dict[str, str | None]:
    """Return the settings of an example, with the local server in place of the gateway's."""
    (directory / "key").write_text(KEY, "ascii")
    settings = {}
    for variable, value in dotenv_values(EXAMPLES / name).items():
        short = variable.removeprefix("GOVAH_")
        settings[short] = value
        if short.endswith("_URL") and value:
            settings[short] = f"http://127.0.0.1:{port}/{value.split('/', 3)[3]}"
            settings[f"{short.removesuffix('_URL')}_TOKEN_FILE"] = str(directory / "key")
    return settings


def answer_json_gateway(call: Call) -> object:
    if call.headers.get("X-API-KEY") != KEY:
        return {"status": 10, "message": "invalid key", "data": None}
    [mobile] = json.loads(call.body)["mobiles"]
    return {"status": 104 if mobile == WRONG else 1, "message": "", "data": {"packId": "1"}}


def answer_form_gateway(call: Call) -> object:
    if not call.path.startswith(f"/v1/{KEY}/"):
        return {"return": {"status": 403, "message": "invalid key"}, "entries": None}
    receptor = parse_qs(call.body)["receptor"]
    return {"return": {"status": 411 if receptor == [WRONG] else 200}, "entries": [{"messageid": 1}]}


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("messages-key-in-header.env", answer_json_gateway),
        ("messages-key-in-url.env", answer_form_gateway),
    ],
)
def test_an_example_sends_messages(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    serve: Callable[[Answer], LocalGateway],
    name: str,
    answer: Answer,
) -> None:
    gateway = serve(answer)
    settings = load_with(monkeypatch, **load_example(name, gateway.port, tmp_path))
    sender = build_message_sender(settings)
    sender.send(Message(MOBILE, "activation-code", "گواه: کد 123456", "123456"))
    # Refused for good, so not an outage.
    sender.send(Message(WRONG, "letter-ready", "متن"))
    assert len(gateway.calls) == 2
    assert "123456" in gateway.calls[0].body
    (tmp_path / "key").write_text("an-old-key", "ascii")
    sender = build_message_sender(settings)
    with pytest.raises(GatewayUnavailable):
        sender.send(Message(MOBILE, "letter-ready", "متن"))


def test_an_example_asks_whose_a_mobile_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, serve: Callable[[Answer], LocalGateway]
) -> None:
    codes = {"9900000013": 200, "9900000021": 600, "9900000030": 500}

    def answer_inquiry(call: Call) -> object:
        assert call.headers["Authorization"] == f"Basic {KEY}"
        inquiry = json.loads(call.body)
        assert inquiry["serviceNumber"] == "989120000001"
        return {"response": codes[inquiry["identificationNo"]], "requestId": inquiry["requestId"]}

    gateway = serve(answer_inquiry)
    example = load_example("mobile-ownership.env", gateway.port, tmp_path)
    ownership = build_mobile_ownership(load_with(monkeypatch, **example))
    assert ownership.is_owner("9900000013", MOBILE)
    assert not ownership.is_owner("9900000021", MOBILE)
    with pytest.raises(GatewayUnavailable):
        ownership.is_owner("9900000030", MOBILE)
    ids = [json.loads(call.body)["requestId"] for call in gateway.calls]
    assert len(set(ids)) == 3
