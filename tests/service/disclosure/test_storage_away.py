"""An object store that fails: the request waits for it, and no attempt counts against the request."""

from pathlib import Path

from services.disclosure.actions.attempts import MAX_TRIES
from tests.service.disclosure.desk import Desk


def test_attempts_during_an_outage_of_the_object_store_do_not_fail_a_request(
    disk_desk: Desk, tmp_path: Path
) -> None:
    # A file is in the place of the letters' folder.
    obstacle = tmp_path / "objects" / "letters"
    obstacle.touch()
    disclosure_id = disk_desk.create_request()
    for _ in range(MAX_TRIES + 1):
        token = disk_desk.start_attempt(disclosure_id)
        assert [disk_desk.put_document(disclosure_id, token).status_code for _ in range(2)] == [503, 503]
        disk_desk.expire_lease(disclosure_id)
    # Other failures still count from here on.
    disk_desk.report_failure(disclosure_id, disk_desk.start_attempt(disclosure_id), retriable=True)
    disk_desk.expire_lease(disclosure_id)
    obstacle.unlink()
    assert disk_desk.put_document(disclosure_id, disk_desk.start_attempt(disclosure_id)).status_code == 201


def test_stale_attempt_is_rejected_during_an_outage_of_the_object_store(
    disk_desk: Desk, tmp_path: Path
) -> None:
    (tmp_path / "objects" / "letters").touch()
    disclosure_id = disk_desk.create_request()
    stale = disk_desk.start_attempt(disclosure_id)
    disk_desk.expire_lease(disclosure_id)
    disk_desk.start_attempt(disclosure_id)
    assert disk_desk.put_document(disclosure_id, stale).status_code == 409
