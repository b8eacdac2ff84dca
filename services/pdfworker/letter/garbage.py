"""When a worker process collects garbage: once for several letters, never within one. Used by `render`.

A collection looks at every living object. After each letter it would take longer than setting the letter.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

LETTERS_BETWEEN_COLLECTIONS = 16
# The garbage of a page is up to 3 MiB.
PAGES_BETWEEN_COLLECTIONS = 48


class GarbageSchedule:
    """Counts the letters and pages since the last collection."""

    def __init__(self) -> None:
        self._letters = self._pages = 0

    @contextmanager
    def defer(self) -> Iterator[None]:
        """Collect no garbage within a letter, and after it if a collection is due."""
        enabled = gc.isenabled()
        gc.disable()
        try:
            yield
        finally:
            if enabled:
                gc.enable()
            self._letters += 1
            if self._letters >= LETTERS_BETWEEN_COLLECTIONS or self._pages >= PAGES_BETWEEN_COLLECTIONS:
                self._letters = self._pages = 0
                gc.collect()

    def count_pages(self, pages: int) -> None:
        """Add the pages of the letter that is made now."""
        self._pages += pages
