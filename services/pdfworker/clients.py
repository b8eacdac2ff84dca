"""The port to disclosure, with its adapter: claim a request, deliver its letter, report its failure."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import httpx
import structlog

from services.kit.http.client import ServiceClient, TokenSource, request_as_service
from services.kit.problems import Unavailable
from services.kit.statement_types import CURRENT_VERSION
from services.pdfworker.errors import AttemptStale
from services.pdfworker.signing.prove import SignedLetter

SCOPE = "disclosure:render"
# In which a worker writes letters.
LANGUAGES = ("fa", "fa-en")
# Of each claim, also of one that comes with the response to a letter.
_ABILITIES = {"statement_version": CURRENT_VERSION, "languages": ",".join(LANGUAGES)}

log = structlog.get_logger()


@dataclass(frozen=True)
class Claim:
    """What a claimed request must be rendered from; `attempt_token` identifies this attempt."""

    disclosure_id: str
    attempt_token: int
    letter: Mapping[str, Any]
    statement: Mapping[str, Any]
    # Of the call that queued the request; empty from a disclosure of the previous release.
    correlation_id: str = ""


class Disclosure(Protocol):
    """Hands out requests and takes letters. Every method raises Unavailable if disclosure does not answer."""

    def claim_request(self, disclosure_id: str) -> Claim | None:
        """Return the claim of a request, or None if the request cannot be claimed."""

    def deliver_letter(
        self, claim: Claim, letter: SignedLetter, *, claims_next: bool = False
    ) -> Claim | None:
        """Deliver the letter of a claim; idempotent. Raises AttemptStale.

        With `claims_next`, return the claim of another request if one waits.
        """

    def report_failure(self, claim: Claim, code: str, *, retriable: bool) -> None:
        """Report why a claim has no letter. Raises AttemptStale."""


class HttpDisclosure(Disclosure):
    """The disclosure service, called with the worker's own token."""

    def __init__(self, client: ServiceClient, tokens: TokenSource) -> None:
        self._client = client
        self._tokens = tokens

    def claim_request(self, disclosure_id: str) -> Claim | None:
        response = self._call("POST", disclosure_id, "claim", params=_ABILITIES)
        if response.status_code == 409:
            return None
        return _read_claim(_require_status(response, 200).json())

    def deliver_letter(
        self, claim: Claim, letter: SignedLetter, *, claims_next: bool = False
    ) -> Claim | None:
        headers = {
            "Content-Type": "application/pdf",
            "X-Attempt-Token": str(claim.attempt_token),
            "X-Document-Sha256": hashlib.sha256(letter.pdf).hexdigest(),
            "X-Unsigned-Sha256": letter.unsigned_sha256,
            "X-Page-Count": str(letter.pages),
        }
        following_claim = {**_ABILITIES, "claims_next": 1} if claims_next else None
        response = self._call(
            "PUT",
            claim.disclosure_id,
            "document",
            content=letter.pdf,
            headers=headers,
            params=following_claim,
        )
        if response.status_code == 409:
            raise AttemptStale
        following = _require_status(response, 200, 201).json().get("next")
        return _read_claim(following) if following else None

    def report_failure(self, claim: Claim, code: str, *, retriable: bool) -> None:
        report = {"attempt_token": claim.attempt_token, "code": code, "retriable": retriable}
        response = self._call("POST", claim.disclosure_id, "failure", json=report)
        if response.status_code == 409:
            raise AttemptStale
        _require_status(response, 204)

    def _call(self, method: str, disclosure_id: str, operation: str, **body: Any) -> httpx.Response:
        path = f"/internal/requests/{disclosure_id}/{operation}"
        return request_as_service(self._client, self._tokens, SCOPE, method, path, **body)


def _read_claim(claim: Mapping[str, Any]) -> Claim:
    return Claim(
        claim["request_id"],
        claim["attempt_token"],
        claim["letter"],
        claim["statement"],
        claim.get("correlation_id", ""),
    )


def _require_status(response: httpx.Response, *statuses: int) -> httpx.Response:
    if response.status_code not in statuses:
        # For example a token signed by a key that disclosure has not fetched yet. The lease runs out, and a
        # later attempt succeeds.
        log.error("disclosure.refused", status=response.status_code)
        raise Unavailable
    return response
