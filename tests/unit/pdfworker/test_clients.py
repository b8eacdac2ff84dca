"""What a worker says of itself when it claims a request."""

from typing import Any, cast

import httpx

from services.pdfworker.clients import Claim, HttpDisclosure
from services.pdfworker.signing.prove import SignedLetter

CLAIM = Claim("7f3f4a3e-0000-4000-8000-000000000001", 1, {}, {})


class Recorder(HttpDisclosure):
    """Records the query of each call, and answers that nothing else waits."""

    def __init__(self) -> None:
        self.queries: list[Any] = []

    def _call(self, method: str, disclosure_id: str, operation: str, **body: Any) -> httpx.Response:
        self.queries.append(body.get("params"))
        return httpx.Response(409 if method == "POST" else 201, json={"next": None})


def test_the_next_claim_has_the_abilities_of_every_claim() -> None:
    disclosure = Recorder()
    letter = cast("SignedLetter", type("Letter", (), {"pdf": b"", "pages": 1, "unsigned_sha256": ""}))
    assert disclosure.claim_request(CLAIM.disclosure_id) is None
    assert disclosure.deliver_letter(CLAIM, letter, claims_next=True) is None
    assert disclosure.deliver_letter(CLAIM, letter) is None
    claimed, following, neither = disclosure.queries
    assert claimed["languages"] == "fa,fa-en"
    assert (following, neither) == ({**claimed, "claims_next": 1}, None)
