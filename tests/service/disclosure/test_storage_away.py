"""A store that takes no letters: the request waits for it, and no attempt is counted against it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from obstore.store import LocalStore

from services.disclosure.actions.attempts import MAX_TRIES
from tests.service.disclosure.world import World, new_world, settings_for


@pytest.fixture
def on_disk(sqlite_url: str, tmp_path: Path) -> Iterator[World]:
    (tmp_path / "objects").mkdir()
    world = new_world(settings_for(sqlite_url, tmp_path), LocalStore(tmp_path / "objects"))
    yield world
    world.engine.dispose()


def test_attempts_that_a_store_refused_do_not_fail_a_request(on_disk: World, tmp_path: Path) -> None:
    # Where the letters' folder would be stands a file.
    obstacle = tmp_path / "objects" / "letters"
    obstacle.touch()
    disclosure_id = on_disk.asked()
    for _ in range(MAX_TRIES + 1):
        token = on_disk.claimed(disclosure_id)
        assert [on_disk.put(disclosure_id, token).status_code for _ in range(2)] == [503, 503]
        on_disk.let_pass(disclosure_id)
    # What has nothing to do with the store still counts from here on.
    on_disk.fail(disclosure_id, on_disk.claimed(disclosure_id), retriable=True)
    on_disk.let_pass(disclosure_id)
    obstacle.unlink()
    assert on_disk.put(disclosure_id, on_disk.claimed(disclosure_id)).status_code == 201


def test_a_stale_attempt_is_told_so_by_a_store_that_is_away(on_disk: World, tmp_path: Path) -> None:
    (tmp_path / "objects" / "letters").touch()
    disclosure_id = on_disk.asked()
    stale = on_disk.claimed(disclosure_id)
    on_disk.let_pass(disclosure_id)
    on_disk.claimed(disclosure_id)
    assert on_disk.put(disclosure_id, stale).status_code == 409
