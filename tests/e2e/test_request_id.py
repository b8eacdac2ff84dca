"""One request id from the caller through HTTP, queue and events, into the log lines of all who took part."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.client import DISCLOSURE, Stranger
from tests.e2e.system import System
from tests.waiting import wait_until

pytestmark = pytest.mark.xdist_group("e2e")

# Service, event, and further fields of the line: who must have logged the request, and how.
EXPECTED: list[tuple[str, str, dict[str, Any]]] = [
    ("gateway", "request", {"endpoint": "disclosure", "status": 202}),
    ("disclosure", "request", {"endpoint": "disclosure.create_request", "status": 202}),
    ("records", "request", {"status": 200}),
    ("disclosure", "task.published", {"task": "letters.render"}),
    ("disclosure", "request", {"endpoint": "internal.claim_request", "status": 200}),
    ("pdfworker", "letter.posted", {}),
    ("disclosure", "request", {"endpoint": "internal.put_document", "status": 201}),
    ("auth", "event.consumed", {"type": "letter.ready"}),
    ("auth", "notice.sent", {"kind": "letter-ready"}),
    ("inquiry", "event.consumed", {"type": "letter.ready"}),
]


def read_lines(system: System, request_id: str) -> Iterator[dict[str, Any]]:
    """Yield all log lines of the system that carry the request id."""
    for log in (system.data_dir / "logs").glob("*.log"):
        for line in log.read_text("utf-8").splitlines():
            if request_id in line and line.startswith("{"):
                yield json.loads(line)


def find_missing(system: System, request_id: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Return the lines that no program has logged with the request id yet."""
    lines = list(read_lines(system, request_id))
    return [
        (service, event, words)
        for service, event, words in EXPECTED
        if not any(
            {"service": service, "event": event, "request_id": request_id, **words}.items() <= line.items()
            for line in lines
        )
    ]


def test_request_id_is_in_the_log_of_every_participant(system: System) -> None:
    citizen = Stranger(system).sign_in_citizen(1)
    request_id = str(uuid.uuid4())
    agreement = citizen.get(f"{DISCLOSURE}/agreement").json()
    response = citizen.post(
        f"{DISCLOSURE}/requests",
        {"types": ["all"], "agreement_version": agreement["version"], "agreed": True},
        headers={"X-Request-ID": request_id},
    )
    assert response.status_code == 202, response.text
    assert response.headers["X-Request-ID"] == request_id
    wait_until(
        lambda: not find_missing(system, request_id),
        lambda: f"not logged: {find_missing(system, request_id)}",
        pause=0.2,
    )


@pytest.mark.parametrize("sent", ["two words", "0012345679"])
def test_malformed_id_is_replaced(system: System, sent: str) -> None:
    answer = Stranger(system).get(f"{DISCLOSURE}/agreement", headers={"X-Request-ID": sent})
    given = answer.headers["X-Request-ID"]
    assert str(uuid.UUID(given)) == given
    assert list(read_lines(system, given))


def test_every_log_line_of_a_program_is_one_json_object(system: System) -> None:
    logs = [log for log in (system.data_dir / "logs").glob("*.log") if log.stem != "broker"]
    # gunicorn, the loops, Celery and the front door.
    assert {"disclosure", "disclosure-background", "pdfworker", "gateway"} <= {log.stem for log in logs}
    for log in logs:
        for line in log.read_text("utf-8").splitlines():
            entry = json.loads(line)
            assert {"event", "level", "service", "timestamp"} <= entry.keys(), line
