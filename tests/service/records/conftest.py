"""The records service over a new database of either kind, called through its HTTP routes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
import svcs

from services.records.app import create_app
from services.records.settings import Settings
from tests.service.records.callers import Records
from tests.tokens import TestKeys


@pytest.fixture
def package() -> str:
    return "services.records"


@pytest.fixture
def records(database_url: str, tmp_path: Path) -> Iterator[Records]:
    settings = Settings(
        database_url=database_url,
        broker_url="memory://",
        public_url="https://govah.example",
        auth_url="http://127.0.0.1:9",
        client_secret_file=tmp_path / "records.secret",
    )
    app = create_app(settings, keys=TestKeys())
    with app.app_context():
        engine = svcs.flask.get(sa.Engine)
    yield Records(app, engine)
    svcs.flask.close_registry(app)
    engine.dispose()
