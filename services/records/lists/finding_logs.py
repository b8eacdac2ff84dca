"""The findings of one list in bounded memory. The parser and imports fill it."""

from collections.abc import Iterable

from services.records.lists.findings import Finding, RawFinding

# Findings of one list that are shown and stored; all are counted.
MAX_FINDINGS = 1000


class FindingLog:
    """The first findings in their order, at most `most` of them, and the total number.

    A list of 100,000 rows can have a million findings; at most twice as many as are shown are in memory.
    """

    def __init__(self, most: int = MAX_FINDINGS) -> None:
        self.total = 0
        self.has_errors = False
        self._most = most
        self._first: list[RawFinding] = []
        self._last_order: tuple[str, str, int] | None = None

    def add(self, finding: RawFinding) -> None:
        """Count a finding, and store it if it is among the first."""
        self.total += 1
        order = finding.order
        self.has_errors = self.has_errors or order[0] == "error"
        if self._last_order is None or order < self._last_order:
            self._first.append(finding)
            if len(self._first) >= 2 * self._most:
                self._drop_later()

    def extend(self, findings: Iterable[RawFinding]) -> None:
        """Add several findings."""
        for finding in findings:
            self.add(finding)

    def list_first(self) -> list[Finding]:
        """Return the first findings in their order, described."""
        self._drop_later()
        return [finding.describe() for finding in self._first]

    def _drop_later(self) -> None:
        self._first.sort(key=lambda finding: finding.order)
        del self._first[self._most :]
        if len(self._first) == self._most:
            self._last_order = self._first[-1].order if self._first else ("", "", 0)
