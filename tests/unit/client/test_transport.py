"""How the client calls: headers, errors, retries, pages."""

import json
from collections.abc import Callable
from uuid import UUID

import httpx
import pytest

from govah_client.client import Client
from govah_client.errors import ApiError, ServiceUnavailable
from govah_client.lists import ListRefused
from govah_client.pages import iterate
from govah_client.transport import Transport

Handler = Callable[[httpx.Request], httpx.Response]
BUSY = {"code": "busy", "title": "شلوغ است", "detail": "کمی صبر کنید."}


def build_client(handler: Handler, *, pauses: list[float] | None = None) -> Client:
    """Return a client in front of a handler. With a list of pauses it retries twice, without waiting."""
    http = httpx.Client(
        base_url="http://gateway",
        transport=httpx.MockTransport(handler),
        headers={"Accept-Language": "en"},
    )
    if pauses is None:
        return Client(Transport(http))
    return Client(Transport(http, retries=2, sleep=pauses.append))


class Gateway:
    """A gateway that gives prepared responses, one after another, and records the requests."""

    def __init__(self, *responses: httpx.Response | None) -> None:
        self.responses = list(responses)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        response = self.responses.pop(0)
        if response is None:
            raise httpx.ConnectError("connection refused")
        return response


def test_call_sends_token_language_and_request_id() -> None:
    gateway = Gateway(httpx.Response(200, json={}))
    build_client(gateway).use_token("a-token").records.get_me()
    [request] = gateway.requests
    assert request.headers["Authorization"] == "Bearer a-token"
    assert request.headers["Accept-Language"] == "en"
    assert UUID(request.headers["X-Request-ID"])


def test_headers_of_the_caller_replace_those_of_the_client() -> None:
    gateway = Gateway(httpx.Response(200, json={}))
    http = httpx.Client(base_url="http://gateway", transport=httpx.MockTransport(gateway))
    Client(Transport(http, headers={"X-Request-ID": "an-id", "Accept-Language": "fa"})).records.get_me()
    assert gateway.requests[0].headers["X-Request-ID"] == "an-id"
    assert gateway.requests[0].headers["Accept-Language"] == "fa"


def test_timeout_of_a_client_replaces_that_of_its_connections() -> None:
    gateway = Gateway(*[httpx.Response(200, json={})] * 2)
    client = build_client(gateway)
    client.use_timeout(httpx.Timeout(55, connect=1)).records.get_me()
    client.records.get_me()
    timeouts = [request.extensions["timeout"]["read"] for request in gateway.requests]
    assert timeouts == [55, 5]


def test_service_without_gateway_is_called_at_its_own_url() -> None:
    gateway = Gateway(httpx.Response(200, json={}))
    http = httpx.Client(transport=httpx.MockTransport(gateway))
    Client(Transport(http, service_urls={"records": "http://records:8000"})).records.get_me()
    assert str(gateway.requests[0].url) == "http://records:8000/api/v1/records/me"


def test_refusal_becomes_an_error_with_its_fields() -> None:
    document = {
        "code": "validation-failed",
        "title": "نادرست",
        "detail": "ورودی نادرست است.",
        "errors": [{"field": "mobile", "message": "نادرست است."}],
        "request_id": "an-id",
    }
    gateway = Gateway(httpx.Response(422, json=document, headers={"Retry-After": "7"}))
    with pytest.raises(ApiError) as raised:
        build_client(gateway).auth.create_registration("0084575948", "1360-02-11", "1")
    error = raised.value
    assert not isinstance(error, ServiceUnavailable)
    assert (error.status, error.code, error.title) == (422, "validation-failed", "نادرست")
    assert (error.detail, error.errors) == ("ورودی نادرست است.", document["errors"])
    assert (error.retry_after, error.request_id, error.document) == (7, "an-id", document)
    assert str(error) == "422 validation-failed: ورودی نادرست است."


def test_error_of_the_token_endpoint_is_read_too() -> None:
    document = {"error": "invalid_client", "error_description": "unknown client"}
    with pytest.raises(ApiError, match="401 invalid_client: unknown client"):
        build_client(Gateway(httpx.Response(401, json=document))).sign_in_program("a-bank", "wrong")


def test_program_signs_in_with_http_basic_and_uses_its_token() -> None:
    gateway = Gateway(httpx.Response(200, json={"access_token": "a-token"}), httpx.Response(200, json={}))
    build_client(gateway).sign_in_program("a-bank", "a secret", "inquiry:inquire").inquiry.get_inquiry(
        "an-id"
    )
    token, call = gateway.requests
    assert token.headers["Authorization"] == httpx.BasicAuth("a-bank", "a secret")._auth_header
    assert token.content == b"grant_type=client_credentials&scope=inquiry%3Ainquire"
    assert call.headers["Authorization"] == "Bearer a-token"


@pytest.mark.parametrize(
    "response",
    [
        None,
        httpx.Response(500, json={"code": "internal-error"}),
        httpx.Response(502, text="<h1>Bad gateway</h1>"),
        httpx.Response(404, text="<h1>a stranger's page</h1>"),
        httpx.Response(503, json=["not a document"]),
    ],
)
def test_without_a_usable_answer_the_service_is_unavailable(response: httpx.Response | None) -> None:
    with pytest.raises(ServiceUnavailable) as raised:
        build_client(Gateway(response)).inquiry.get_letter_keys()
    assert (raised.value.status, raised.value.service) == (503, "inquiry")
    assert raised.value.url.startswith("http://gateway")
    assert raised.value.request_id


def test_busy_service_says_when_to_retry() -> None:
    with pytest.raises(ServiceUnavailable) as raised:
        build_client(Gateway(httpx.Response(503, json=BUSY, headers={"Retry-After": "3"}))).records.get_me()
    assert (raised.value.code, raised.value.detail) == ("busy", "کمی صبر کنید.")
    assert raised.value.retry_after == 3


def test_idempotent_call_is_retried_with_the_same_ids() -> None:
    pauses: list[float] = []
    gateway = Gateway(None, httpx.Response(503, json=BUSY), httpx.Response(202, json={"id": "1"}))
    queued = build_client(gateway, pauses=pauses).disclosure.create_request(["all"], 1)
    assert queued["id"] == "1"
    assert len({request.headers["Idempotency-Key"] for request in gateway.requests}) == 1
    assert len({request.headers["X-Request-ID"] for request in gateway.requests}) == 1
    assert pauses == [0.5, 1.0]


def test_retries_end() -> None:
    gateway = Gateway(None, None, None)
    with pytest.raises(ServiceUnavailable):
        build_client(gateway, pauses=[]).records.get_me()
    assert len(gateway.requests) == 3


def test_call_that_is_not_idempotent_is_sent_only_once() -> None:
    pauses: list[float] = []
    gateway = Gateway(None)
    with pytest.raises(ServiceUnavailable):
        build_client(gateway, pauses=pauses).inquiry.create_inquiry("0084575948", "1234567812345678")
    assert pauses == []


def test_refusal_is_not_retried() -> None:
    pauses: list[float] = []
    gateway = Gateway(httpx.Response(404, json={"code": "not-found"}))
    with pytest.raises(ApiError):
        build_client(gateway, pauses=pauses).inquiry.get_permit("an-id")
    assert pauses == []


def test_retry_waits_as_long_as_the_service_requires_up_to_a_limit() -> None:
    pauses: list[float] = []
    gateway = Gateway(
        httpx.Response(503, json=BUSY, headers={"Retry-After": "2"}),
        httpx.Response(503, json=BUSY, headers={"Retry-After": "60"}),
    )
    with pytest.raises(ServiceUnavailable):
        build_client(gateway, pauses=pauses).records.get_me()
    assert pauses == [2]


def test_refused_list_has_its_findings() -> None:
    document = {"code": "list-refused", "findings": [{"code": "totals-differ"}], "findings_total": 12}
    with pytest.raises(ListRefused) as raised:
        build_client(Gateway(httpx.Response(422, json=document))).records.upload_list(b"header", b"workers")
    assert raised.value.findings == document["findings"]
    assert raised.value.findings_total == 12


@pytest.mark.parametrize(("status", "is_new"), [(201, True), (200, False)])
def test_uploaded_list_is_new_or_not(status: int, is_new: bool) -> None:
    gateway = Gateway(httpx.Response(status, json={"id": "1"}))
    imported, new = build_client(gateway).records.upload_list(b"header", b"workers")
    assert (imported["id"], new) == ("1", is_new)


def test_iterate_reads_every_page() -> None:
    gateway = Gateway(
        httpx.Response(200, json={"items": [{"id": "1"}, {"id": "2"}], "next_cursor": "more"}),
        httpx.Response(200, json={"items": [{"id": "3"}], "next_cursor": None}),
    )
    views = iterate(build_client(gateway).inquiry.list_views, "an-id")
    assert [view["id"] for view in views] == ["1", "2", "3"]
    assert [dict(request.url.params) for request in gateway.requests] == [
        {"limit": "200"},
        {"limit": "200", "cursor": "more"},
    ]


def test_generic_calls_reach_any_path() -> None:
    gateway = Gateway(
        httpx.Response(201, json={"id": "1"}),
        httpx.Response(200, json={"id": "1"}),
        httpx.Response(204),
        httpx.Response(200, content=b"%PDF-"),
    )
    transport = build_client(gateway).transport
    assert transport.post("/api/v1/records/x", {"a": 1}, idempotency_key="a-key") == {"id": "1"}
    assert transport.put("/api/v1/records/x", {"a": 2}) == {"id": "1"}
    assert transport.delete("/api/v1/records/x") is None
    assert transport.download("/api/v1/records/x") == b"%PDF-"
    assert gateway.requests[0].headers["Idempotency-Key"] == "a-key"
    assert json.loads(gateway.requests[1].content) == {"a": 2}


def test_stream_yields_the_body_piece_by_piece() -> None:
    gateway = Gateway(httpx.Response(200, content=b"%PDF-1.7"))
    with build_client(gateway).transport.stream("GET", "/api/v1/inquiry/documents/a-token") as response:
        assert b"".join(response.iter_bytes(2)) == b"%PDF-1.7"


def test_connect_closes_its_connections() -> None:
    with Client.connect("http://localhost:1", retries=0) as client:
        assert client.transport.http.headers["Accept-Language"] == "fa"
    assert client.transport.http.is_closed
