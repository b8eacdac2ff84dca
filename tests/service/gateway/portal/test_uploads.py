"""Officers' uploads: pairs among files of one name, findings to read and save, and other files."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from gateway.portal.pages.officer.pairs import HEAD
from services.kit.jalali import JalaliMonth
from tests.fakes.lists import HASAN, MARYAM, write_sample_list
from tests.service.gateway.portal.desk import Person, Services, read_hidden_fields
from tests.service.gateway.portal.people import sign_in

LISTS = "/api/v1/records/lists"
UPLOADS = "/officer/lists/uploads"
MEHR, ABAN = write_sample_list(MARYAM), write_sample_list(HASAN, month=JalaliMonth(1403, 8))
ID = "6f2b2f0e-0000-4000-8000-000000000001"
LISTED = {
    "id": ID,
    "workshop_code": "0012345678",
    "workshop_name": "کارگاه نجاری بهار",
    "month_jalali": "1403-07",
    "list_number": "01",
    "workers": 1,
    "total_days": 30,
    "total_wage": 80_000_000,
    "total_premium": 5_600_000,
    "imported_at": "2026-11-22T10:00:00+00:00",
    "findings_total": 0,
    "held": 0,
    "version": 1,
    "withdrawn_at": None,
    "contract_row": "000",
    "hard_jobs": 0,
    "has_files": True,
    "findings": [],
    "versions": [],
}


def build_finding(
    row: int, severity: str = "error", code: str = "person-twice", **more: Any
) -> dict[str, Any]:
    place = {"file": "DSKWOR00.DBF", "row": row, "field": "PER_NATCOD", "value": "=1+1"}
    return place | {"severity": severity, "code": code, "message": f"سطر {row}"} | more


@pytest.fixture
def officer(person: Person, services: Services) -> Person:
    services.set_reply("POST", LISTS, 201, LISTED)
    sign_in(person)
    return person


def send(person: Person, *files: bytes, field: str = "files", name: str = "DSKKAR00.DBF") -> Any:
    """Send files without a script, all under one name."""
    parts: Any = {field: [(io.BytesIO(content), name) for content in files]}
    return person.send(UPLOADS, **parts)


def test_files_are_paired_by_content_and_sent_in_turn(officer: Person, services: Services) -> None:
    answer = send(officer, ABAN[1], MEHR[0], MEHR[1], ABAN[0])
    assert answer.status_code == 303
    sent = [one.read() for one in services.list_requests("POST", LISTS)]
    assert [(pair[0] in one, pair[1] in one) for one, pair in zip(sent, (MEHR, ABAN), strict=True)] == [
        (True, True)
    ] * 2
    assert len({one.headers["Idempotency-Key"] for one in services.list_requests("POST", LISTS)}) == 2
    assert officer.read(answer.location).count("کارگاه نجاری بهار") == 2


def test_folder_is_read_only_for_its_lists(officer: Person, services: Services) -> None:
    assert "دست‌کم یک لیست" in send(officer, b"notes", field="folder", name="a/notes.txt").text
    assert send(officer, *MEHR, field="folder", name="a/b/dskkar00.dbf").status_code == 303
    assert len(services.list_requests("POST", LISTS)) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "فایل خالی است"),
        (b"%PDF-1.7 a letter", "این فایل لیست بیمه نیست"),
        (b"PK\x03\x04 a zip", "این فایل زیپ خوانده نشد"),
        (b"\x03" * 200, "این فایل لیست بیمه نیست"),
        (MEHR[0].replace(b"DSK_ID", b"DSX_ID"), "ستون‌های لیست بیمه در این فایل نیست"),
        (MEHR[0], "فایل DSKWOR00 این لیست"),
        (MEHR[1], "فایل DSKKAR00 این لیست"),
    ],
)
def test_other_files_are_listed_with_the_reason(
    officer: Person, services: Services, content: bytes, message: str
) -> None:
    page = officer.read(send(officer, content).location)
    assert message in page
    assert "DSKKAR00.DBF" in page
    assert services.list_requests("POST", LISTS) == []


def test_missing_file_is_reported_beside_the_field(officer: Person) -> None:
    assert '<a href="#files">دست‌کم یک لیست را انتخاب کنید' in officer.send(UPLOADS).text


def test_files_of_25_mebibytes_are_rejected(officer: Person, services: Services) -> None:
    kind = "multipart/form-data; boundary=here"
    answer = officer.http.post(UPLOADS, data=bytes(25 * 1024 * 1024), content_type=kind)
    assert answer.status_code == 413
    assert "حداکثر ۲۰ مگابایت" in answer.text
    assert services.list_requests("POST", LISTS) == []


def refuse(services: Services, *findings: dict[str, Any], total: int | None = None) -> None:
    services.refuse(
        "POST", LISTS, 422, "list-refused", findings=findings, findings_total=total or len(findings)
    )


def test_findings_are_filtered_and_saved_for_spreadsheets(officer: Person, services: Services) -> None:
    refuse(
        services,
        build_finding(1),
        build_finding(2, "warning", "wages-differ"),
        build_finding(3, code="sums-differ"),
    )
    results = send(officer, *MEHR).location
    link = re.search(r'href="([^"]+/0)"', officer.read(results))
    assert link
    assert [f"سطر {row}" in officer.read(f"{link[1]}?severity=error") for row in (1, 2, 3)] == [
        True,
        False,
        True,
    ]
    chosen = officer.get(f"{link[1]}/findings.csv?severity=error&code=person-twice")
    assert chosen.data.startswith(b"\xef\xbb\xbf")
    assert "attachment" in chosen.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(chosen.data.decode("utf-8-sig"))))
    assert [(one["row"], one["value"], one["message"]) for one in rows] == [("1", "'=1+1", "سطر 1")]


def test_changed_list_is_linked_with_its_replacement(officer: Person, services: Services) -> None:
    refuse(services, build_finding(1, code="list-changed", list_id=ID), build_finding(2))
    page = officer.read(f"{send(officer, *MEHR).location}/0")
    assert page.count(f'href="/officer/lists/{ID}"') == 1
    assert page.count(f'href="/officer/lists/{ID}/replacement"') == 1


def test_many_findings_come_page_by_page(officer: Person, services: Services) -> None:
    refuse(services, *map(build_finding, range(1, 251)), total=4000)
    results = send(officer, *MEHR).location
    last = officer.read(f"{results}/0?page=3&severity=error")
    assert "سطر 201" in last
    assert "سطر 200<" not in last
    assert "تنها ۲۵۰ یافته اول" in last
    assert "page=2&amp;severity=error" in last


def test_the_findings_of_an_accepted_list_are_read_from_records(officer: Person, services: Services) -> None:
    services.set_reply(
        "GET", f"{LISTS}/{ID}", 200, LISTED | {"findings": [build_finding(7)], "findings_total": 1}
    )
    assert "سطر 7" in officer.read(f"/officer/lists/{ID}")
    assert b"person-twice" in officer.get(f"/officer/lists/{ID}/findings.csv").data


def test_accepted_lists_come_page_by_page(officer: Person, services: Services) -> None:
    services.set_reply("GET", LISTS, 200, {"items": [LISTED], "next_cursor": "abc"})
    assert "/officer/lists?cursor=abc" in officer.read("/officer/lists")
    officer.get("/officer/lists?cursor=abc")
    assert services.requests[-1].url.params["cursor"] == "abc"


def test_uploads_of_another_officer_are_hidden(officer: Person, services: Services) -> None:
    results = send(officer, *MEHR).location
    officer.http.delete_cookie("govah")
    sign_in(officer)
    services.set_reply("GET", LISTS, 200, {"items": [], "next_cursor": None})
    assert officer.get(results).location == "/officer/lists"
    assert "دیگر نگه داشته نمی‌شود" in officer.read("/officer/lists")
    assert officer.get(f"{results}/0").status_code == 404


def test_findings_end_with_the_account(officer: Person, services: Services) -> None:
    refusal = {"code": "list-refused", "title": "نه", "detail": "خطا", "findings_total": 1}
    services.set_reply("POST", LISTS, 422, refusal | {"findings": [build_finding(3)]})
    place = send(officer, *MEHR).location
    pages = (place, f"{place}/0", f"{place}/0/findings.csv")
    assert [officer.get(page).status_code for page in pages] == [200] * 3
    services.refuse("GET", "/api/v1/records/me", 401, "token-invalid")
    for page in pages:
        assert officer.get(page).location == "/officer/sign-in"
        assert officer.get(page).location == "/officer/sign-in"


def test_unavailable_records_leave_the_rest_unsent(officer: Person, services: Services) -> None:
    def answer_once(_: httpx.Request) -> httpx.Response:
        del services.handlers["POST", LISTS]
        return httpx.Response(201, json=LISTED)

    services.handlers["POST", LISTS] = answer_once
    page = officer.read(send(officer, *MEHR, *ABAN).location)
    assert "چند دقیقه دیگر دوباره تلاش کنید" in page
    assert page.count("فرستاده نشد") >= 2


def send_heads(person: Person, files: Sequence[bytes], sizes: Sequence[int] | None = None) -> Any:
    """Return the response to what the script sends first."""
    fields = read_hidden_fields(person.read(UPLOADS))
    heads = [(io.BytesIO(one[:HEAD]), "DSKKAR00.DBF") for one in files]
    sizes = sizes or [len(one) for one in files]
    return person.http.post(UPLOADS, data={**fields, "heads": heads, "sizes": json.dumps(sizes)})


def test_script_gets_the_pairs_and_sends_each_separately(officer: Person, services: Services) -> None:
    files = [ABAN[1], MEHR[0], ABAN[0], MEHR[1]]
    plan = send_heads(officer, files).get_json()
    assert plan["pairs"] == [
        {"number": 0, "header": 1, "workers": 3},
        {"number": 1, "header": 2, "workers": 0},
    ]
    word = read_hidden_fields(officer.read(UPLOADS))["csrf_token"]
    for pair in plan["pairs"]:
        parts = {name: (io.BytesIO(files[pair[name]]), "x") for name in ("header", "workers")}
        fields = {"csrf_token": word, "number": str(pair["number"]), **parts}
        assert officer.http.post(plan["url"], data=fields).get_json() == {"outcome": "accepted"}
    assert len(services.list_requests("POST", LISTS)) == 2
    fields = {"csrf_token": word, "number": "7"}
    assert officer.http.post(plan["url"], data=fields).status_code == 404


def test_pair_over_the_limit_is_not_requested(officer: Person) -> None:
    plan = send_heads(officer, MEHR, sizes=[2_000, 25 * 1024 * 1024]).get_json()
    assert plan["pairs"] == []
    assert "بزرگ‌تر از ۲۰ مگابایت" in officer.read(plan["url"])


@pytest.mark.parametrize("sizes", ["", "{}", "[1]", '["a", 1]', "[1, 2, 3]", "[1e999, 2]"])
def test_malformed_announcement_is_rejected(officer: Person, sizes: str) -> None:
    fields = read_hidden_fields(officer.read(UPLOADS))
    heads = [(io.BytesIO(one), "x") for one in MEHR]
    assert officer.http.post(UPLOADS, data={**fields, "heads": heads, "sizes": sizes}).status_code == 400


def pack(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(f"لیست/{name}.DBF", data)
    return packed.getvalue()


def test_archives_are_unpacked_and_paired_with_loose_files(officer: Person, services: Services) -> None:
    answer = send(officer, pack(DSKWOR00=MEHR[1], DSKKAR01=ABAN[0]), MEHR[0], ABAN[1], name="lists.zip")
    assert answer.status_code == 303
    sent = [one.read() for one in services.list_requests("POST", LISTS)]
    assert len(sent) == 2
    assert {(file in sent[0]) or (file in sent[1]) for pair in (MEHR, ABAN) for file in pair} == {True}


@pytest.mark.parametrize(
    "archive", [b"PK\x03\x04 cut", pack(DSKKAR00=bytes(65 * 1024 * 1024))], ids=["cut", "bomb"]
)
def test_an_archive_that_cannot_be_read_is_named(officer: Person, services: Services, archive: bytes) -> None:
    answer = send(officer, archive, name="fatherly.zip")
    page = officer.read(answer.location)
    assert "fatherly.zip" in page
    assert "این فایل زیپ خوانده نشد" in page
    assert services.list_requests("POST", LISTS) == []
