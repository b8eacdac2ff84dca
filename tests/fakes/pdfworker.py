"""The port of the PDF worker without a network: a disclosure service with one request."""

from dataclasses import dataclass, field

from services.kit.problems import Unavailable
from services.pdfworker.clients import Claim, Disclosure
from services.pdfworker.signing.prove import SignedLetter


@dataclass
class FakeDisclosure(Disclosure):
    """Hands out one claim, and after each delivery one of `following`, if the worker takes it.

    The first `failures` calls raise Unavailable, each delivery `error`.
    """

    claim: Claim | None
    failures: int = 0
    error: Exception | None = None
    calls: int = 0
    following: list[Claim] = field(default_factory=list)
    claimed_ids: list[str] = field(default_factory=list)
    letters: list[SignedLetter] = field(default_factory=list)
    reports: list[tuple[str, bool]] = field(default_factory=list)

    def claim_request(self, disclosure_id: str) -> Claim | None:
        self._count_call()
        self.claimed_ids.append(disclosure_id)
        return self.claim

    def deliver_letter(
        self, claim: Claim, letter: SignedLetter, *, claims_next: bool = False
    ) -> Claim | None:
        self._count_call()
        if self.error:
            raise self.error
        self.letters.append(letter)
        return self.following.pop(0) if claims_next and self.following else None

    def report_failure(self, claim: Claim, code: str, *, retriable: bool) -> None:
        self._count_call()
        self.reports.append((code, retriable))

    def _count_call(self) -> None:
        self.calls += 1
        if self.calls <= self.failures:
            raise Unavailable
