"""The port of disclosure without a network: a records service with one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.disclosure.clients import RecordsReader


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
