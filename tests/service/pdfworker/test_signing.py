"""Keys that cannot sign, and missing time stamps: the worker reports both, and no request is lost."""

import socket
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.service.pdfworker.desk import Desk, Worker
from tests.unit.pdfworker.provable import PASSWORD, write_signing_file
from tests.waiting import PATIENCE, wait_until


def list_failures(worker: Worker) -> list[dict[str, Any]]:
    return [line for line in worker.read_log() if line["event"] == "signing.unavailable"]


UNUSABLE = {
    "expired": (9, PASSWORD, "the signing certificate expired at"),
    "not yet valid": (-1, PASSWORD, "the signing certificate is not valid before"),
    "wrong password": (1, "another password", "the password in password is wrong"),
}


def test_a_worker_that_cannot_sign_logs_the_reason_and_takes_no_task(desk: Desk, tmp_path: Path) -> None:
    disclosure_id = desk.create_request()
    for name, (days_ago, password, message) in UNUSABLE.items():
        own = write_signing_file(tmp_path / f"{name}.p12", days_ago=days_ago, lifetime=5)
        secret = tmp_path / "password"
        secret.write_text(password)
        settings = {"GOVAH_SIGNING_FILE": str(own), "GOVAH_SIGNING_PASSWORD_FILE": str(secret)}
        with desk.run_worker(**settings) as worker:
            assert worker.process.wait(timeout=PATIENCE) == 1, name
            line = [line for line in worker.read_log() if line["event"] == "signing.unusable"][-1]
        assert message in line["reason"]
        assert password not in worker.log.read_text("utf-8"), name
        assert desk.read_status(disclosure_id) == "queued", name
    with desk.run_worker():
        desk.wait_until_ready([disclosure_id])


def test_a_hanging_time_stamp_authority_does_not_block_requests(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hanging = {
            "GOVAH_TIMESTAMP_URL": f"http://127.0.0.1:{silent.getsockname()[1]}/",
            "GOVAH_TIMESTAMP_SECONDS": "1",
        }
        disclosure_ids = [desk.create_request() for _ in range(2)]
        with desk.run_worker(**hanging) as worker:
            wait_until(
                lambda: {line["disclosure_id"] for line in list_failures(worker)} == set(disclosure_ids),
                lambda: str(worker.read_log()),
            )
            assert worker.stop() == 0
    assert {line["code"] for line in list_failures(worker)} == {"timestamp-unavailable"}
    assert {desk.read_status(disclosure_id) for disclosure_id in disclosure_ids} <= {"queued", "rendering"}
    for disclosure_id in disclosure_ids:
        desk.expire_lease(disclosure_id)
    with desk.run_worker():
        desk.wait_until_ready(disclosure_ids)


def test_the_expiry_of_the_certificate_is_a_metric_after_letters_were_rendered(desk: Desk) -> None:
    with desk.run_worker() as worker:
        desk.wait_until_ready([desk.create_request()])
        families = text_string_to_metric_families(httpx.get(worker.metrics_url).text)
        metrics = {family.name: family.samples for family in families}
        assert worker.stop() == 0
    [sample] = metrics["govah_certificate_expires_timestamp_seconds"]
    assert sample.labels == {"certificate": "signing"}
    assert sample.value > time.time() + timedelta(days=3000).total_seconds()
