"""The register of letters: lookups by serial number and by file, and its feeds."""

import io
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from services.inquiry.background import HANDLERS
from services.inquiry.models import FeedCursor, Institution, Letter
from services.kit.feed import Event, consume_feed
from services.kit.text import to_persian_digits
from tests.service.inquiry.desk import API, PDF, Desk, Person, as_clerk

SINCE = datetime(2024, 11, 5, 6, 0, tzinfo=UTC)


def _read_feed(desk: Desk, source: str, *events: tuple[str, dict[str, object]]) -> None:
    feed = [
        Event(number, str(uuid.uuid4()), kind, SINCE, None, data, "request-id-of-test")
        for number, (kind, data) in enumerate(events, start=1)
    ]

    def fetch(after: int) -> list[Event]:
        return [event for event in feed if event.number > after]

    assert consume_feed(desk.sessions, FeedCursor, source, fetch, HANDLERS[source]) == len(feed)


def _make_ready_event(person: Person) -> tuple[str, dict[str, object]]:
    letter = person.letter
    data: dict[str, object] = {
        "serial": letter.serial,
        "sha256": letter.sha256,
        "issued_at": letter.issued_at.isoformat(),
    }
    return "letter.ready", data


def _upload(desk: Desk, document: bytes) -> TestResponse:
    return desk.client.post(f"{API}/letters/check", data={"file": (io.BytesIO(document), "letter.pdf")})


def _check_file(desk: Desk, document: bytes) -> dict[str, object]:
    response = _upload(desk, document)
    assert response.status_code == 200, response.text
    result: dict[str, object] = response.get_json()
    message = result.pop("message")
    assert isinstance(message, dict)
    assert result.pop("time_stamp") == {"status": "none", "by": None, "at": None}
    assert set(message) == {"fa", "en"}
    assert all(text.endswith(".") and "{" not in text for text in message.values())
    return result


def test_serial_number_shows_the_letters_state(desk: Desk) -> None:
    person = desk.add_person()
    serial = person.letter.serial
    _read_feed(desk, "disclosure", _make_ready_event(person))
    status = desk.client.get(f"{API}/letters/{serial}").get_json()
    assert status == {
        "serial": serial,
        "kind": "letter",
        "state": "valid",
        "issued_at": "2024-10-06T08:30:00+00:00",
        "superseded_at": None,
        "revoked_at": None,
        "ended_at": None,
    }
    typed = f"{to_persian_digits(serial[:4])}-{serial[4:]}"
    assert desk.client.get(f"{API}/letters/{typed}").get_json() == status


@pytest.mark.parametrize(
    ("event", "state"), [("letter.superseded", "superseded"), ("letter.revoked", "revoked")]
)
def test_superseded_or_revoked_letter_is_marked_everywhere(desk: Desk, event: str, state: str) -> None:
    person = desk.add_person()
    _read_feed(desk, "disclosure", _make_ready_event(person), (event, {"serial": person.letter.serial}))
    status = desk.client.get(f"{API}/letters/{person.letter.serial}").get_json()
    assert (status["state"], status[f"{state}_at"]) == (state, "2024-11-05T06:00:00+00:00")
    assert _check_file(desk, PDF) == {
        "result": state,
        "reason": state,
        "serial": person.letter.serial,
    }
    assert desk.count(Letter) == 1


def test_answer_says_that_the_letter_is_superseded(desk: Desk) -> None:
    person = desk.add_person()
    issued = desk.issue_permit(person)
    superseded: tuple[str, dict[str, object]] = ("letter.superseded", {"serial": person.letter.serial})
    _read_feed(desk, "disclosure", _make_ready_event(person), superseded)
    response = desk.inquire(person.national_code, issued["code"]).get_json()
    assert response["letter"]["state"] == "superseded"
    [notice] = response["notices"]
    assert notice["message"]["fa"].startswith("این نامه دیگر به‌روز نیست؛ از ۱۵ آبان ۱۴۰۳")
    assert "2024-11-05" in notice["message"]["en"]
    assert (notice["code"], notice["since"]) == ("letter-superseded", "2024-11-05T06:00:00+00:00")


def test_letter_superseded_before_its_permit_is_superseded(desk: Desk) -> None:
    person = desk.add_person(superseded=True)
    desk.issue_permit(person)
    assert desk.client.get(f"{API}/letters/{person.letter.serial}").get_json()["state"] == "superseded"


def test_event_about_an_unknown_letter_does_not_stop_the_feed(desk: Desk) -> None:
    person = desk.add_person()
    _read_feed(desk, "disclosure", ("letter.revoked", {"serial": "0000000000000"}), _make_ready_event(person))
    assert desk.count(Letter) == 1


@pytest.mark.parametrize("serial", ["2400000000999", "24", "abc", "%00", "9" * 500])
def test_an_unknown_serial_number_is_not_found(desk: Desk, serial: str) -> None:
    response = desk.client.get(f"{API}/letters/{serial}")
    assert (response.status_code, response.get_json()["code"]) == (404, "not-found")


def test_files_are_distinguished(desk: Desk) -> None:
    person = desk.add_person()
    serial = person.letter.serial.encode()
    _read_feed(desk, "disclosure", _make_ready_event(person))
    assert _check_file(desk, PDF) == {
        "result": "genuine",
        "reason": "as-issued",
        "serial": person.letter.serial,
    }
    open_ = {"result": "cannot-tell", "reason": "signature-missing", "serial": person.letter.serial}
    assert _check_file(desk, b"%PDF-1.7 /Keywords (" + serial + b") changed") == open_
    for other in (
        b"",
        b"x",
        serial,
    ):
        assert _check_file(desk, other) == {"result": "not-ours", "reason": "no-serial"}
    for other in (b"%PDF-1.7", b"%PDF-1.7 1" + serial, b"%PDF-1.7 " + b"2400000000017 " * 99):
        assert _check_file(desk, other) == {"result": "not-ours", "reason": "not-opened"}


def test_missing_or_large_file_is_rejected(desk: Desk) -> None:
    missing = desk.client.post(
        f"{API}/letters/check", data={"x": (io.BytesIO(b"x"), "x")}, content_type="multipart/form-data"
    )
    assert (missing.status_code, missing.get_json()["errors"][0]["field"]) == (422, "file")
    assert desk.client.post(f"{API}/letters/check", json={"file": "x"}).status_code == 415
    large = desk.client.post(
        f"{API}/letters/check",
        data=b"--x\r\n" + bytes(21 * 1024 * 1024),
        content_type="multipart/form-data; boundary=x",
    )
    assert (large.status_code, large.get_json()["code"]) == (413, "body-too-large")


def test_institutions_come_from_auth(desk: Desk) -> None:
    institution_id, person = str(uuid.uuid4()), desk.add_person()
    for name in ("بانک یک", "بانک یکم"):
        with desk.sessions.begin() as session:
            if cursor := session.get(FeedCursor, "auth"):
                cursor.last = 0
        _read_feed(desk, "auth", ("institution.added", {"institution_id": institution_id, "name": name}))
    assert desk.count(Institution) == 1
    page = desk.client.get(f"{API}/institutions", headers=person.headers).get_json()
    assert page["items"] == [{"id": institution_id, "name": "بانک یکم"}]


def _publish_change(desk: Desk, institution_id: uuid.UUID, **changed: Any) -> None:
    """Read that an institution has changed, as the next event of auth."""
    with desk.sessions.begin() as session:
        if cursor := session.get(FeedCursor, "auth"):
            cursor.last = 0
    data = {
        "institution_id": str(institution_id),
        "name": "بانک یک",
        "contact": "تلفن ۰۲۱۱۲۳۴",
        "verified_since": "2026-11-22T09:15:00+00:00",
        "purposes": [{"code": "loan", "fa": "وام", "en": "Loan"}],
        "return_urls": ["https://bank.example/back"],
        "daily_quota": 5000,
        "disabled": False,
    }
    _read_feed(desk, "auth", ("institution.changed", data | changed))


def test_what_auth_says_of_an_institution_is_stored(desk: Desk) -> None:
    institution_id = uuid.uuid4()
    _publish_change(desk, institution_id)
    with desk.sessions() as session:
        stored = session.scalars(sa.select(Institution)).one()
    assert (stored.id, stored.name, stored.contact) == (institution_id, "بانک یک", "تلفن ۰۲۱۱۲۳۴")
    assert (stored.purposes, stored.daily_quota) == ([{"code": "loan", "fa": "وام", "en": "Loan"}], 5000)
    assert stored.verified_since == datetime(2026, 11, 22, 9, 15, tzinfo=UTC)
    assert stored.return_urls == ["https://bank.example/back"]


def test_a_disabled_institution_may_not_inquire(desk: Desk) -> None:
    institution_id, person = uuid.uuid4(), desk.add_person()
    code = desk.issue_permit(person)["code"]
    bank = as_clerk(institution_id=institution_id)
    _publish_change(desk, institution_id)
    answer = desk.inquire(person.national_code, code, headers=bank).get_json()
    state, report = f"{API}/inquiries/{answer['inquiry_id']}", f"{API}/discrepancies"
    body = {"inquiry_id": answer["inquiry_id"], "month_jalali": "1403-07", "text": "یکی نیست"}
    _publish_change(desk, institution_id, disabled=True)
    for refused in (
        desk.inquire(person.national_code, code, headers=bank),
        desk.client.get(state, headers=bank),
        desk.client.post(report, json=body, headers=bank),
    ):
        assert (refused.status_code, refused.get_json()["code"]) == (403, "institution-disabled")
    assert desk.client.get(f"{API}/institutions", headers=person.headers).get_json()["items"] == []
    assert desk.inquire(person.national_code, code).status_code == 200
    _publish_change(desk, institution_id)
    assert desk.client.get(state, headers=bank).status_code == 200
    assert len(desk.client.get(f"{API}/institutions", headers=person.headers).get_json()["items"]) == 1
