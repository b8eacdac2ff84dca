"""The real worker process on a real broker: a request becomes a letter."""

import json
import os
import signal
from pathlib import Path

import httpx
import redis
from prometheus_client.parser import text_string_to_metric_families

from tests.service.disclosure.desk import API, authorise
from tests.service.pdfworker.conftest import Plant, Worker, wait_until_ready
from tests.waiting import wait_until

REQUEST_ID = "0199c2d5-6c1e-7c41-9b1e-3f0d5a7e2b10"


def test_requests_become_letters_and_the_worker_leaves_softly(plant: Plant) -> None:
    world = plant.world
    asked = [
        world.post_request(types=["all", "wages"], headers={"X-Request-ID": REQUEST_ID}).get_json()["id"]
    ]
    asked += [world.create_request() for _ in range(2)]
    with plant.worker() as worker:
        wait_until_ready(world, asked)
        assert worker.stop() == 0
        log = worker.log.read_text("utf-8")
    letter_id = world.get_request(asked[0])["letter_id"]
    pdf = world.client.get(f"{API}/inbox/{letter_id}/document", headers=authorise()).data
    assert pdf.startswith(b"%PDF-")
    assert len(world.list_letters()) == 3
    assert REQUEST_ID in log
    assert "Step " not in log
    person = world.records.content["person"]
    assert not any(value in log for value in (person["national_code"], person["last_name"], "eyJ"))


def test_letters_come_though_the_broker_forgot_its_messages(plant: Plant) -> None:
    world = plant.world
    asked = [world.create_request() for _ in range(2)]
    with redis.Redis.from_url(world.settings.broker_url) as broker:
        wait_until(lambda: broker.llen("letters") == 2, "the tasks did not come")
        broker.flushdb()
    for request_id in asked:
        world.expire_lease(request_id)
    with plant.worker():
        wait_until_ready(world, asked)
    assert len(world.list_letters()) == 2


def rendered(worker: Worker) -> float:
    """How many letters the worker's processes have rendered, as it tells Prometheus."""
    for family in text_string_to_metric_families(httpx.get(worker.metrics).text):
        for sample in family.samples:
            if sample.name == "govah_letter_render_seconds_count":
                return sample.value
    return 0


def children(process: int) -> list[int]:
    found = Path(f"/proc/{process}/task/{process}/children").read_text("ascii")
    return [int(child) for child in found.split()]


def test_what_a_killed_process_had_counted_stays_and_its_end_is_told_in_json(plant: Plant) -> None:
    with plant.worker() as worker:
        wait_until_ready(plant.world, [plant.world.create_request()])
        assert rendered(worker) == 1
        [child] = children(worker.process.pid)
        os.kill(child, signal.SIGKILL)
        wait_until_ready(plant.world, [plant.world.create_request()])
        assert rendered(worker) == 2
        assert child not in children(worker.process.pid)
        assert worker.stop() == 0
        lines = [json.loads(line) for line in worker.log.read_text("utf-8").splitlines()]
    assert any("SIGKILL" in line["event"] for line in lines)
    assert {line["service"] for line in lines} == {"pdfworker"}
