"""The port to disclosure, and its adapter. Only the issue of a permit needs it."""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, cast

import httpx
import structlog

from services.inquiry.errors import LetterRevoked
from services.kit.answers import Question
from services.kit.http.client import ServiceClient
from services.kit.problems import NotFound, TokenExpired, TokenInvalid, Unavailable

log = structlog.get_logger()


@dataclass(frozen=True)
class LetterCopy:
    """A letter as its owner sees it: its facts, its statement and its PDF."""

    id: uuid.UUID
    serial: str
    types: list[str]
    issued_at: datetime
    sha256: str
    superseded: bool
    statement: Mapping[str, Any] = field(repr=False)
    document: bytes = field(repr=False)

    @property
    def national_code(self) -> str | None:
        """Return the national code of the letter's owner, None for a person without one."""
        return cast("str | None", self.statement["person"].get("national_code"))

    @property
    def insurance_number(self) -> str | None:
        """Return the insurance number of the letter's owner."""
        return cast("str | None", self.statement["person"].get("insurance_number"))


@dataclass(frozen=True)
class SignedAnswers:
    """Answers that a permit shows: their serial number, their days, and the JWS that has them."""

    serial: str
    issued_at: datetime
    ends_at: datetime
    jws: str = field(repr=False)


class LetterReader(Protocol):
    """Reads letters and gets answers of the citizen whose token is passed."""

    def fetch_letter(self, letter_id: uuid.UUID, token: str) -> LetterCopy:
        """Return a letter with its statement and its PDF.

        Raises NotFound (also for another citizen's), LetterRevoked, TokenExpired, TokenInvalid, Unavailable.
        """

    def issue_answers(
        self, questions: Sequence[Question], institution_id: uuid.UUID | None, days: int, token: str
    ) -> SignedAnswers:
        """Return signed answers for an institution, or for everybody who has the permit's code.

        Raises NotFound for a person without a record, TokenExpired, TokenInvalid, Unavailable.
        """


class HttpLetterReader(LetterReader):
    """disclosure over HTTP."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    def fetch_letter(self, letter_id: uuid.UUID, token: str) -> LetterCopy:
        """Return a letter in two calls, and check that the PDF is the one that was issued."""
        path = f"/internal/letters/{letter_id}"
        body = self._send("GET", path, token).json()
        document = self._send("GET", f"{path}/document", token).content
        facts = body["letter"]
        if hashlib.sha256(document).hexdigest() != facts["sha256"]:
            log.error("letter.damaged", letter_id=str(letter_id))
            raise Unavailable
        return LetterCopy(
            id=letter_id,
            serial=facts["serial"],
            types=facts["types"],
            issued_at=datetime.fromisoformat(facts["issued_at"]),
            sha256=facts["sha256"],
            superseded=facts["state"] == "superseded",
            statement=body["statement"],
            document=document,
        )

    def issue_answers(
        self, questions: Sequence[Question], institution_id: uuid.UUID | None, days: int, token: str
    ) -> SignedAnswers:
        """Return signed answers in one call."""
        audience = institution_id and str(institution_id)
        sent = {"questions": list(map(dict, questions)), "audience": audience, "answer_days": days}
        issued = self._send("POST", "/internal/answers", token, json=sent).json()
        return SignedAnswers(
            issued["serial"],
            datetime.fromisoformat(issued["issued_at"]),
            datetime.fromisoformat(issued["ends_at"]),
            issued["jws"],
        )

    def _send(self, method: str, path: str, token: str, **sent: Any) -> httpx.Response:
        """Return a response with status 200. Raises the problem of any other."""
        response = self._client.send_request(method, path, token=token, **sent)
        if response.status_code == 401:
            # The citizen's session may have ended, and disclosure may know it before this service.
            is_invalid = response.json().get("code") == TokenInvalid.code
            raise TokenInvalid if is_invalid else TokenExpired
        problems = {404: NotFound, 409: LetterRevoked}
        if response.status_code in problems:
            raise problems[response.status_code]
        if response.status_code != 200:
            raise Unavailable
        return response
