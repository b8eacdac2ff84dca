"""The previous release's rows of each service, in a database of either kind."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from services.kit.db import new_engine
from tests.upgrade.releases import MODELS, Left, read_left, restore


@pytest.fixture(params=MODELS)
def service(request: pytest.FixtureRequest) -> str:
    """Each of the services that have a database."""
    return str(request.param)


@pytest.fixture
def left(service: str) -> Left:
    """Return what the previous release left of this service."""
    return read_left(service)


@pytest.fixture
def empty(database_url: str) -> Iterator[sa.Engine]:
    engine = new_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def restored(left: Left, database_url: str, empty: sa.Engine) -> sa.Engine:
    """Return the previous release's database: its schema and its rows."""
    restore(left, database_url)
    return empty
