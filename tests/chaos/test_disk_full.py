"""The disk that letters lie on is full: requests wait, readiness tells, letters come when there is room."""

import pytest

from services.disclosure.actions.attempts import MAX_TRIES
from tests.chaos.rig import Rig, heavy
from tests.waiting import wait_until

pytestmark = pytest.mark.xdist_group("faults")


@pytest.mark.parametrize(
    "left", [pytest.param(0, marks=heavy, id="not-a-byte"), pytest.param(8192, id="half-a-letter")]
)
def test_a_request_waits_for_room_on_the_disk(rig: Rig, left: int) -> None:
    disk = rig.disk
    if disk is None:
        pytest.skip("this machine lets nobody mount a tmpfs in a namespace of one's own (unshare -rm)")
    citizen, other = rig.add_citizen(), rig.add_citizen()
    early = other.request_letter()
    letter = other.wait_for_letter(early)
    before = disk.list_files()
    rig.door.seen.clear()
    disk.fill(left)
    try:
        request_id = citizen.request_letter()
        posts = f"/internal/requests/{request_id}/document"
        wait_until(lambda: [path for _, path, _ in rig.door.seen].count(posts) > 1)
        assert citizen.get_request(request_id)["status"] == "rendering"
        assert rig.fetch_readiness() == (503, ["SealedObjects"])
        assert disk.list_files() == before
        assert citizen.call("GET", "/inbox").json()["items"] == []
        # Reading needs no room.
        assert other.wait_for_letter(early) == letter
    finally:
        disk.free()
    assert rig.fetch_readiness() == (200, [])
    citizen.wait_for_letter(request_id)
    assert len(disk.list_files()) == len(before) + 1


@heavy
def test_no_attempt_is_counted_against_a_request_whose_letter_had_no_room(rig: Rig) -> None:
    disk = rig.disk
    if disk is None:
        pytest.skip("this machine lets nobody mount a tmpfs in a namespace of one's own (unshare -rm)")
    citizen = rig.add_citizen()
    rig.door.seen.clear()
    disk.fill()
    try:
        request_id = citizen.request_letter()
        posts = f"/internal/requests/{request_id}/document"
        while rig.count_attempts(request_id) <= MAX_TRIES:
            wait_until(lambda: posts in [path for _, path, _ in rig.door.seen])
            rig.door.seen.clear()
            rig.pass_time(request_id)
        assert citizen.get_request(request_id)["status"] == "rendering"
    finally:
        disk.free()
    citizen.wait_for_letter(request_id)
