"""Fakes of what disclosure and the PDF worker call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.disclosure.clients import RecordsReader
from services.kit.problems import Unavailable
from services.pdfworker.clients import Claim, Disclosure
from services.pdfworker.signing.prove import SignedLetter


@dataclass
class FakeRecords(RecordsReader):
    """Returns the same statement to every caller, or raises `fails`; stores the token and types of calls."""

    content: Mapping[str, Any]
    fails: Exception | None = None
    calls: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)

    def fetch_statement(self, token: str, types: Sequence[str]) -> Mapping[str, Any]:
        self.calls.append((token, tuple(types)))
        if self.fails:
            raise self.fails
        return {**self.content, "types": list(types)}


@dataclass
class FakeDisclosure(Disclosure):
    """Hands out one claim; answers the first `failures` calls with Unavailable."""

    claimed: Claim | None
    failures: int = 0
    fails: Exception | None = None
    calls: int = 0
    posted: list[SignedLetter] = field(default_factory=list)
    given_up: list[tuple[str, bool]] = field(default_factory=list)

    def _call(self) -> None:
        self.calls += 1
        if self.calls <= self.failures:
            raise Unavailable

    def claim(self, request_id: str) -> Claim | None:
        self._call()
        return self.claimed

    def post(self, claim: Claim, letter: SignedLetter) -> None:
        self._call()
        if self.fails:
            raise self.fails
        self.posted.append(letter)

    def give_up(self, claim: Claim, code: str, *, retriable: bool) -> None:
        self._call()
        self.given_up.append((code, retriable))
