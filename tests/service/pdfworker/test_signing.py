"""Keys that cannot sign, time stamps that do not come: the worker says so, and no request is lost by it."""

import json
import socket
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.service.pdfworker.conftest import Plant, Worker, wait_until_ready
from tests.unit.pdfworker.provable import PASSWORD, signing_file
from tests.waiting import PATIENCE, wait_until


def lines(worker: Worker) -> list[dict[str, Any]]:
    # The last one may be half written.
    whole, _, _ = worker.log.read_text("utf-8").rpartition("\n")
    return [json.loads(line) for line in whole.splitlines()]


def given_up(worker: Worker) -> list[dict[str, Any]]:
    return [line for line in lines(worker) if line["event"] == "rendering.failed"]


@pytest.mark.parametrize(
    ("days_ago", "password", "words"),
    [
        (9, PASSWORD, "the signing certificate expired at"),
        (-1, PASSWORD, "the signing certificate is not valid before"),
        (1, "another password", "the password in password is wrong"),
    ],
    ids=["expired", "not yet valid", "wrong password"],
)
def test_a_worker_that_cannot_sign_says_why_and_leaves_the_queue_alone(
    plant: Plant, tmp_path: Path, days_ago: float, password: str, words: str
) -> None:
    asked = [plant.world.create_request()]
    own, secret = signing_file(tmp_path / "own.p12", days_ago=days_ago, lasts=5), tmp_path / "password"
    secret.write_text(password)
    with plant.worker(GOVAH_SIGNING_FILE=str(own), GOVAH_SIGNING_PASSWORD_FILE=str(secret)) as worker:
        assert worker.process.wait(timeout=PATIENCE) == 1
        [told] = [line for line in lines(worker) if line["event"] == "signing.unusable"]
    assert words in told["reason"]
    assert password not in worker.log.read_text("utf-8")
    assert plant.world.get_request(asked[0])["status"] == "queued"
    with plant.worker():
        wait_until_ready(plant.world, asked)


def test_a_time_stamp_authority_that_hangs_holds_up_nothing_for_ever(plant: Plant) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hanging = {
            "GOVAH_TIMESTAMP_URL": f"http://127.0.0.1:{silent.getsockname()[1]}/",
            "GOVAH_TIMESTAMP_SECONDS": "1",
        }
        asked = [plant.world.create_request() for _ in range(2)]
        with plant.worker(**hanging) as worker:
            wait_until(
                lambda: {line["disclosure_request_id"] for line in given_up(worker)} == set(asked),
                lambda: str(lines(worker)),
            )
            assert worker.stop() == 0
    assert {line["reason"] for line in given_up(worker)} == {"TimeStampUnavailable"}
    assert {plant.world.get_request(one)["status"] for one in asked} <= {"queued", "rendering"}
    for request_id in asked:
        plant.world.expire_lease(request_id)
    with plant.worker():
        wait_until_ready(plant.world, asked)


def test_the_end_of_the_certificate_is_told_also_when_letters_were_made(plant: Plant) -> None:
    with plant.worker() as worker:
        wait_until_ready(plant.world, [plant.world.create_request()])
        families = text_string_to_metric_families(httpx.get(worker.metrics).text)
        told = {family.name: family.samples for family in families}
        assert worker.stop() == 0
    [sample] = told["govah_certificate_expires_timestamp_seconds"]
    assert sample.labels == {"certificate": "signing"}
    assert sample.value > time.time() + timedelta(days=3000).total_seconds()
