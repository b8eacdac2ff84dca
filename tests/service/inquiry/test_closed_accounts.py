"""Who closes the account ends every permit; the letters stay in the register."""

import uuid
from datetime import UTC, datetime

from services.inquiry.background import HANDLERS
from services.inquiry.models import FeedCursor, SealedCopy
from services.kit.feed import Event, consume_feed
from tests.service.inquiry.desk import API, Desk, Person


def close_account(desk: Desk, person: Person, number: int = 1) -> None:
    event = Event(number, str(uuid.uuid4()), "account.closed", datetime.now(UTC), str(person.id), {}, "r")
    consume_feed(
        desk.sessions, FeedCursor, "auth", lambda after: [event] if after < number else [], HANDLERS["auth"]
    )


def test_every_permit_ends_and_no_code_opens_anything(desk: Desk) -> None:
    person, other = desk.add_person(), desk.add_person()
    permits = [desk.issue_permit(person, max_views=1) for _ in range(2)]
    paused, untouched = desk.issue_permit(person), desk.issue_permit(other)
    desk.client.post(f"{API}/permits/{paused['id']}/pause", headers=person.headers)
    desk.inquire(person.national_code, permits[0]["code"])
    close_account(desk, person)
    states = {desk.get_state(person, permit["id"]) for permit in (*permits, paused)}
    assert states == {"revoked"}
    refused = desk.inquire(person.national_code, permits[1]["code"])
    assert refused.get_json()["code"] == "permit-revoked"
    assert desk.get_state(other, untouched["id"]) == "active"
    assert desk.count(SealedCopy) == 1
    assert len(desk.list_events("permit.revoked")) == 3
    serial = desk.client.get(f"{API}/letters/{person.letter.serial}")
    assert serial.get_json()["state"] == "valid"


def test_closing_twice_revokes_once(desk: Desk) -> None:
    person = desk.add_person()
    desk.issue_permit(person)
    close_account(desk, person)
    close_account(desk, person, 2)
    assert len(desk.list_events("permit.revoked")) == 1


def test_an_account_without_permits_can_be_closed(desk: Desk) -> None:
    close_account(desk, desk.add_person())
    assert desk.list_events("permit.revoked") == []
