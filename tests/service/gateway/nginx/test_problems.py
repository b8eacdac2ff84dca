"""The edge's own errors are the problem documents of the services, and the services' own pass."""

from collections.abc import Iterator

import pytest

from services.kit import problems
from tests.service.gateway.nginx.desk import Edge, free_port, running

ENGLISH = {"Accept-Language": "en-GB,en;q=0.9,fa;q=0.8"}
LISTS = "/api/v1/records/lists"


def build_expected(problem: problems.Problem, language: str) -> dict[str, object]:
    return problem.build_document(language, "0199c2d5-6c1e-7c41-9b1e-3f0d5a7e2b10")


@pytest.fixture(scope="module")
def lonely(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    """Yield an edge with an unknown address of one service and a closed port of another."""
    away = {"EDGE_AUTH": "auth.invalid:8000", "EDGE_RESOLVER": f"127.0.0.1:{free_port()}"}
    away |= {"EDGE_RECORDS": f"127.0.0.1:{free_port()}"}
    with running(Edge(tmp_path_factory.mktemp("lonely"), {}, away)) as one:
        yield one


@pytest.mark.parametrize(
    ("method", "path", "body", "problem"),
    [
        ("GET", "/api/nothing", b"", problems.NotFound()),
        ("TRACE", "/api/v1/auth/x", b"", problems.MethodNotAllowed()),
        ("POST", "/api/v1/auth/sessions", b"x" * (64 * 1024 + 1), problems.BodyTooLarge(limit="64 KiB")),
        ("POST", LISTS, b"x" * (21 * 1024**2), problems.BodyTooLarge(limit="20 MiB")),
        ("GET", "/" + "x" * 9000, b"", problems.BadRequest()),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 30 else "",
)
@pytest.mark.parametrize("language", ["fa", "en"])
def test_own_errors_are_problem_documents(
    edge: Edge, method: str, path: str, body: bytes, problem: problems.Problem, language: str
) -> None:
    headers = {
        "X-Request-ID": "0199c2d5-6c1e-7c41-9b1e-3f0d5a7e2b10",
        **(ENGLISH if language == "en" else {}),
    }
    answer = edge.send_request(method, path, content=body, headers=headers)
    assert answer.status_code == problem.status
    document = answer.json()
    if problem.status == 400:
        # What could not be read has no id of its own.
        document["request_id"] = "0199c2d5-6c1e-7c41-9b1e-3f0d5a7e2b10"
        language = "fa"
    assert document == build_expected(problem, language)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Content-Language"] == language
    assert answer.headers["X-Request-ID"]


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 9000 + b"\r\n\r\n",
    ],
    ids=["nonsense", "no-host", "escape", "version", "long-header"],
)
def test_unreadable_request_is_a_bad_request(edge: Edge, sent: bytes) -> None:
    answer = edge.send_bytes(sent)
    assert b'"code": "bad-request"' in answer
    assert b" 400 " in answer.partition(b"\r\n")[0] or not answer.startswith(b"HTTP/")


def test_large_list_passes_and_an_incomplete_one_does_not(edge: Edge) -> None:
    for path in (LISTS, "/api/v1/inquiry/letters/check"):
        assert edge.send_request("POST", path, content=b"x" * (20 * 1024**2)).json()["body"] == 20 * 1024**2
    assert (
        edge.send_request("POST", "/api/v1/auth/sessions", content=b"x" * 64 * 1024).json()["body"]
        == 64 * 1024
    )


def test_a_form_that_is_too_large_gets_a_page(edge: Edge) -> None:
    answer = edge.send_request("POST", "/officer/lists/uploads", content=b"x" * (25 * 1024**2))
    assert answer.status_code == 413
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "حداکثر ۲۰ مگابایت" in answer.text


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 413, 422, 429, 500, 502, 503])
def test_errors_of_services_pass_unchanged(edge: Edge, status: int) -> None:
    answer = edge.send_request("GET", f"/api/v1/auth/status/{status}")
    assert (answer.status_code, answer.json()["service"]) == (status, "auth")


@pytest.mark.parametrize("service", ["auth", "records"])
@pytest.mark.parametrize("language", ["fa", "en"])
def test_unreachable_service_is_unavailable(lonely: Edge, service: str, language: str) -> None:
    headers = {
        "X-Request-ID": "0199c2d5-6c1e-7c41-9b1e-3f0d5a7e2b10",
        **(ENGLISH if language == "en" else {}),
    }
    answer = lonely.send_request("POST", f"/api/v1/{service}/x", headers=headers, json={})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json() == build_expected(problems.Unavailable(), language)
    assert lonely.send_request("GET", "/healthz").status_code == 503


def test_other_services_answer_while_one_is_down(
    edge: Edge, tmp_path_factory: pytest.TempPathFactory
) -> None:
    away = {"EDGE_AUTH": "auth.invalid:8000", "EDGE_RESOLVER": f"127.0.0.1:{free_port()}"}
    with running(Edge(tmp_path_factory.mktemp("edge"), edge.upstreams, away)) as one:
        assert one.send_request("POST", "/api/v1/inquiry/inquiries", json={}).json()["service"] == "inquiry"


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        *[("en", "en"), ("fa", "fa"), ("fa-IR,fa;q=0.9,en;q=0.8", "fa"), ("en-US,en;q=0.9,fa;q=0.8", "en")],
        *[("de", "fa"), ("de,en;q=0.5", "en"), ("*", "fa"), ("renten", "fa")],
    ],
)
def test_the_language_is_the_one_named_first(edge: Edge, accepted: str, language: str) -> None:
    answer = edge.send_request("GET", "/api/nothing", headers={"Accept-Language": accepted})
    assert answer.headers["Content-Language"] == language


def test_maintenance_answers_everything_with_503(edge: Edge) -> None:
    edge.maintenance.touch()
    try:
        program = edge.send_request("POST", "/api/v1/auth/sessions", json={})
        person = edge.send_request("GET", "/", headers={"Accept": "text/html,*/*;q=0.8"})
        health = edge.send_request("GET", "/healthz")
    finally:
        edge.maintenance.unlink()
    assert (program.status_code, program.json()["code"]) == (503, "unavailable")
    assert person.status_code == health.status_code == 503
    assert "نگهداری" in person.text
    assert person.headers["Content-Type"] == "text/html; charset=utf-8"
    assert person.headers["Retry-After"] == program.headers["Retry-After"] == "300"
    assert edge.send_request("GET", "/api/v1/auth/x").status_code == 200
