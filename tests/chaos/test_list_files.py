"""A process dies at each point between a list's files and its commit: nothing is lost, nothing is left over.

The process that dies is one of its own, killed where it stands; what it has left is then read by another.
"""

import os
import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from obstore.store import LocalStore

from services.kit.storage import KeyFile, SealedObjects
from services.records.actions import files
from tests.chaos.dying_upload import PAIR
from tests.forking import open_forker
from tests.service.records.desk import LISTS, Desk, open_desk

# Each point is a function after whose call, or before whose last call, the process is gone.
POINTS = {
    "before the first file": ("before", "services.kit.storage.SealedObjects.put_new", 1),
    "between the two files": ("after", "services.kit.storage.SealedObjects.put_new", 1),
    "before the transaction": ("after", "services.kit.storage.SealedObjects.put_new", 2),
    "before the files are named": ("before", "services.records.actions.files.keep_files", 1),
    "before the rows": ("after", "services.records.actions.files.keep_files", 1),
    "before the commit": ("before", "sqlalchemy.engine.Connection._commit_impl", 3),
    "after the commit": ("after", "sqlalchemy.engine.Connection._commit_impl", 3),
}


@pytest.fixture
def package() -> str:
    return "services.records"


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    (tmp_path / "objects").mkdir()
    with open_desk(database_url, tmp_path, LocalStore(tmp_path / "objects")) as opened:
        yield opened


def list_stored(directory: Path) -> set[str]:
    objects = directory / "objects"
    return {str(path.relative_to(objects)) for path in objects.rglob("*") if path.is_file()}


# The points of the transaction on both databases; what comes before it needs only one.
PLACES = [("sqlite", point) for point in POINTS] + [
    ("postgresql", point) for point in ("before the rows", "before the commit", "after the commit")
]


@pytest.mark.parametrize(("database_url", "point"), PLACES, indirect=["database_url"])
def test_a_process_that_dies_loses_no_list_and_leaves_no_file(
    desk: Desk, database_url: str, tmp_path: Path, point: str
) -> None:
    when, name, call = POINTS[point]
    # On PostgreSQL an import into a year without a partition creates it first, in a transaction of its own.
    call += name.endswith("_commit_impl") and database_url.startswith("postgresql")
    words = ["tests.chaos.dying_upload", database_url, str(tmp_path), when, name, str(call)]
    log = tmp_path / "upload.log"
    died = open_forker().start(words, os.environ, log)
    assert died.wait() == -signal.SIGKILL, log.read_text("utf-8")[-2_000:]
    is_accepted = point == "after the commit"
    assert desk.count_rows(["lists", "people", "contributions"]) == ([1, 2, 2] if is_accepted else [0, 0, 0])
    again = desk.upload(PAIR)
    assert again.status_code == (200 if is_accepted else 201), again.text
    assert desk.count_rows(["lists", "people", "contributions"]) == [1, 2, 2]
    list_id = again.get_json()["id"]
    objects = SealedObjects(desk.objects, KeyFile(desk.settings.storage_keys_file))
    files.remove_unkept_files(desk.sessions, objects, timedelta())
    files.remove_unfinished_files(objects, timedelta())
    assert len(list_stored(tmp_path)) == 2
    assert desk.count_rows(["stored_objects"]) == [2]
    for file, content in zip(("header", "workers"), PAIR, strict=True):
        response = desk.call_as_officer("GET", f"{LISTS}/{list_id}/files/{file}", "lists")
        assert response.data == content
