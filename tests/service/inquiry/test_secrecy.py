"""A stolen database, object store or log reveals no person's record."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from services.inquiry.models import Base, DocumentTicket, SealedCopy
from services.kit.text import to_persian_digits
from tests.service.inquiry.desk import API, Desk, Person, alter_code, as_clerk

DOCUMENT = b"%PDF-1.7 (Nargess 45624562) %%EOF"


def read_everything_stored(desk: Desk, directory: Path) -> bytes:
    """Return all bytes at rest: files as they are on the disk, rows as their database prints them."""
    with desk.engine.connect() as connection:
        tables = [
            repr(tuple(row)).encode()
            for table in Base.metadata.sorted_tables
            for row in connection.execute(sa.select(table))
        ]
    peppers = desk.settings.peppers_dir
    files = [
        path.read_bytes() for path in directory.rglob("*") if path.is_file() and peppers not in path.parents
    ]
    return b"\n".join(tables + files)


def _list_secrets(person: Person, code: str) -> dict[str, str]:
    names = person.letter.statement["person"]
    return {
        "national code": person.national_code,
        "national code in Persian": to_persian_digits(person.national_code),
        "code": code.replace(" ", ""),
        "code in groups": code,
        "first name": names["first_name"],
        "last name": names["last_name"],
        "a figure": "45624562",
        "a note's text": "شغل دیگری",
    }


def _use_everything(desk: Desk) -> tuple[Person, str, str]:
    person = desk.add_person(document=DOCUMENT)
    issued = desk.issue_permit(person)
    code = issued["code"]
    response = desk.inquire(person.national_code, code, headers=as_clerk()).get_json()
    desk.inquire(person.national_code, alter_code(code))
    report = {"inquiry_id": response["inquiry_id"], "month_jalali": "1402-07", "text": "شغل دیگری"}
    assert desk.client.post(f"{API}/discrepancies", json=report, headers=as_clerk()).status_code == 201
    desk.request_permit(person, headers={"Idempotency-Key": "kept-reply"})
    desk.client.get(response["document_url"])
    return person, code, response["document_url"].rpartition("/")[2]


def test_a_dump_reveals_nothing(desk: Desk, tmp_path: Path) -> None:
    person, code, token = _use_everything(desk)
    stored = read_everything_stored(desk, tmp_path)
    assert person.letter.serial.encode() in stored
    for what, secret in (_list_secrets(person, code) | {"token": token}).items():
        assert secret.encode() not in stored, what
        assert repr(secret).encode() not in stored, what
    assert desk.count(SealedCopy) == 2
    assert desk.count(DocumentTicket) == 1
    assert DOCUMENT not in stored


def test_logs_reveal_nothing(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    person, code, token = _use_everything(desk)
    assert "inquiry.create_inquiry" in caplog.text
    for what, secret in (_list_secrets(person, code) | {"token": token}).items():
        assert secret not in caplog.text, what


def test_refusal_repeats_no_secret(desk: Desk) -> None:
    person = desk.add_person()
    code = desk.issue_permit(person)["code"]
    mistyped = code[:-1] + str((int(code[-1]) + 1) % 10)
    for typed in (alter_code(code), mistyped):
        response = desk.inquire(person.national_code, typed)
        assert typed.replace(" ", "") not in response.text
        assert person.national_code not in response.text
