"""While a service answers a call, its SQL is about one person, or named with the reason why not."""

from collections.abc import Iterator

import pytest

from tests.crossing_named import WATCH


@pytest.fixture(autouse=True)
def watched_statements() -> Iterator[None]:
    """Fail the test during which an answer needed the rows of several people without a reason."""
    WATCH.take_unnamed()
    yield
    unnamed = WATCH.take_unnamed()
    assert not unnamed, (
        f"SQL about several people: bind it to one, or name it in crossing_named.py: {unnamed}"
    )
