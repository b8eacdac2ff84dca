"""The inquiry service over a new database of either kind, with fakes of what it calls."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
import svcs

from services.inquiry.actions.peppers import ensure_peppers
from services.inquiry.app import create_app
from services.inquiry.settings import Settings
from tests.fakes.inquiry import CountingStretcher, FakeLetterReader
from tests.service.inquiry.desk import Desk
from tests.tokens import TestKeys


@pytest.fixture
def package() -> str:
    return "services.inquiry"


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    secret = tmp_path / "inquiry.secret"
    secret.write_text("not used by these tests")
    ensure_peppers(tmp_path / "peppers")
    return Settings(
        database_url=database_url,
        broker_url="memory://",
        public_url="https://govah.example",
        auth_url="http://127.0.0.1:9",
        disclosure_url="http://127.0.0.1:9",
        client_secret_file=secret,
        storage_url=(tmp_path / "objects").as_uri(),
        peppers_dir=tmp_path / "peppers",
    )


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    letters, stretcher = FakeLetterReader(), CountingStretcher()
    app = create_app(settings, keys=TestKeys(), letters=letters, stretcher=stretcher)
    with app.app_context():
        engine = svcs.flask.get(sa.Engine)
    yield Desk(app, engine, settings, letters, stretcher)
    engine.dispose()
