"""Redis is dead when a request is committed: the request is accepted, waits, and its letter comes."""

import time

import pytest

from tests.chaos.rig import Rig

pytestmark = pytest.mark.xdist_group("faults")


def test_a_request_is_accepted_without_the_broker_and_answered_after_it(rig: Rig) -> None:
    citizen = rig.add_citizen()
    rig.stack.stop_redis()
    try:
        request_id = citizen.request_letter()
        assert rig.fetch_readiness() == (503, ["Celery"])
        time.sleep(1)
        assert citizen.get_request(request_id)["status"] == "queued"
    finally:
        rig.stack.start("redis")
    citizen.wait_for_letter(request_id)
    assert rig.fetch_readiness()[0] == 200
