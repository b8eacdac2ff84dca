"""Calls of the tiny service, and what its problems must look like."""

import uuid
from typing import Any

from werkzeug.test import TestResponse

from tests.tokens import build_bearer_header, mint

NOTES = "/api/v1/tiny/notes"


def build_caller_headers(role: str, *scopes: str, **claims: Any) -> dict[str, str]:
    """Return the header of a caller with this role, of another person or client each time."""
    own = ["self"] if role == "citizen" else []
    return build_bearer_header(mint(role, uuid.uuid4(), "tiny", [*own, *scopes], **claims))


def read_problem(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    """Return the problem document of an answer, after checking its status and code."""
    document: dict[str, Any] = answer.get_json()
    assert (answer.status_code, document["code"], document["status"]) == (status, code, status)
    assert answer.content_type == "application/problem+json"
    assert document["request_id"] == answer.headers["X-Request-ID"]
    assert document.keys() >= {"type", "title", "detail"}
    return document
