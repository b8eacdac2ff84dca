"""A disk or bucket that fails is 503 `unavailable`, with nothing half-written."""

import shutil
from pathlib import Path

import pytest
from obstore.store import LocalStore

from services.kit.storage import KeyFile, SealedObjects
from tests.service.disclosure.world import PUBLIC, World, citizen
from tests.service.kit.calls import problem


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    path = tmp_path / "objects"
    path.mkdir()
    return path


@pytest.fixture
def world(sqlite_world: World, directory: Path) -> World:
    """Disclosure whose letters are files."""
    keys = KeyFile(sqlite_world.settings.storage_keys_file)
    letters = SealedObjects(LocalStore(directory), keys)
    sqlite_world.app.extensions["svcs_registry"].register_value(SealedObjects, letters)
    return sqlite_world


def break_disk(directory: Path) -> None:
    """Put a file where the directory was: what is written or read there fails."""
    shutil.rmtree(directory)
    directory.write_text("no directory")


def test_a_letter_that_cannot_be_stored_stays_undelivered_and_is_delivered_later(
    world: World, directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    request_id = world.asked()
    token = world.claimed(request_id)
    break_disk(directory)
    answer = world.put(request_id, token)
    problem(answer, 503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert (world.letters(), world.request(request_id)["status"]) == ([], "rendering")
    assert "storage.away" in caplog.text
    directory.unlink()
    directory.mkdir()
    assert world.put(request_id, token).status_code == 201


def test_a_letter_that_cannot_be_read_is_unavailable_and_unseen(world: World, directory: Path) -> None:
    letter_id = world.delivered()
    break_disk(directory)
    problem(world.client.get(f"{PUBLIC}/inbox/{letter_id}/document", headers=citizen()), 503, "unavailable")
    assert world.letters()[0].seen_at is None
