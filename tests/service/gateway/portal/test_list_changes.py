"""Accepted lists at the officers' desk: withdrawn, replaced, their files and their held rows."""

import io
import json
from typing import Any

import httpx
import pytest

from tests.fakes.lists import HASAN, MARYAM, write_sample_list
from tests.service.gateway.portal.changes import (
    AT,
    CHANGES,
    FORMER,
    LIST,
    LISTED,
    LISTS,
    PROPOSAL,
    PROPOSALS,
    build_page,
)
from tests.service.gateway.portal.desk import Person, Services
from tests.service.gateway.portal.people import sign_in
from tests.service.gateway.portal.record import read_text
from tests.service.gateway.portal.test_uploads import build_finding, send

ONE = f"/officer/lists/{LIST}"
API = f"{LISTS}/{LIST}"
MADE = f"/officer/proposals/{PROPOSAL}"
HEADER, WORKERS = write_sample_list(MARYAM)


@pytest.fixture
def officer(person: Person, services: Services) -> Person:
    services.set_reply("GET", API, 200, LISTED)
    services.set_reply("POST", PROPOSALS, 201, CHANGES | {"kind": "list-withdrawal"})
    services.set_reply("POST", f"{API}/replacement", 201, CHANGES | {"kind": "list-replacement"})
    sign_in(person)
    return person


def replace(officer: Person, header: bytes = HEADER, workers: bytes = WORKERS, **fields: str) -> Any:
    files: Any = {
        "header": (io.BytesIO(header), "DSKKAR00.DBF"),
        "workers": (io.BytesIO(workers), "DSKWOR00.DBF"),
    }
    return officer.send(f"{ONE}/replacement", **files, **{"reason": "کارفرما اصلاح کرد."} | fields)


def test_list_has_its_files_its_versions_and_what_can_be_done(officer: Person, services: Services) -> None:
    former = FORMER | {"has_files": True}
    services.set_reply("GET", API, 200, LISTED | {"version": 2, "versions": [former]})
    page = officer.read(ONE)
    for place in ("replacement", "withdrawal", "files/header?version=1", "files/workers?version=2"):
        assert f'href="{ONE}/{place}"' in page
    assert f'href="/officer/held-rows?list_id={LIST}"' in page
    services.set_reply("GET", API, 200, LISTED | {"withdrawn_at": LISTED["imported_at"], "held": 0})
    page = officer.read(ONE)
    assert f"{ONE}/replacement" not in page
    assert "/officer/held-rows?" not in page
    for path in ("replacement", "withdrawal"):
        assert "ثبت پیشنهاد" not in officer.read(f"{ONE}/{path}")


def test_former_versions_say_who_when_and_why(officer: Person, services: Services) -> None:
    withdrawn = FORMER | {"version": 2, "kind": "list-withdrawal", "reason": "از کارگاه دیگری است."}
    document = LISTED | {"version": 2, "withdrawn_at": AT, "held": 0, "versions": [withdrawn, FORMER]}
    services.set_reply("GET", API, 200, document)
    text = read_text(officer, ONE)
    for words in ("جایگزین شد: ۱ آذر ۱۴۰۵", "پس گرفته شد: ۱ آذر ۱۴۰۵", "۴۱ نفر، ۲۸ روز، ۷۹٬۰۰۰٬۰۰۰ ریال"):
        assert words in text
    assert "پیشنهاددهنده: شما، تاییدکننده: کارشناس 6f2b2f0e" in text
    assert "علت: اصلاحیه کارفرما" in text
    assert f'href="{MADE}"' in officer.read(ONE)


def test_files_that_were_not_stored_are_not_linked(officer: Person, services: Services) -> None:
    document = LISTED | {"version": 2, "has_files": False, "versions": [FORMER]}
    services.set_reply("GET", API, 200, document)
    page = officer.read(ONE)
    assert page.count("فایل‌های این نسخه نگه داشته نشده، یا مدت نگه‌داری آن گذشته است.") == 2
    assert f"{ONE}/files/" not in page


def test_files_are_downloaded_as_they_were_received(officer: Person, services: Services) -> None:
    services.handlers["GET", f"{API}/files/workers"] = lambda _: httpx.Response(200, content=WORKERS)
    answer = officer.get(f"{ONE}/files/workers?version=1")
    assert answer.data == WORKERS
    assert answer.headers["Content-Disposition"] == 'attachment; filename="DSKWOR00.DBF"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert services.requests[-1].url.params["version"] == "1"
    services.refuse("GET", f"{API}/files/header", 404, "file-not-kept")
    answer = officer.get(f"{ONE}/files/header")
    assert answer.status_code == 404
    assert "چون file-not-kept" in answer.text
    assert officer.get(f"{ONE}/files/other").status_code == 404


def test_withdrawal_becomes_a_proposal(officer: Person, services: Services) -> None:
    path = f"{ONE}/withdrawal"
    assert '<a href="#reason">علت را بنویسید.</a>' in officer.send(path, reason="").text
    assert officer.send(path, reason="از کارگاه دیگری است.").location == MADE
    (sent,) = services.list_requests("POST", PROPOSALS)
    assert json.loads(sent.content) == {
        "kind": "list-withdrawal", "target": LIST, "change": {}, "reason": "از کارگاه دیگری است.",
    }  # fmt: skip
    services.refuse("POST", PROPOSALS, 409, "proposal-open", proposal_id=PROPOSAL)
    assert f'<a href="{MADE}">' in officer.send(path, reason="x").text


def test_replacement_becomes_a_proposal(officer: Person, services: Services) -> None:
    assert replace(officer).location == MADE
    (sent,) = services.list_requests("POST", f"{API}/replacement")
    body = sent.read()
    assert HEADER in body
    assert WORKERS in body
    assert "کارفرما اصلاح کرد.".encode() in body


def test_other_files_are_another_request(officer: Person, services: Services) -> None:
    for workers in (WORKERS, write_sample_list(HASAN)[1]):
        services.refuse("POST", f"{API}/replacement", 409, "proposal-open")
        replace(officer, workers=workers, once="the same form")
    sent = services.list_requests("POST", f"{API}/replacement")
    assert len({one.headers["Idempotency-Key"] for one in sent}) == 2


def test_mistakes_of_a_replacement_stand_beside_their_fields(officer: Person, services: Services) -> None:
    refused = officer.send(f"{ONE}/replacement", reason=" ").text
    for name in ("header", "workers", "reason"):
        assert f'<a href="#{name}">' in refused
    errors = [{"field": "header", "message": "از کارگاه دیگری است."}]
    services.refuse("POST", f"{API}/replacement", 422, "validation", errors=errors)
    assert '<a href="#header">از کارگاه دیگری است.</a>' in replace(officer).text
    findings = [build_finding(3), build_finding(4, "held")]
    services.refuse("POST", f"{API}/replacement", 422, "list-refused", findings=findings, findings_total=2)
    refused = replace(officer).text
    assert "چون list-refused" in refused
    assert "سطر 3" in refused
    assert "کارفرما اصلاح کرد." in refused


def test_number_of_held_rows_is_in_results_and_lists(officer: Person, services: Services) -> None:
    services.set_reply("POST", LISTS, 201, LISTED)
    services.refuse("GET", "/api/v1/records/me", 403, "forbidden")
    page = officer.read(send(officer, HEADER, WORKERS).location)
    assert "۲ سطر نگه‌داشته" in page
    assert f'href="/officer/held-rows?list_id={LIST}"' in page
    services.set_reply("GET", LISTS, 200, build_page(LISTED, LISTED | {"held": 0, "withdrawn_at": "x"}))
    page = officer.read("/officer/lists")
    assert page.count(f'href="/officer/held-rows?list_id={LIST}"') == 1
    assert "پس گرفته شده" in page
