"""Only `make faults` collects these tests; what they measured is printed after them."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.service.gateway.nginx.conftest import upstreams

__all__ = ["upstreams"]
collect_ignore_glob = [] if "GOVAH_FAULTS" in os.environ else ["test_*.py"]


@dataclass
class Figures:
    """What was measured, in the order in which it was."""

    rows: list[tuple[str, str]] = field(default_factory=list)

    def add(self, what: str, figure: object) -> None:
        """Add a line to the table that is printed at the end."""
        self.rows.append((what, str(figure)))


@pytest.fixture(scope="session")
def figures() -> Iterator[Figures]:
    """Yield the figures of this run, then print them as a table for docs/measurements.md."""
    measured = Figures()
    yield measured
    print("\n\n| what | figure |\n|---|---:|")
    for what, figure in measured.rows:
        print(f"| {what} | {figure} |")
