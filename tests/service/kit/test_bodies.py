"""What callers send: broken, too large, of the wrong type, or nothing that a database can keep."""

import io
import json

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from services.kit.http.access import LARGE_BODY, SMALL_BODY
from tests.service.kit.calls import NOTES, build_caller_headers, read_problem

JSON = "application/json"


def post(client: FlaskClient, body: bytes, kind: str | None = JSON, path: str = NOTES) -> TestResponse:
    return client.post(path, data=body, content_type=kind, headers=build_caller_headers("citizen"))


@pytest.mark.parametrize(
    "body",
    [
        b'{"text": ',
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        '{"text": "سلام"}'.encode("utf-16"),
        b'{"text": "a", "count": NaN}',
        b'{"text": "a", "count": -Infinity}',
        b"[" * 10_000 + b"]" * 10_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 5_000,
        b"[" * 50 + b"]" * 50,
    ],
    ids=lambda body: repr(body[:12]),
)
def test_invalid_json_is_malformed(client: FlaskClient, body: bytes) -> None:
    read_problem(post(client, body), 400, "malformed-json")


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"1", b"null", b"true"])
def test_json_other_than_an_object_fails_validation(client: FlaskClient, body: bytes) -> None:
    read_problem(post(client, body), 422, "validation")


def test_an_empty_body_lacks_its_fields(client: FlaskClient) -> None:
    answer = post(client, b"")
    assert read_problem(answer, 422, "validation")["errors"] == [
        {"field": "text", "message": "این فیلد لازم است."}
    ]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ('{"text": "a\\u0000b"}', "text"),
        ('{"text": "\\ud800"}', "text"),
        ('{"text": "a", "count": 9223372036854775808}', "count"),
        ('{"text": "a", "count": -9223372036854775809}', "count"),
        ('{"text": "a", "count": 1e400}', "count"),
        ('{"text": "a", "count": ' + "9" * 5_000 + "}", "count"),
        ('{"text": "a", "more": [{"deep": "\\u0000"}]}', "more.0.deep"),
        ('{"text": "a", "\\ud800": 1}', ""),
    ],
)
def test_what_no_database_can_keep_fails_validation(client: FlaskClient, fields: str, field: str) -> None:
    answer = post(client, fields.encode())
    assert [error["field"] for error in read_problem(answer, 422, "validation")["errors"]] == [field]


@pytest.mark.parametrize(
    "fields", [{"text": "نیم‌فاصله\n\t\u202b😀", "count": 2**63 - 1}, {"text": "a", "count": -(2**63)}]
)
def test_every_other_text_and_number_is_kept(either_client: FlaskClient, fields: dict[str, object]) -> None:
    answer = either_client.post(NOTES, json=fields, headers=build_caller_headers("citizen"))
    assert (answer.status_code, answer.get_json()["text"]) == (201, fields["text"])


def test_nul_in_the_address_reaches_no_database(either_client: FlaskClient) -> None:
    headers = build_caller_headers("citizen")
    read_problem(either_client.get(f"{NOTES}/a%00b", headers=headers), 404, "not-found")
    read_problem(either_client.get(f"{NOTES}?cursor=%00", headers=headers), 422, "validation")


def test_nul_in_a_form_is_refused(client: FlaskClient) -> None:
    form = {"file": (io.BytesIO(b"DBF"), "DSK\x00.DBF"), "note\x00": "x"}
    answer = client.post("/api/v1/tiny/files", data=form, headers=build_caller_headers("officer", "lists"))
    read_problem(answer, 422, "validation")


def test_parts_without_a_name_are_passed_over(client: FlaskClient) -> None:
    parts = [b"--x", b"Content-Disposition: form-data; name=", b"", b"1", b"--x--", b""]
    nameless = b"\r\n".join(parts)
    file = b'Content-Disposition: form-data; filename="a.dbf"'
    for body in (nameless, nameless.replace(parts[1], file), nameless.replace(parts[1], b"X-Other: 1")):
        answer = client.post(
            "/api/v1/tiny/files",
            data=body,
            content_type="multipart/form-data; boundary=x",
            headers=build_caller_headers("officer", "lists"),
        )
        assert read_problem(answer, 422, "validation")["errors"][0]["field"] == "file"


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        None,
    ],
)
def test_another_media_type_than_json_is_unsupported(client: FlaskClient, kind: str | None) -> None:
    read_problem(post(client, b'{"text": "a"}', kind), 415, "unsupported-media-type")


def test_json_where_files_are_taken_is_unsupported(client: FlaskClient) -> None:
    answer = client.post("/api/v1/tiny/files", json={}, headers=build_caller_headers("officer", "lists"))
    read_problem(answer, 415, "unsupported-media-type")


def test_plain_flask_views_read_as_strictly(client: FlaskClient) -> None:
    headers = build_caller_headers("service", "tiny:raw")
    for body, status, code in [
        (b"{", 400, "malformed-json"),
        (b'["\\u0000"]', 422, "validation"),
        (b"[" * 10_000, 400, "malformed-json"),
    ]:
        read_problem(
            client.post("/internal/raw", data=body, content_type=JSON, headers=headers), status, code
        )
    read_problem(client.post("/internal/raw", data=b"x", headers=headers), 415, "unsupported-media-type")
    assert client.post("/internal/raw", json={"a": [1]}, headers=headers).json == {"got": {"a": [1]}}


def send_sized(size: int) -> bytes:
    frame = json.dumps({"text": ""}).encode()
    return frame[:-1] + b" " * (size - len(frame)) + b"}"


@pytest.mark.parametrize("chunked", [False, True])
def test_a_small_body_ends_at_64_kib(client: FlaskClient, chunked: bool) -> None:
    def send(size: int) -> TestResponse:
        body = send_sized(size)
        if not chunked:
            return post(client, body)
        return client.post(
            NOTES,
            input_stream=io.BytesIO(body),
            content_type=JSON,
            headers=build_caller_headers("citizen") | {"Transfer-Encoding": "chunked"},
            environ_overrides={"wsgi.input_terminated": True},
        )

    # One without a stated length that just fits looks like a longer one.
    read_problem(send(SMALL_BODY - chunked), 422, "validation")
    answer = send(SMALL_BODY + 1)
    assert "64 KiB" in read_problem(answer, 413, "body-too-large")["detail"]


def test_a_large_body_ends_at_20_mib(client: FlaskClient) -> None:
    def send(size: int) -> TestResponse:
        boundary, body = encode_multipart({"file": FileStorage(io.BytesIO(bytes(size)), "list.dbf")})
        return client.post(
            "/api/v1/tiny/files",
            data=body,
            content_type=f"multipart/form-data; boundary={boundary}",
            headers=build_caller_headers("officer", "lists"),
        )

    assert send(LARGE_BODY).json == {"bytes": LARGE_BODY}
    answer = send(LARGE_BODY + 64 * 1024)
    assert "20 MiB" in read_problem(answer, 413, "body-too-large")["detail"]
