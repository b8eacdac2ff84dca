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
    citizen, other = rig.citizen(), rig.citizen()
    early = other.asks()
    letter = other.gets_letter(early)
    before = disk.files()
    rig.door.seen.clear()
    disk.fill(left)
    try:
        request_id = citizen.asks()
        posts = f"/internal/requests/{request_id}/document"
        wait_until(lambda: [path for _, path, _ in rig.door.seen].count(posts) > 1)
        assert citizen.request(request_id)["status"] == "rendering"
        assert rig.readiness() == (503, ["SealedObjects"])
        assert disk.files() == before
        assert citizen.call("GET", "/inbox").json()["items"] == []
        # Reading needs no room.
        assert other.gets_letter(early) == letter
    finally:
        disk.free()
    assert rig.readiness() == (200, [])
    citizen.gets_letter(request_id)
    assert len(disk.files()) == len(before) + 1


@heavy
def test_no_attempt_is_counted_against_a_request_whose_letter_had_no_room(rig: Rig) -> None:
    disk = rig.disk
    if disk is None:
        pytest.skip("this machine lets nobody mount a tmpfs in a namespace of one's own (unshare -rm)")
    citizen = rig.citizen()
    rig.door.seen.clear()
    disk.fill()
    try:
        request_id = citizen.asks()
        posts = f"/internal/requests/{request_id}/document"
        while rig.attempts(request_id) <= MAX_TRIES:
            wait_until(lambda: posts in [path for _, path, _ in rig.door.seen])
            rig.door.seen.clear()
            rig.pass_time(request_id)
        assert citizen.request(request_id)["status"] == "rendering"
    finally:
        disk.free()
    citizen.gets_letter(request_id)
