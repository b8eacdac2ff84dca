"""The results of an upload: refused lists first, filters, pages, and uploads that were left in the middle."""

import io
import json
import re
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from gateway.portal.pages.officer import upload_entries, uploads
from gateway.portal.pages.officer.pairs import HEAD
from services.kit.jalali import JalaliMonth
from tests.fakes.lists import MARYAM, write_sample_list
from tests.service.gateway.portal.desk import Person, Services, read_hidden_fields
from tests.service.gateway.portal.people import sign_in
from tests.service.gateway.portal.test_uploads import LISTED, LISTS, UPLOADS, build_finding

# Lists of the months of a year, and what records answers to each.
YEAR = [write_sample_list(MARYAM, month=JalaliMonth(1402, month)) for month in range(1, 13)]
ACCEPTED, WARNED, KNOWN, REFUSED = "accepted", "warned", "known", "refused"


def build_answer(kind: str) -> httpx.Response:
    if kind == REFUSED:
        refusal = {"code": "list-refused", "title": "نه", "detail": "خطا", "findings_total": 1}
        return httpx.Response(422, json=refusal | {"findings": [build_finding(3)]})
    warnings = {"findings_total": 2} if kind == WARNED else {}
    return httpx.Response(200 if kind == KNOWN else 201, json=LISTED | {"workshop_name": kind} | warnings)


@pytest.fixture
def officer(person: Person) -> Person:
    sign_in(person)
    return person


def send_folders(officer: Person, services: Services, *kinds: str) -> str:
    """Send a folder for each list without a script; return the address of the results."""
    answers = iter(kinds)
    services.handlers["POST", LISTS] = lambda _: build_answer(next(answers))
    parts: Any = [
        (io.BytesIO(content), f"شعبه {number}/{name}.DBF")
        for number, pair in enumerate(YEAR[: len(kinds)], 1)
        for name, content in zip(("DSKKAR00", "DSKWOR00"), pair, strict=True)
    ]
    return str(officer.send(UPLOADS, folder=parts).location)


def list_folders(page: str) -> list[str]:
    return re.findall("<bdi>شعبه (.)</bdi></bdi><br>", page)


def test_records_get_the_path_of_each_list(officer: Person, services: Services) -> None:
    send_folders(officer, services, ACCEPTED)
    [sent] = services.list_requests("POST", LISTS)
    assert "شعبه 1/DSKKAR00.DBF".encode() in sent.content


def test_refused_lists_come_first_with_their_folders(officer: Person, services: Services) -> None:
    results = send_folders(officer, services, ACCEPTED, KNOWN, WARNED, REFUSED, ACCEPTED)
    page = officer.read(results)
    assert list_folders(page) == ["4", "3", "1", "5", "2"]
    assert page.count("DSKKAR00.DBF") == 5
    assert f'href="{results}/3"' in page
    assert "شعبه 4" in page[page.index("پذیرفته نشد</span>") :]


@pytest.mark.parametrize(
    ("show", "folders"),
    [
        ("refused", ["4"]),
        ("warnings", ["3"]),
        ("accepted", ["3", "1", "5"]),
        ("already-there", ["2"]),
        ("not-sent", []),
        ("odd", ["4", "3", "1", "5", "2"]),
    ],
)
def test_results_are_filtered(officer: Person, services: Services, show: str, folders: list[str]) -> None:
    results = send_folders(officer, services, ACCEPTED, KNOWN, WARNED, REFUSED, ACCEPTED)
    assert list_folders(officer.read(f"{results}?show={show}")) == folders


def test_results_are_searched_by_folder_and_file(officer: Person, services: Services) -> None:
    results = send_folders(officer, services, ACCEPTED, KNOWN, REFUSED)
    for name, folders in (("شعبه 2", ["2"]), ("dskkar", ["3", "1", "2"]), ("شعبه 9", [])):
        assert list_folders(officer.read(f"{results}?file={name}")) == folders
    assert list_folders(officer.read(f"{results}?file=شعبه&show=refused")) == ["3"]


def test_an_upload_of_the_previous_release_is_shown(
    officer: Person, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has its results in one entry, and neither folders nor a time."""
    results = send_folders(officer, services, ACCEPTED)
    old = {
        "workshop_code": "0012345678",
        "month_jalali": "1402-01",
        "list_number": "1",
        "outcome": "refused",
        "held": 0,
        "detail": "",
        "findings_total": 1,
    }
    monkeypatch.setattr(uploads, "load_upload", lambda _: {"lists": [old | {"number": 0}], "strays": []})
    assert "فروردین ۱۴۰۲" in officer.read(results)
    assert "فروردین ۱۴۰۲" not in officer.read(f"{results}?file=شعبه")


def test_results_come_page_by_page(
    officer: Person, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "PAGE_SIZE", 2)
    # Results are stored in groups; these lists take two.
    monkeypatch.setattr(upload_entries, "GROUP", 3)
    results = send_folders(officer, services, ACCEPTED, KNOWN, ACCEPTED, REFUSED, ACCEPTED)
    assert [list_folders(officer.read(f"{results}?page={page}")) for page in (1, 2, 3, 9)] == [
        ["4", "1"],
        ["3", "5"],
        ["2"],
        ["2"],
    ]
    assert f"{results}?page=2&amp;show=accepted" in officer.read(f"{results}?show=accepted")


def send_portion(officer: Person, files: Sequence[bytes], **more: str) -> Any:
    """Return the response to a portion of what the script sends first."""
    fields = read_hidden_fields(officer.read(UPLOADS)) | more
    heads = [(io.BytesIO(one[:HEAD]), f"{number}/DSKKAR00.DBF") for number, one in enumerate(files)]
    return officer.http.post(
        UPLOADS, data={**fields, "heads": heads, "sizes": json.dumps([len(one) for one in files])}
    )


def test_pairs_are_found_across_portions(officer: Person) -> None:
    headers, workers = [pair[0] for pair in YEAR], [pair[1] for pair in YEAR[::-1]]
    first = send_portion(officer, headers, more="yes").get_json()
    assert list(first) == ["upload"]
    plan = send_portion(officer, workers, upload=first["upload"]).get_json()
    assert [(pair["header"], pair["workers"]) for pair in plan["pairs"]] == [(n, 23 - n) for n in range(12)]
    assert send_portion(officer, workers, upload=first["upload"]).status_code == 404


def test_an_upload_that_was_left_is_listed(officer: Person, services: Services) -> None:
    services.set_reply("POST", LISTS, 201, LISTED)
    plan = send_portion(officer, [one for pair in YEAR[:3] for one in pair]).get_json()
    fields = read_hidden_fields(officer.read(UPLOADS))
    for sent in range(4):
        page = officer.read(UPLOADS)
        assert (f"{'۰۱۲'[sent : sent + 1]} لیست از ۳ لیست فرستاده شد" in page) is (sent < 3)
        assert f'href="{plan["url"]}"' in page
        if sent < 3:
            parts = {"header": (io.BytesIO(YEAR[sent][0]), "x"), "workers": (io.BytesIO(YEAR[sent][1]), "x")}
            officer.http.post(plan["url"], data={**fields, "number": str(sent), **parts})
    assert "نتیجه ۳ لیست" in page


def test_desk_lists_an_upload_that_was_left(officer: Person) -> None:
    plan = send_portion(officer, YEAR[0]).get_json()
    page = officer.read("/officer")
    assert "۰ لیست از ۱ لیست فرستاده شد" in page
    assert f'href="{plan["url"]}"' in page


def test_results_of_an_upload_that_was_left_say_what_is_missing(officer: Person, services: Services) -> None:
    services.set_reply("POST", LISTS, 201, LISTED)
    plan = send_portion(officer, [one for pair in YEAR[:3] for one in pair]).get_json()
    fields = read_hidden_fields(officer.read(UPLOADS))
    parts = {"header": (io.BytesIO(YEAR[1][0]), "x"), "workers": (io.BytesIO(YEAR[1][1]), "x")}
    officer.http.post(plan["url"], data={**fields, "number": "1", **parts})
    page = officer.read(plan["url"])
    assert "۱ لیست از ۳ لیست فرستاده شد" in page
    assert page.count("هنوز فرستاده نشده است") == 2


def test_only_the_officer_sees_an_upload(officer: Person, stranger: Person) -> None:
    send_portion(officer, YEAR[0])
    sign_in(stranger)
    assert "فرستاده شد" not in stranger.read(UPLOADS)


def test_too_many_files_are_refused(officer: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_OF_UPLOAD", 3)
    upload = send_portion(officer, YEAR[0], more="yes").get_json()["upload"]
    assert send_portion(officer, YEAR[1], upload=upload).status_code == 413
