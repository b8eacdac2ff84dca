"""The real worker process with a real broker: a request becomes a letter."""

import json
import os
import signal
import socket
from pathlib import Path

import redis

from services.kit.ping_worker import is_answering
from tests.service.disclosure.desk import API, authorise
from tests.service.pdfworker.desk import Desk
from tests.waiting import wait_until

RENDERED = "govah_letter_render_seconds_count"
REQUEST_ID = "0199c2d5-6c1e-7c41-9b1e-3f0d5a7e2b10"


def test_requests_become_letters_and_the_worker_stops_gracefully(desk: Desk) -> None:
    disclosure = desk.disclosure
    disclosure_ids = [
        disclosure.post_request(types=["all", "wages"], headers={"X-Request-ID": REQUEST_ID}).get_json()["id"]
    ]
    disclosure_ids += [desk.create_request() for _ in range(2)]
    with desk.run_worker() as worker:
        desk.wait_until_ready(disclosure_ids)
        broker = disclosure.settings.broker_url
        assert is_answering(broker, f"pdfworker@{socket.gethostname()}")
        assert not is_answering(broker, "pdfworker@another-host", 0.2)
        assert worker.stop() == 0
        log = worker.log.read_text("utf-8")
    letter_id = disclosure.get_request(disclosure_ids[0])["letter_id"]
    pdf = disclosure.client.get(f"{API}/inbox/{letter_id}/document", headers=authorise()).data
    assert pdf.startswith(b"%PDF-")
    assert len(disclosure.list_letters()) == 3
    assert REQUEST_ID in log
    assert "Step " not in log
    person = disclosure.records.content["person"]
    assert not any(value in log for value in (person["national_code"], person["last_name"], "eyJ"))


def test_letters_are_rendered_after_the_broker_lost_its_messages(desk: Desk) -> None:
    disclosure = desk.disclosure
    disclosure_ids = [desk.create_request() for _ in range(2)]
    with redis.Redis.from_url(disclosure.settings.broker_url) as broker:
        wait_until(lambda: broker.llen("letters") == 2, "the tasks did not come")
        broker.flushdb()
    for disclosure_id in disclosure_ids:
        desk.expire_lease(disclosure_id)
    with desk.run_worker():
        desk.wait_until_ready(disclosure_ids)
    assert len(disclosure.list_letters()) == 2


def list_children(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii")
    return [int(child) for child in children.split()]


def test_the_counts_of_a_killed_process_remain_and_its_end_is_logged_as_json(desk: Desk) -> None:
    with desk.run_worker() as worker:
        desk.wait_until_ready([desk.create_request()])
        assert worker.read_metric(RENDERED) == 1
        [child] = list_children(worker.process.pid)
        os.kill(child, signal.SIGKILL)
        desk.wait_until_ready([desk.create_request()])
        assert worker.read_metric(RENDERED) == 2
        assert child not in list_children(worker.process.pid)
        assert worker.stop() == 0
        lines = [json.loads(line) for line in worker.log.read_text("utf-8").splitlines()]
    assert any("SIGKILL" in line["event"] for line in lines)
    assert {line["service"] for line in lines} == {"pdfworker"}
