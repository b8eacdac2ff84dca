"""Archives of lists in the portal: sent in parts by the script, and shown while workers import them."""

import io
from typing import Any

import httpx
import pytest

from tests.service.gateway.portal.desk import Person, Services, read_hidden_fields
from tests.service.gateway.portal.people import sign_in

IMPORTS = "/api/v1/records/imports"
ARCHIVES = "/officer/lists/archives"
ID = "6f2b2f0e-0000-4000-8000-00000000000a"
IMPORT = {
    "id": ID,
    "name": "mehr.zip",
    "size": 9_000_000,
    "status": "running",
    "failure": None,
    "part_size": 4_194_304,
    "parts": 3,
    "parts_received": 3,
    "missing_parts": [],
    "imported_by": ID,
    "created_at": "2026-11-22T10:00:00+00:00",
    "received_at": "2026-11-22T10:05:00+00:00",
    "ended_at": None,
    "lists": 400,
    "lists_done": 100,
    "progress": 25,
    "rows": 990,
    "accepted": 98,
    "already_there": 1,
    "refused": 1,
    "held": 2,
}
NEW = IMPORT | {"status": "receiving", "parts_received": 0, "missing_parts": [0, 1, 2], "lists": None}
FINDING = {
    "file": "DSKWOR00.DBF", "row": 3, "field": "DSW_DD", "value": "32", "expected": "30",
    "severity": "error", "code": "days-out-of-range", "message": "روزها بیش از ماه است",
}  # fmt: skip
REFUSED = {
    "path": "a/<b>",
    "outcome": "refused",
    "list_id": None,
    "findings_total": 5,
    "findings": [FINDING],
}


@pytest.fixture
def officer(person: Person, services: Services) -> Person:
    page: dict[str, Any] = {"items": [], "next_cursor": None}
    services.set_reply("GET", IMPORTS, 200, page)
    services.set_reply("POST", IMPORTS, 202, NEW)
    services.set_reply("GET", f"{IMPORTS}/{ID}", 200, IMPORT)
    services.set_reply("GET", f"{IMPORTS}/{ID}/findings", 200, page | {"items": [REFUSED]})
    services.set_reply("PUT", f"{IMPORTS}/{ID}/parts/1", 200, {"number": 1, "size": 1, "sha256": "0" * 64})
    services.set_reply("POST", f"{IMPORTS}/{ID}/completion", 202, IMPORT | {"status": "queued"})
    services.set_reply("DELETE", f"{IMPORTS}/{ID}", 204, None)
    sign_in(person)
    return person


def post(officer: Person, path: str, **data: Any) -> Any:
    hidden = read_hidden_fields(officer.read("/officer/lists/uploads"))
    return officer.http.post(path, data=hidden | data)


def test_archive_is_sent_in_parts(officer: Person, services: Services) -> None:
    begun = post(officer, ARCHIVES, name="mehr.zip", size="9000000").get_json()
    assert begun == {"url": f"{ARCHIVES}/{ID}", "part_size": 4_194_304, "missing": [0, 1, 2]}
    part = {"part": (io.BytesIO(b"bytes"), "part")}
    assert post(officer, f"{ARCHIVES}/{ID}/parts/1", **part).get_json() == {"number": 1}
    assert post(officer, f"{ARCHIVES}/{ID}/completion").get_json() == {"status": "queued"}


def test_interrupted_upload_goes_on(officer: Person, services: Services) -> None:
    interrupted = NEW | {"missing_parts": [2]}
    services.set_reply("GET", IMPORTS, 200, {"items": [NEW], "next_cursor": None})
    services.set_reply("GET", f"{IMPORTS}/{ID}", 200, interrupted)
    assert post(officer, ARCHIVES, name="mehr.zip", size="9000000").get_json()["missing"] == [2]


def test_page_shows_progress_counts_and_findings(officer: Person) -> None:
    page = officer.get(f"{ARCHIVES}/{ID}").text
    assert 'max="400" value="100"' in page
    assert "روزها بیش از ماه است" in page
    assert "<bdi>a</bdi>/<wbr><bdi>&lt;b&gt;</bdi>" in page
    assert "data-progress" in page


@pytest.mark.parametrize("status", ["receiving", "done", "failed", "cancelled"])
def test_page_of_every_status_can_be_read(officer: Person, services: Services, status: str) -> None:
    failure = {"code": "no-lists", "message": "لیستی در این بایگانی نیست"} if status == "failed" else None
    services.set_reply("GET", f"{IMPORTS}/{ID}", 200, IMPORT | {"status": status, "failure": failure})
    page = officer.get(f"{ARCHIVES}/{ID}").text
    assert ("لیستی در این بایگانی نیست" in page) == (status == "failed")
    assert ("/cancellation" in page) == (status == "receiving")
    assert "data-progress" not in page


def test_import_is_cancelled(officer: Person) -> None:
    answer = post(officer, f"{ARCHIVES}/{ID}/cancellation")
    assert (answer.status_code, answer.location) == (303, f"{ARCHIVES}/{ID}")
    assert "لغو شد" in officer.get(f"{ARCHIVES}/{ID}").text


def test_archives_are_listed(officer: Person, services: Services) -> None:
    services.set_reply("GET", IMPORTS, 200, {"items": [IMPORT], "next_cursor": "abc"})
    page = officer.get(ARCHIVES).text
    assert "mehr.zip" in page
    assert "cursor=abc" in page


def test_incomplete_calls_of_the_script_are_bad_requests(officer: Person) -> None:
    assert post(officer, ARCHIVES, name="x").status_code == httpx.codes.BAD_REQUEST
    assert post(officer, f"{ARCHIVES}/{ID}/parts/1").status_code == httpx.codes.BAD_REQUEST
