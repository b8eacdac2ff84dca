"""Calls to disclosure: claim a request, post its letter, give it up. Used by the task."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import httpx
import structlog

from services.kit.http.client import ServiceClient, TokenSource, request_as_service
from services.kit.problems import Unavailable
from services.pdfworker.errors import AttemptStale
from services.pdfworker.signing.prove import SignedLetter

SCOPE = "disclosure:render"

log = structlog.get_logger()


@dataclass(frozen=True)
class Claim:
    """A claimed request: what to render, and the token that shows whose turn it is."""

    request_id: str
    attempt_token: int
    letter: Mapping[str, Any]
    statement: Mapping[str, Any]


class Disclosure(Protocol):
    """Where requests come from and letters go to. Every call raises Unavailable when disclosure is away."""

    def claim(self, request_id: str) -> Claim | None:
        """The claim, or None when the request is not free."""
        ...

    def post(self, claim: Claim, letter: SignedLetter) -> None:
        """Hand the letter in; twice is as good as once. Raises AttemptStale."""
        ...

    def give_up(self, claim: Claim, code: str, *, retriable: bool) -> None:
        """Tell why there is no letter. Raises AttemptStale."""
        ...


class HttpDisclosure:
    """disclosure, over HTTP with the worker's own token."""

    def __init__(self, client: ServiceClient, tokens: TokenSource) -> None:
        self._client = client
        self._tokens = tokens

    def claim(self, request_id: str) -> Claim | None:
        answer = self._call("POST", request_id, "claim")
        if answer.status_code == 409:
            return None
        claim = _expect(answer, 200).json()
        return Claim(claim["request_id"], claim["attempt_token"], claim["letter"], claim["statement"])

    def post(self, claim: Claim, letter: SignedLetter) -> None:
        headers = {
            "Content-Type": "application/pdf",
            "X-Attempt-Token": str(claim.attempt_token),
            "X-Document-Sha256": hashlib.sha256(letter.pdf).hexdigest(),
            "X-Unsigned-Sha256": letter.unsigned_sha256,
            "X-Page-Count": str(letter.pages),
        }
        answer = self._call("PUT", claim.request_id, "document", content=letter.pdf, headers=headers)
        if answer.status_code == 409:
            raise AttemptStale
        _expect(answer, 200, 201)

    def give_up(self, claim: Claim, code: str, *, retriable: bool) -> None:
        report = {"attempt_token": claim.attempt_token, "code": code, "retriable": retriable}
        answer = self._call("POST", claim.request_id, "failure", json=report)
        if answer.status_code == 409:
            raise AttemptStale
        _expect(answer, 204)

    def _call(self, method: str, request_id: str, what: str, **body: Any) -> httpx.Response:
        path = f"/internal/requests/{request_id}/{what}"
        return request_as_service(self._client, self._tokens, SCOPE, method, path, **body)


def _expect(answer: httpx.Response, *statuses: int) -> httpx.Response:
    if answer.status_code not in statuses:
        # Such as a token of keys that disclosure does not know yet: time mends it, and the lease runs out.
        log.error("disclosure.refused", status=answer.status_code)
        raise Unavailable
    return answer
