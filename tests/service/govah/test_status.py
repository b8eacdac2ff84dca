"""`govah status` against stand-ins of the services that are well, unwell or away."""

import json
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from govah.cli import run_command
from govah.local.data_directory import find_addresses_file
from govah.ops.status.look import Addresses, CannotTell
from services import SERVICES

DAY = 24 * 3600
CERTIFICATE = "govah_certificate_expires_timestamp_seconds"
METRICS = {
    "auth": 'govah_feed_events{source="auth"} 9\ngovah_outbox_oldest_seconds{kind="event"} 0\n',
    "records": 'govah_feed_events{source="records"} 5\n',
    "disclosure": """
govah_requests{state="queued"} 3
govah_requests{state="rendering"} 1
govah_oldest_queued_seconds 12
govah_requests_failed{code="rendering-failed"} 2
govah_requests_failed{code="statement-too-large"} 0
govah_letters_last_hour 57
govah_feed_events_read{consumer="disclosure",source="auth"} 9
govah_outbox_oldest_seconds{kind="event"} 0.2
govah_outbox_oldest_seconds{kind="task"} 1.5
""",
    "inquiry": 'govah_feed_events_read{consumer="inquiry",source="auth"} 9\n',
}


@dataclass
class StandIn:
    """What one program tells; `failed` is what it lacks."""

    metrics: str
    failed: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def readiness(self) -> dict[str, list[str]]:
        warnings = {"warnings": self.warnings} if self.warnings else {}
        return {"failed": self.failed, **warnings}


@dataclass
class World:
    """A system of stand-ins, and the folder in which it said where they are."""

    data_dir: Path
    programs: Mapping[str, StandIn]

    def set_address(self, what: str, where: object) -> None:
        addresses = json.loads(find_addresses_file(self.data_dir).read_text("utf-8"))
        find_addresses_file(self.data_dir).write_text(json.dumps(addresses | {what: where}), "utf-8")

    def run_status(self, *options: str) -> Result:
        return CliRunner().invoke(run_command, ["status", "--data-dir", str(self.data_dir), *options])

    def read_status(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.run_status("--json").stdout)
        return document

    def list_codes(self) -> list[str]:
        return [finding["code"] for finding in self.read_status()["findings"]]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """All services well, and no broker: nobody waits for workers then."""
    programs = {name: StandIn(METRICS[name]) for name in SERVICES} | {"pdfworker": StandIn("")}

    class Tell(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name, what = self.path.split("/")[1:]
            program = programs[name]
            body = program.metrics if what == "metrics" else json.dumps(program.readiness)
            self.send_response(503 if what == "readyz" and program.failed else 200)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base class's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Tell)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    write(tmp_path, f"http://127.0.0.1:{server.server_port}", f"redis://127.0.0.1:{free_port()}")
    yield World(tmp_path, programs)
    server.shutdown()
    server.server_close()


def write(data_dir: Path, base: str, broker: str) -> None:
    addresses = {
        "services": {name: f"{base}/{name}" for name in SERVICES},
        "programs": {"pdfworker": f"{base}/pdfworker"},
        "broker": broker,
    }
    find_addresses_file(data_dir).parent.mkdir(exist_ok=True)
    find_addresses_file(data_dir).write_text(json.dumps(addresses), "utf-8")


def test_figures_of_the_programs_are_combined(world: World) -> None:
    status = world.read_status()
    assert status["services"]["auth"] == {"answers": True, "failed": [], "warnings": []}
    assert (status["queued"], status["rendering"], status["oldest_queued"]) == (3, 1, 12)
    assert (status["failed"], status["letters_last_hour"]) == ({"rendering-failed": 2}, 57)
    assert status["outbox_oldest"] == {"auth": 0.0, "disclosure": 1.5}
    assert status["behind"] == {"auth → disclosure": 0, "auth → inquiry": 0}
    assert status["workers"] is None
    assert [finding["code"] for finding in status["findings"]] == ["broker-away", "requests-failed"]


def test_a_person_reads_it_in_either_language(world: World) -> None:
    english = world.run_status("--language", "en").stdout
    assert "3 queued (the oldest for 12 s), 1 rendering" in english
    assert "! The broker does not answer." in english
    persian = world.run_status("--language", "fa").stdout
    assert "۳ در صف (قدیمی‌ترین ۱۲ ثانیه)، ۱ در حال ساخت" in persian
    assert "! کارگزار پیام پاسخ نمی‌دهد." in persian
    assert "! 2 requests have failed" in english
    assert "! ۲ درخواست ناموفق مانده است" in persian


def test_what_waits_for_the_end_of_an_outage_is_a_finding(world: World) -> None:
    world.programs["disclosure"].metrics += 'govah_requests_waiting{code="timestamp-unavailable"} 4\n'
    world.programs["disclosure"].metrics += 'govah_requests_waiting{code="storage-unavailable"} 0\n'
    assert "codes-wait" not in world.list_codes()
    world.programs["auth"].metrics += "govah_codes_oldest_seconds 61\n"
    english, persian = (world.run_status("--language", language).stdout for language in ("en", "fa"))
    assert "! 4 requests wait for the end of an outage: timestamp-unavailable" in english
    assert "! Codes to mobiles wait too long." in english
    assert "! ۴ درخواست در انتظار پایان یک قطعی است: timestamp-unavailable" in persian
    assert "storage-unavailable" not in english


def test_what_a_service_warns_of_is_a_finding(world: World) -> None:
    world.programs["inquiry"].warnings.append("letters are signed with a certificate for trials: CN=x")
    result = world.run_status("--language", "en")
    assert result.exit_code == 1
    assert "! inquiry warns: letters are signed with a certificate for trials: CN=x" in result.stdout
    assert "All is well." not in result.stdout
    assert "service-warns" in world.list_codes()


def test_all_is_well_only_without_failed_letters(world: World, broker_url: str) -> None:
    world.set_address("broker", broker_url)
    world.programs["disclosure"].metrics = METRICS["disclosure"].replace('failed"} 2', 'failed"} 0')
    assert world.list_codes() == ["no-worker"]


def test_a_dependency_that_is_away_is_named(world: World) -> None:
    world.programs["records"].failed.append("Engine")
    result = world.run_status("--language", "en")
    assert result.exit_code == 1
    assert "records without Engine" in result.stdout
    assert "service-unready" in world.list_codes()


@pytest.mark.parametrize(
    ("program", "metrics", "code"),
    [
        ("disclosure", "govah_oldest_queued_seconds 601\n", "queue-slow"),
        ("inquiry", 'govah_outbox_oldest_seconds{kind="event"} 61\n', "outbox-stuck"),
        ("inquiry", "govah_endings_oldest_seconds 61\n", "endings-wait"),
        ("auth", "govah_backup_last_success_timestamp_seconds 1\n", "backup-old"),
        ("inquiry", 'govah_feed_events_read{consumer="inquiry",source="auth"} 110\n', "consumer-ahead"),
        ("auth", 'govah_feed_events{source="auth"} 1010\n', "consumer-behind"),
        ("pdfworker", f'{CERTIFICATE}{{certificate="edge"}} {time.time() + 29 * DAY}\n', "certificate-ends"),
    ],
    # The workers of a test run must name a test alike, whenever they collect it.
    ids=[
        "queue-slow",
        "outbox-stuck",
        "endings-wait",
        "backup-old",
        "consumer-ahead",
        "consumer-behind",
        "certificate-ends",
    ],
)
def test_what_needs_a_hand_is_found(world: World, program: str, metrics: str, code: str) -> None:
    assert code not in world.list_codes()
    world.programs[program].metrics = metrics
    assert code in world.list_codes()
    assert world.run_status().exit_code == 1


def test_broker_without_workers_is_reported(world: World, broker_url: str) -> None:
    world.set_address("broker", broker_url)
    status = world.read_status()
    assert (status["workers"], status["findings"][0]["code"]) == (0, "no-worker")


def test_missing_programs_are_reported(world: World) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    world.set_address("programs", {"pdfworker": nowhere})
    assert world.list_codes() == ["program-away", "broker-away", "requests-failed"]


def test_status_is_unknown_if_no_service_answers(tmp_path: Path) -> None:
    write(tmp_path, f"http://127.0.0.1:{free_port()}", f"redis://127.0.0.1:{free_port()}")
    assert World(tmp_path, {}).run_status().exit_code == 2


def test_status_is_unknown_if_nothing_runs(tmp_path: Path) -> None:
    result = World(tmp_path, {}).run_status()
    assert result.exit_code == 2
    assert "no system runs" in result.stderr


def test_a_container_asks_whom_its_environment_names() -> None:
    environ = {f"GOVAH_{name.upper()}_URL": f"http://{name}:8000" for name in SERVICES}
    environ |= {"GOVAH_BROKER_URL": "redis://redis", "GOVAH_EDGE_METRICS_URL": "http://edge:9000"}
    addresses = Addresses.from_environment(environ)
    assert addresses.services["inquiry"] == "http://inquiry:8000"
    assert (addresses.programs, addresses.broker) == ({"edge": "http://edge:9000"}, "redis://redis")
    del environ["GOVAH_BROKER_URL"]
    with pytest.raises(CannotTell, match="GOVAH_BROKER_URL"):
        Addresses.from_environment(environ)
