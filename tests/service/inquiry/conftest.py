"""A desk per test, over each kind of database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.inquiry.background import new_consumers, new_loops
from services.inquiry.settings import Settings
from services.kit.loops import Loop
from tests.service.inquiry.desk import Desk, build_settings, open_desk


@pytest.fixture
def package() -> str:
    return "services.inquiry"


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Return the settings for tests that create their own app."""
    return build_settings(database_url, tmp_path)


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """Provide inquiry without other services, with fakes of its ports."""
    with open_desk(database_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def loops(desk: Desk) -> dict[str, Loop]:
    """Return the loops of the desk's service by name."""
    own = new_loops(desk.settings, desk.sessions, desk.objects)
    return {loop.name: loop for loop in [*own, *new_consumers(desk.settings, desk.sessions).values()]}
