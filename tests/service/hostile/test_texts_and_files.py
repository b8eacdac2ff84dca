"""Text with invisible characters, and forms without their files."""

from io import BytesIO
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.contract.services import Served
from tests.fakes.lists import MARYAM
from tests.service.disclosure.desk import Desk as DisclosureDesk
from tests.service.kit.calls import read_problem
from tests.service.records.desk import Desk as RecordsDesk
from tests.service.records.desk import write_files

BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
UPLOADS = {"records": "/api/v1/records/lists", "inquiry": "/api/v1/inquiry/letters/check"}
FORM = "multipart/form-data"
FILES = {"records": {"header", "workers"}, "inquiry": {"file"}}


def test_direction_marks_are_not_stored(disclosure_desk: DisclosureDesk) -> None:
    request_id = disclosure_desk.post_request(note=f"{BIDI[4]}برای {BIDI}بانک{BIDI[8]}").get_json()["id"]
    assert disclosure_desk.get_request(request_id)["note"] == "برای بانک"
    blank = disclosure_desk.post_request(note=BIDI).get_json()["id"]
    assert disclosure_desk.get_request(blank)["note"] is None


def test_direction_marks_do_not_hide_a_code(records_desk: RecordsDesk) -> None:
    records_desk.import_list(write_files(MARYAM))
    code = MARYAM.national_code or ""
    typed = BIDI.join(code)
    path = "/api/v1/records/people/search"
    body = {"national_code": typed, "reason": "x"}
    response = records_desk.call_as_officer("POST", path, "helpdesk", json=body)
    assert response.get_json()["person"]["national_code"] == code


def upload(served: Served, **kw: Any) -> TestResponse:
    headers = served.build_headers("officer") if served.name == "records" else {}
    return served.app.test_client().post(UPLOADS[served.name], headers=headers, **kw)


@pytest.mark.parametrize(
    ("texts", "files"),
    [
        ({}, {}),
        ({"header": "text", "workers": "text", "file": "text"}, {}),
        ({}, {"other": "other.dbf"}),
        ({}, {"": "nameless.dbf"}),
    ],
    ids=["empty", "texts", "another file", "a file without a name"],
)
def test_form_without_files_is_refused_by_field(
    served: Served, texts: dict[str, str], files: dict[str, str]
) -> None:
    if served.name in UPLOADS:
        form = texts | {name: (BytesIO(b"x"), filename) for name, filename in files.items()}
        response = upload(served, data=form, content_type=FORM)
        errors = read_problem(response, 422, "validation")["errors"]
        assert {error["field"] for error in errors} == FILES[served.name]


@pytest.mark.parametrize("kind", [f"{FORM}; boundary=x", FORM, f"{FORM}; boundary="])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--",
        b"--x\r\n",
        b"--x\r\n\r\n--x--",
        b"--x\r\nContent-Disposition: form-data\r\n\r\n",
        b"\xff" * 99,
    ],
)
def test_malformed_form_is_refused(served: Served, body: bytes, kind: str) -> None:
    if served.name in UPLOADS:
        assert upload(served, data=body, content_type=kind).status_code in (400, 422)
