"""A disk or bucket that fails is 503 `unavailable`, without partial writes."""

import shutil
from pathlib import Path

import pytest
from obstore.store import LocalStore

from services.kit.storage import KeyFile, SealedObjects
from tests.service.disclosure.desk import API, Desk, authorise
from tests.service.kit.calls import read_problem


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    path = tmp_path / "objects"
    path.mkdir()
    return path


@pytest.fixture
def disclosure_desk(sqlite_desk: Desk, directory: Path) -> Desk:
    """Disclosure whose letters are files."""
    keys = KeyFile(sqlite_desk.settings.storage_keys_file)
    letters = SealedObjects(LocalStore(directory), keys)
    sqlite_desk.app.extensions["svcs_registry"].register_value(SealedObjects, letters)
    return sqlite_desk


def break_disk(directory: Path) -> None:
    """Put a file in place of the directory, so that reads and writes fail."""
    shutil.rmtree(directory)
    directory.write_text("no directory")


def test_letter_that_cannot_be_stored_is_delivered_later(
    disclosure_desk: Desk, directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    request_id = disclosure_desk.create_request()
    token = disclosure_desk.start_attempt(request_id)
    break_disk(directory)
    response = disclosure_desk.put_document(request_id, token)
    read_problem(response, 503, "unavailable")
    assert int(response.headers["Retry-After"]) > 0
    assert (disclosure_desk.list_letters(), disclosure_desk.get_request(request_id)["status"]) == (
        [],
        "rendering",
    )
    assert "storage.away" in caplog.text
    directory.unlink()
    directory.mkdir()
    assert disclosure_desk.put_document(request_id, token).status_code == 201


def test_letter_that_cannot_be_read_is_unavailable_and_unseen(disclosure_desk: Desk, directory: Path) -> None:
    letter_id = disclosure_desk.deliver_letter()
    break_disk(directory)
    read_problem(
        disclosure_desk.client.get(f"{API}/inbox/{letter_id}/document", headers=authorise()),
        503,
        "unavailable",
    )
    assert disclosure_desk.list_letters()[0].seen_at is None
