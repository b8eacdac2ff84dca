"""Large lists of the upload form: workers import them, and pages that change one wait longer."""

import io
import json
from typing import Any

import pytest

from gateway.portal.api import LIST_TIMEOUT
from gateway.portal.pages.officer import large_lists
from gateway.portal.pages.officer.large_lists import pack_list
from services.records.archives.indexes import read_index
from services.records.archives.members import read_member
from tests.service.gateway.portal.changes import CHANGES, PROPOSAL, PROPOSALS
from tests.service.gateway.portal.desk import Person, Services, read_hidden_fields
from tests.service.gateway.portal.people import sign_in
from tests.service.gateway.portal.test_archives import IMPORT, IMPORTS, NEW
from tests.service.gateway.portal.test_uploads import ABAN, ID, LISTED, LISTS, MEHR, UPLOADS, send

LARGE = sum(map(len, MEHR))
IMPORT_ID = str(IMPORT["id"])


@pytest.fixture
def officer(person: Person, services: Services, monkeypatch: pytest.MonkeyPatch) -> Person:
    monkeypatch.setattr(large_lists, "LARGE_LIST", LARGE)
    services.set_reply("POST", LISTS, 201, LISTED)
    services.set_reply("POST", IMPORTS, 202, NEW | {"parts": 2, "part_size": 500})
    for number in range(2):
        part = {"number": number, "size": 1, "sha256": "0" * 64}
        services.set_reply("PUT", f"{IMPORTS}/{IMPORT_ID}/parts/{number}", 200, part)
    services.set_reply("POST", f"{IMPORTS}/{IMPORT_ID}/completion", 202, IMPORT)
    sign_in(person)
    return person


def read_archive(services: Services) -> dict[str, bytes]:
    """Return the files of the archive whose parts the portal has sent, by path, as workers read them."""
    parts = [
        request.read()
        for number in range(2)
        for request in services.list_requests("PUT", f"{IMPORTS}/{IMPORT_ID}/parts/{number}")
    ]
    archive = io.BytesIO(b"".join(parts))
    [pair] = read_index(archive).pairs
    return {member.path: read_member(archive, member)[1] for member in (pair.header, pair.workers)}


def test_large_list_is_imported_by_workers(officer: Person, services: Services) -> None:
    results = send(officer, *MEHR).location
    assert services.list_requests("POST", LISTS) == []
    assert len(services.list_requests("POST", f"{IMPORTS}/{IMPORT_ID}/completion")) == 1
    assert read_archive(services) == {"DSKKAR00.DBF": MEHR[0], "DSKWOR00.DBF": MEHR[1]}
    page = officer.read(results)
    assert f'href="/officer/lists/archives/{IMPORT_ID}"' in page
    assert "در نوبت" in officer.read(f"{results}?show=import-queued")


def test_smaller_list_is_imported_immediately(
    officer: Person, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large_lists, "LARGE_LIST", LARGE + 1)
    send(officer, *MEHR)
    assert len(services.list_requests("POST", LISTS)) == 1
    assert services.list_requests("POST", IMPORTS) == []


def test_large_list_of_the_script_is_imported_by_workers(officer: Person, services: Services) -> None:
    heads: Any = [
        (io.BytesIO(content), name) for content, name in zip(ABAN, ("a/x.dbf", "a/y.dbf"), strict=True)
    ]
    plan = officer.send(UPLOADS, heads=heads, sizes=json.dumps([len(one) for one in ABAN])).get_json()
    pair: Any = {"header": (io.BytesIO(ABAN[0]), "h"), "workers": (io.BytesIO(ABAN[1]), "w")}
    hidden = read_hidden_fields(officer.get(UPLOADS).text)
    for _ in range(2):
        sent = officer.http.post(plan["url"], data={"number": "0", **hidden, **pair})
        pair = {"header": (io.BytesIO(ABAN[0]), "h"), "workers": (io.BytesIO(ABAN[1]), "w")}
        assert sent.get_json() == {"outcome": "import-queued"}
    # A second try after a break is the same import.
    created = services.list_requests("POST", IMPORTS)
    assert len({(one.headers["Idempotency-Key"], one.read()) for one in created}) == 1


def test_store_that_is_away_leaves_a_large_list_unsent(officer: Person, services: Services) -> None:
    services.refuse("PUT", f"{IMPORTS}/{IMPORT_ID}/parts/1", 503, "unavailable")
    page = officer.read(send(officer, *MEHR).location)
    assert "فرستاده نشد" in page
    assert services.list_requests("POST", f"{IMPORTS}/{IMPORT_ID}/completion") == []


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("DSKKAR03.DBF", "dskwor03.dbf"), {"مهر/DSKKAR03.DBF", "مهر/dskwor03.dbf"}),
        (("header.dbf", "workers.dbf"), {"مهر/DSKKAR00.DBF", "مهر/DSKWOR00.DBF"}),
    ],
)
def test_archive_of_one_list_is_paired_by_workers(names: tuple[str, str], expected: set[str]) -> None:
    packed = pack_list("مهر", names, *MEHR)
    assert packed == pack_list("مهر", names, *MEHR)
    [pair] = read_index(io.BytesIO(packed)).pairs
    assert {pair.header.path, pair.workers.path} == expected


def test_page_that_changes_a_whole_list_waits_longer(officer: Person, services: Services) -> None:
    services.set_reply("GET", f"{LISTS}/{ID}", 200, LISTED)
    services.refuse("POST", f"{LISTS}/{ID}/replacement", 409, "list-unchanged")
    files: Any = {"header": (io.BytesIO(MEHR[0]), "h.dbf"), "workers": (io.BytesIO(MEHR[1]), "w.dbf")}
    officer.send(f"/officer/lists/{ID}/replacement", reason="فایل اشتباه بود و اصلاح شد", **files)
    proposal = f"{PROPOSALS}/{PROPOSAL}"
    services.set_reply("GET", proposal, 200, CHANGES)
    services.refuse("POST", f"{proposal}/confirmation", 409, "list-unchanged")
    officer.send(f"/officer/proposals/{PROPOSAL}", act="confirm")
    calls = [
        *services.list_requests("POST", f"{LISTS}/{ID}/replacement"),
        *services.list_requests("POST", f"{proposal}/confirmation"),
    ]
    assert [call.extensions["timeout"]["read"] for call in calls] == [LIST_TIMEOUT.read] * 2
    others = services.list_requests("GET", proposal)
    assert LIST_TIMEOUT.read not in {call.extensions["timeout"]["read"] for call in others}
