"""The adapter that reads letters from disclosure over HTTP."""

import hashlib
import uuid
from typing import Any

import httpx
import pytest

from services.inquiry.clients import HttpLetterReader
from services.inquiry.errors import LetterRevoked
from services.kit.http.client import ServiceClient
from services.kit.problems import NotFound, Problem, TokenExpired, TokenInvalid, Unavailable

LETTER_ID = uuid.UUID("0199c2d6-01fe-7d44-9c0a-5b6c7d8e9f01")
PDF = b"%PDF-1.7 ..."
STATEMENT = {"person": {"national_code": "0440000017"}}
FACTS = {
    "serial": "4729103856177",
    "types": ["all"],
    "issued_at": "2026-11-22T09:15:03+00:00",
    "sha256": hashlib.sha256(PDF).hexdigest(),
    "state": "superseded",
}


def make_reader(status: int = 200, body: Any = None, document: bytes = PDF) -> HttpLetterReader:
    def respond(request: httpx.Request) -> httpx.Response:
        assert request.headers["Authorization"] == "Bearer a-token"
        if status != 200:
            return httpx.Response(status, json=body)
        if request.url.path == f"/internal/letters/{LETTER_ID}/document":
            return httpx.Response(200, content=document)
        assert request.url.path == f"/internal/letters/{LETTER_ID}"
        return httpx.Response(200, json={"letter": FACTS, "statement": STATEMENT})

    transport = httpx.MockTransport(respond)
    http = httpx.Client(transport=transport, base_url="http://disclosure")
    return HttpLetterReader(ServiceClient("http://disclosure", http))


def test_letter_is_read_with_its_document() -> None:
    letter = make_reader().fetch_letter(LETTER_ID, "a-token")
    assert (letter.id, letter.serial, letter.document) == (LETTER_ID, FACTS["serial"], PDF)
    assert (letter.superseded, letter.national_code) == (True, "0440000017")


def test_damaged_document_is_rejected() -> None:
    with pytest.raises(Unavailable):
        make_reader(document=b"%PDF-1.7 changed").fetch_letter(LETTER_ID, "a-token")


@pytest.mark.parametrize(
    ("status", "code", "problem"),
    [
        (401, "token-invalid", TokenInvalid),
        (401, "token-expired", TokenExpired),
        (404, "not-found", NotFound),
        (409, "letter-revoked", LetterRevoked),
        (418, "unexpected", Unavailable),
        (500, "internal", Unavailable),
    ],
)
def test_statuses_become_problems(status: int, code: str, problem: type[Problem]) -> None:
    with pytest.raises(problem):
        make_reader(status, {"code": code}).fetch_letter(LETTER_ID, "a-token")
