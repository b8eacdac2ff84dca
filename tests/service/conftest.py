"""All services: their SQL is about one person, or named with the reason why not; one case on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cases import list_repeated
from tests.crossing_named import WATCH
from tests.sizes import IS_FULL

# `kit` is what the services have from the databases.
KIT = Path(__file__).parent / "kit"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out cases on PostgreSQL that say nothing more."""
    if IS_FULL:
        return
    here = [item for item in items if KIT.parent in item.path.parents and KIT not in item.path.parents]
    if repeated := set(list_repeated(here)):
        items[:] = [item for item in items if item not in repeated]
        config.hook.pytest_deselected(items=list(repeated))


@pytest.fixture(autouse=True)
def watched_statements() -> Iterator[None]:
    """Fail the test during which an answer needed the rows of several people without a reason."""
    WATCH.take_unnamed()
    yield
    unnamed = WATCH.take_unnamed()
    assert not unnamed, (
        f"SQL about several people: bind it to one, or name it in crossing_named.py: {unnamed}"
    )
