"""What inquiry asks of disclosure while a permit is issued; afterwards it needs nobody."""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
import structlog

from services.inquiry.errors import LetterRevoked
from services.kit.http.client import ServiceClient
from services.kit.problems import NotFound, TokenExpired, TokenInvalid, Unavailable

log = structlog.get_logger()


@dataclass(frozen=True)
class LetterCopy:
    """A letter as its owner sees it: facts, the statement it was made from, the PDF."""

    id: uuid.UUID
    serial: str
    types: list[str]
    issued_at: datetime
    sha256: str
    superseded: bool
    statement: Mapping[str, Any] = field(repr=False)
    document: bytes = field(repr=False)

    @property
    def national_code(self) -> str:
        """The national code of the person whose letter it is."""
        return str(self.statement["person"]["national_code"])


class Disclosure:
    """The letters of the citizen whose token is handed over."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    def fetch_letter(self, letter_id: uuid.UUID, token: str) -> LetterCopy:
        """The letter, whole.

        Raises NotFound (also for another's), LetterRevoked, TokenExpired, TokenInvalid, Unavailable.
        """
        path = f"/internal/letters/{letter_id}"
        answer = _checked(self._client.request("GET", path, token=token)).json()
        document = _checked(self._client.request("GET", f"{path}/document", token=token)).content
        facts = answer["letter"]
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
            statement=answer["statement"],
            document=document,
        )


def _checked(answer: httpx.Response) -> httpx.Response:
    if answer.status_code == 401:
        # The citizen's session may have ended, and disclosure have heard of it before this service.
        is_invalid = answer.json().get("code") == TokenInvalid.code
        raise TokenInvalid if is_invalid else TokenExpired
    problems = {404: NotFound, 409: LetterRevoked}
    if answer.status_code in problems:
        raise problems[answer.status_code]
    if answer.status_code != 200:
        raise Unavailable
    return answer
