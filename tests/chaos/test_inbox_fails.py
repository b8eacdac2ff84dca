"""The inbox fails a worker that posts a letter: it answers 500, or does its work and the answer is lost."""

import pytest

from tests.chaos.proxy import Fate
from tests.chaos.rig import Rig

pytestmark = pytest.mark.xdist_group("faults")


@pytest.mark.parametrize("fate", [Fate.REFUSED, Fate.ANSWER_LOST])
def test_a_letter_is_posted_again_and_is_there_once(rig: Rig, fate: Fate) -> None:
    citizen = rig.add_citizen()
    fates = iter([fate])
    seen = rig.door.seen
    seen.clear()
    rig.door.decide = lambda method, _: next(fates, Fate.FORWARDED) if method == "PUT" else Fate.FORWARDED
    try:
        request_id = citizen.request_letter()
        citizen.wait_for_letter(request_id)
        rig.wait_for_rest()
    finally:
        rig.door.decide = lambda *_: Fate.FORWARDED
    posts = [(path, fate) for method, path, fate in seen if method == "PUT"]
    path = f"/internal/requests/{request_id}/document"
    assert posts == [(path, fate), (path, Fate.FORWARDED)]
    assert rig.count_attempts(request_id) == 1
    # The worker knows that it is there, and was not told that it came too late.
    lines = [line for line in rig.stack.read_log("pdfworker-1").splitlines() if request_id in line]
    assert "letter.posted" in lines[-1]
