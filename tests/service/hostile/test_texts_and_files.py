"""Text that is not what it seems, and forms without the files they are for."""

from io import BytesIO
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.contract.services import Served
from tests.service.disclosure.desk import Desk
from tests.service.kit.calls import problem
from tests.service.records.callers import Records, files_of
from tests.unit.records.lists.lists import MARYAM

BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
UPLOADS = {"records": "/api/v1/records/lists", "inquiry": "/api/v1/inquiry/letters/check"}
FORM = "multipart/form-data"
FILES = {"records": {"header", "workers"}, "inquiry": {"file"}}


def test_marks_of_direction_are_dropped_from_what_is_kept(disclosure_desk: Desk) -> None:
    request_id = disclosure_desk.post_request(note=f"{BIDI[4]}برای {BIDI}بانک{BIDI[8]}").get_json()["id"]
    assert disclosure_desk.get_request(request_id)["note"] == "برای بانک"
    blank = disclosure_desk.post_request(note=BIDI).get_json()["id"]
    assert disclosure_desk.get_request(blank)["note"] is None


def test_marks_of_direction_do_not_hide_a_code(records: Records) -> None:
    records.accept(files_of(MARYAM))
    code = MARYAM.national_code or ""
    typed = BIDI.join(code)
    path = "/api/v1/records/people/search"
    found = records.as_officer("POST", path, "helpdesk", json={"national_code": typed, "reason": "x"})
    assert found.get_json()["person"]["national_code"] == code


def upload(served: Served, **kw: Any) -> TestResponse:
    headers = served.headers("officer") if served.name == "records" else {}
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
def test_a_form_without_the_files_names_them(
    served: Served, texts: dict[str, str], files: dict[str, str]
) -> None:
    if served.name in UPLOADS:
        form = texts | {name: (BytesIO(b"x"), filename) for name, filename in files.items()}
        answer = upload(served, data=form, content_type=FORM)
        errors = problem(answer, 422, "validation")["errors"]
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
def test_a_broken_form_is_answered(served: Served, body: bytes, kind: str) -> None:
    if served.name in UPLOADS:
        assert upload(served, data=body, content_type=kind).status_code in (400, 422)
