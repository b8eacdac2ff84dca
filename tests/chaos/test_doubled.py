"""Everything twice: five copies of a message, two relays, two sweepers, two workers; one letter each."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest

from services.kit.queue import new_celery, send_task
from tests.chaos.rig import Rig
from tests.waiting import wait_until

pytestmark = pytest.mark.xdist_group("faults")

COPIES = 5


def test_doubled_programs_and_messages_make_one_letter_each(rig: Rig) -> None:
    citizens = [rig.add_citizen() for _ in range(6)]
    with ExitStack() as opened:
        twins = [opened.enter_context(rig.twin(name)) for name in ("disclosure-relay", "disclosure-sweeper")]
        workers = ["pdfworker-1", opened.enter_context(rig.twin("pdfworker-2"))]
        wait_until(lambda: "Connected" in rig.stack.read_log(workers[1]))
        for worker in workers:
            rig.stack.pause(worker)
        requests = {citizen.request_letter(): citizen for citizen in citizens}
        publish_again(rig, requests)
        for worker in workers:
            rig.stack.resume(worker)
        for request_id, citizen in requests.items():
            citizen.wait_for_letter(request_id)
        publish_again(rig, requests)
        rig.wait_for_rest()
        # Before twins and workers end: those who were late have found nothing to do.
        dropped = sum(rig.stack.read_log(worker).count("request.not-free") for worker in workers)
    assert dropped >= (2 * COPIES - 1) * len(requests)
    assert all(rig.stack.read_log(twin).count("background.started") == 1 for twin in twins)
    assert [rig.count_attempts(request_id) for request_id in requests] == [1] * len(requests)
    [(events, numbers, last)] = rig.stack.fetch_rows(
        "disclosure", "SELECT count(*), count(DISTINCT number), max(number) FROM outbox WHERE kind = 'event'"
    )
    assert events == numbers == last


def publish_again(rig: Rig, request_ids: Iterable[str]) -> None:
    broker = new_celery("test", rig.stack.broker_url)
    # The copies of a message beside each other: two workers have them simultaneously.
    for request_id in (request_id for request_id in request_ids for _ in range(COPIES)):
        send_task(broker, "letters.render", {"disclosure_request_id": request_id}, "doubled")
    broker.close()


def test_one_of_many_simultaneous_claims_succeeds(rig: Rig) -> None:
    citizen = rig.add_citizen()
    with rig.paused("pdfworker-1"):
        request_id = citizen.request_letter()
        url = f"{rig.stack.find_url('disclosure')}/internal/requests/{request_id}/claim?statement_version=2"
        token = rig.mint_token("service", "pdfworker", "disclosure:render", aud="disclosure")
        with ThreadPoolExecutor(COPIES) as pool:
            claims = [
                pool.submit(httpx.post, url, headers={"Authorization": f"Bearer {token}"}, timeout=30)
                for _ in range(COPIES)
            ]
        assert sorted(claim.result().status_code for claim in claims) == [200, *[409] * (COPIES - 1)]
        rig.pass_time(request_id)
    citizen.wait_for_letter(request_id)
