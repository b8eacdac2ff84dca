"""Every answer of a service made of the kit: problems in two languages, request ids, closed routes, logs."""

import json
import uuid

import flask_smorest
import pytest
import sqlalchemy as sa
import svcs
from flask.testing import FlaskClient
from openapi_spec_validator import validate

from services.kit.db import new_engine
from services.kit.http.access import ANYONE
from services.kit.http.server import new_app
from tests.service.kit import tiny
from tests.service.kit.calls import NOTES, build_caller_headers, read_problem

OPEN = "/api/v1/tiny/open"
BUG = "/api/v1/tiny/bug"
THE_REQUEST = "0199c2d5-6c1e-7c41-9b1e-3f0d5a7e2b10"
SECRET = "0012345679-گذرواژه"


def test_an_unknown_address_is_not_found(client: FlaskClient) -> None:
    for path in ("/api/v1/tiny/nothing", "/static/x.css", "/"):
        read_problem(client.get(path), 404, "not-found")


def test_a_wrong_method_names_the_right_ones(client: FlaskClient) -> None:
    answer = client.delete(NOTES)
    read_problem(answer, 405, "method-not-allowed")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        (None, "fa"),
        ("", "fa"),
        ("en", "en"),
        ("en-GB", "en"),
        ("de-DE,de;q=0.9", "fa"),
        ("*", "fa"),
        ("fa-IR,en;q=0.5", "fa"),
        ("en;q=0.5, fa;q=0.9", "fa"),
        ("de, en;q=0.8, fa;q=0.7", "en"),
        ("en;q=0, fa;q=0.1", "fa"),
        ("en;q=0", "fa"),
        (";;;q=x,\xff", "fa"),
    ],
)
def test_problems_speak_the_language_the_caller_prefers(
    client: FlaskClient, accepted: str | None, language: str
) -> None:
    answer = client.get("/nothing", headers={} if accepted is None else {"Accept-Language": accepted})
    assert read_problem(answer, 404, "not-found")["title"] == {"fa": "پیدا نشد", "en": "Not found"}[language]
    assert answer.headers["Content-Language"] == language


@pytest.mark.parametrize(
    ("language", "messages"),
    [
        ("fa", {"text": "اندازه باید از ۱ تا ۲۰۰ باشد.", "count": "باید عدد صحیح باشد."}),
        ("en", {"text": "Length must be between 1 and 200.", "count": "Not a valid integer."}),
    ],
)
def test_messages_of_fields_speak_it_too(
    client: FlaskClient, language: str, messages: dict[str, str]
) -> None:
    headers = build_caller_headers("citizen") | {"Accept-Language": language}
    answer = client.post(NOTES, json={"text": "x" * 201, "count": "many"}, headers=headers)
    errors = read_problem(answer, 422, "validation")["errors"]
    assert {error["field"]: error["message"] for error in errors} == messages


def test_a_request_id_comes_back_and_a_hostile_one_is_replaced(client: FlaskClient) -> None:
    accepted = "0199c2d5-6c1e-7c41-9b1e-3f0d5a7e2b10"
    for spelled in (accepted, accepted.upper()):
        assert client.get(OPEN, headers={"X-Request-ID": spelled}).headers["X-Request-ID"] == accepted
    for hostile in ("a b", "0012345679", "x" * 36, 'aaaaaaaa"}', "<script>1</script>", "aaaaaaaa\xa0", ""):
        for path in (OPEN, "/nothing", "/healthz"):
            given = client.get(path, headers={"X-Request-ID": hostile}).headers["X-Request-ID"]
            assert str(uuid.UUID(given)) == given != hostile


def test_answers_are_not_stored_and_not_sniffed(client: FlaskClient) -> None:
    for answer in (client.get(OPEN), client.get(NOTES), client.get("/nothing")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_head_is_guarded_as_get_is_and_options_tells_nothing(client: FlaskClient) -> None:
    assert client.head(OPEN).status_code == 200
    assert client.head(NOTES).status_code == 401
    assert client.head(NOTES, headers=build_caller_headers("citizen")).status_code == 200
    assert client.options(NOTES).status_code == 401
    answer = client.options(OPEN)
    assert (answer.status_code, answer.data) == (200, b"")


@pytest.mark.parametrize("text", [SECRET, f"sql {SECRET}"])
def test_a_bug_is_an_internal_error_without_its_words(
    capsys: pytest.CaptureFixture[str], sqlite_engine: sa.Engine, text: str
) -> None:
    client = tiny.create_app(sqlite_engine).test_client()
    answer = client.post(BUG, json={"text": text}, headers={"X-Request-ID": THE_REQUEST})
    status, code = (503, "unavailable") if text.startswith("sql") else (500, "internal-error")
    read_problem(answer, status, code)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert {line["request_id"] for line in lines} == {THE_REQUEST}
    failure = next(line for line in lines if line["level"] == "error")
    assert "fail" in str(failure["exception"])
    for written in (answer.get_data(as_text=True), json.dumps(lines, ensure_ascii=False)):
        assert "0012345679" not in written
        assert "گذرواژه" not in written


def test_no_failed_request_writes_what_it_carried(
    capsys: pytest.CaptureFixture[str], sqlite_engine: sa.Engine
) -> None:
    client = tiny.create_app(sqlite_engine).test_client()
    body = {"text": SECRET, SECRET: SECRET}
    headers = build_caller_headers("citizen") | {"Idempotency-Key": SECRET.encode().decode("latin-1")}
    for sent in (
        client.post(NOTES, json=body, headers=headers),
        client.post(NOTES, json=body),
        client.post(NOTES, json=[SECRET], headers=headers),
        client.post(NOTES, data=SECRET, headers=headers),
        client.post(NOTES, json={"text": SECRET}, headers=headers),
        client.post(
            NOTES,
            json={"text": SECRET},
            headers={"Authorization": f"Bearer {SECRET.encode().decode('latin-1')}"},
        ),
        client.get(f"{NOTES}/{SECRET}", headers=headers),
        client.get(f"/{SECRET}?code={SECRET}", headers={"X-Request-ID": "0012345679"}),
        client.open("/healthz", method="X-0012345679"),
    ):
        assert sent.status_code >= 400
    written = capsys.readouterr().err
    assert len(written.splitlines()) == 9
    assert "گذرواژه" not in written
    assert "0012345679" not in written


def test_without_its_database_a_service_is_unavailable() -> None:
    away = new_engine("postgresql://nobody@/none?host=/nowhere")
    client = tiny.create_app(away).test_client()
    answer = client.get(NOTES, headers=build_caller_headers("citizen"))
    read_problem(answer, 503, "unavailable")
    assert answer.headers["Retry-After"] == "5"
    assert client.get("/healthz").status_code == 200
    ready = client.get("/readyz")
    assert (ready.status_code, ready.get_json()["status"]) == (503, "unavailable")


def test_a_service_is_ready_when_what_it_needs_answers(client: FlaskClient) -> None:
    assert client.get("/readyz").get_json() == {"status": "ok", "failed": []}


def test_without_a_free_connection_a_service_is_unavailable(sqlite_url: str) -> None:
    engine = sa.create_engine(
        sqlite_url, poolclass=sa.QueuePool, pool_size=1, max_overflow=0, pool_timeout=0.05
    )
    tiny.Base.metadata.create_all(engine)
    client = tiny.create_app(engine).test_client()
    with engine.connect():
        read_problem(client.get(NOTES, headers=build_caller_headers("citizen")), 503, "unavailable")
    assert client.get(NOTES, headers=build_caller_headers("citizen")).status_code == 200
    engine.dispose()


def test_metrics_have_no_labels_that_callers_make_up(client: FlaskClient) -> None:
    client.open("/made-up-path", method="MADEUP")
    client.get("/made-up-path")
    metrics = client.get("/metrics").get_data(as_text=True)
    assert 'endpoint="unknown",method="other",status="404"' in metrics
    assert "MADEUP" not in metrics
    assert "made-up-path" not in metrics


def test_the_document_is_openapi_and_documents_problems(client: FlaskClient) -> None:
    document = client.get("/api/v1/tiny/openapi.json").get_json()
    validate(document)
    assert document["components"]["schemas"]["Problem"]["required"] == [
        "code",
        "detail",
        "request_id",
        "status",
        "title",
        "type",
    ]


def test_an_app_whose_routes_and_rules_differ_does_not_start(sqlite_engine: sa.Engine) -> None:
    for access, named in (
        (
            {name: rule for name, rule in tiny.ACCESS.items() if name != "tiny.answer_anyone"},
            "tiny.answer_anyone",
        ),
        ({**tiny.ACCESS, "tiny.gone": ANYONE}, "tiny.gone"),
    ):
        with pytest.raises(ValueError, match=named):
            tiny.create_app(sqlite_engine, access=access)


def test_a_blueprint_that_reads_loosely_is_refused(sqlite_engine: sa.Engine) -> None:
    _, api = new_app("tiny", tiny.build_settings(sqlite_engine), svcs.Registry(), "Tiny")
    with pytest.raises(TypeError):
        api.register_blueprint(flask_smorest.Blueprint("loose", __name__))
