"""After an officer has revoked a letter, its permits say so and open nothing."""

import uuid
from collections.abc import Collection
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.inquiry import store
from services.inquiry.actions.housekeeping import delete_contents_of_revoked_letters, remove_documents
from services.inquiry.background import HANDLERS
from services.inquiry.models import DocumentTicket, Letter, Permit, SealedCopy, StoredDocument
from services.kit.feed import Event
from services.kit.loops import Loop
from tests.service.inquiry.desk import API, BANK_ID, OTHER_BANK_ID, Desk, Person, alter_code, as_clerk

AT = datetime(2026, 11, 23, 6, tzinfo=UTC)


@pytest.fixture
def person(desk: Desk) -> Person:
    return desk.add_person()


def revoke_letter(desk: Desk, person: Person) -> None:
    data = {"letter_id": str(person.letter.id), "serial": person.letter.serial, "revoked_at": AT.isoformat()}
    event = Event(1, str(uuid.uuid4()), "letter.revoked", AT, str(person.id), data, "r")
    with desk.sessions.begin() as session:
        HANDLERS["disclosure"]["letter.revoked"](session, event)


def test_every_permit_of_the_letter_says_so_and_opens_nothing(desk: Desk, person: Person) -> None:
    active, paused, used_up, expired, revoked = (desk.issue_permit(person, max_views=1) for _ in range(5))
    desk.client.post(f"{API}/permits/{paused['id']}/pause", headers=person.headers)
    desk.inquire(person.national_code, used_up["code"])
    desk.expire(expired["id"])
    desk.client.delete(f"{API}/permits/{revoked['id']}", headers=person.headers)
    revoke_letter(desk, person)
    for issued in (active, paused, used_up, expired):
        assert desk.get_state(person, issued["id"]) == "letter-revoked"
        refused = desk.inquire(person.national_code, issued["code"])
        assert (refused.status_code, refused.get_json()["code"]) == (410, "letter-revoked")
        assert "statement" not in refused.get_json()
    # What its owner has revoked stays so.
    assert desk.get_state(person, revoked["id"]) == "revoked"
    assert desk.inquire(person.national_code, revoked["code"]).get_json()["code"] == "permit-revoked"


def test_copies_tickets_and_documents_are_deleted(desk: Desk, person: Person) -> None:
    issued = desk.issue_permit(person)
    others = desk.issue_permit(desk.add_person(2))
    url = desk.inquire(person.national_code, issued["code"]).get_json()["document_url"]
    revoke_letter(desk, person)
    assert desk.client.get(url).status_code == 404
    assert (desk.count(SealedCopy), desk.count(DocumentTicket)) == (1, 0)
    assert remove_documents(desk.sessions, desk.objects) == 1
    assert desk.count(StoredDocument) == 1
    with desk.sessions() as session:
        assert str(session.scalars(sa.select(SealedCopy.permit_id)).one()) == others["id"]


def test_only_a_right_pair_hears_it(desk: Desk, person: Person) -> None:
    desk.add_bank()
    issued = desk.issue_permit(person)
    bound = desk.issue_permit(person, institution_id=str(BANK_ID))
    stranger = desk.add_person(2)
    revoke_letter(desk, person)
    others = as_clerk(institution_id=OTHER_BANK_ID)
    replies = [
        desk.inquire(person.national_code, alter_code(issued["code"])),
        desk.inquire(stranger.national_code, issued["code"]),
        desk.inquire(person.national_code, bound["code"], headers=others),
        desk.inquire(stranger.national_code, alter_code(issued["code"])),
    ]
    bodies = [{**reply.get_json(), "request_id": ""} for reply in replies]
    assert {reply.status_code for reply in replies} == {404}
    assert all(body == bodies[0] for body in bodies)
    assert bodies[0]["code"] == "code-not-accepted"


def test_answer_that_is_open_ends(desk: Desk, person: Person) -> None:
    issued = desk.issue_permit(person, max_views=1)
    inquiry_id = desk.inquire(person.national_code, issued["code"]).get_json()["inquiry_id"]
    revoke_letter(desk, person)
    state = desk.client.get(f"{API}/inquiries/{inquiry_id}").get_json()["permit_state"]
    assert state == "letter-revoked"


def test_person_sees_who_tried(desk: Desk, person: Person) -> None:
    issued = desk.issue_permit(person)
    revoke_letter(desk, person)
    desk.inquire(person.national_code, issued["code"], headers=as_clerk())
    assert desk.list_views(person, issued["id"])[0]["result"] == "letter-revoked"
    assert desk.list_events("inquiry.refused")[0].data["reason"] == "letter-revoked"


def test_ticket_that_outlives_the_revocation_gives_nothing(desk: Desk, person: Person) -> None:
    issued = desk.issue_permit(person)
    url = desk.inquire(person.national_code, issued["code"]).get_json()["document_url"]
    assert desk.client.get(url).status_code == 200
    # As after an inquiry that read the letter before the revocation, and was committed after it.
    with desk.sessions.begin() as session:
        session.execute(sa.update(Letter).where(Letter.serial == person.letter.serial).values(revoked_at=AT))
    assert desk.client.get(url).status_code == 404


def test_inquiry_learns_of_a_revocation_that_overtakes_it(
    desk: Desk, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued = desk.issue_permit(person)
    if desk.sessions.kw["bind"].dialect.name != "postgresql":
        pytest.skip("SQLite has one writer")
    find_permit = store.find_permit_by_code

    def find_and_revoke(session: Session, indexes: Collection[str]) -> Permit | None:
        permit = find_permit(session, indexes)
        revoke_letter(desk, person)
        return permit

    monkeypatch.setattr(store, "find_permit_by_code", find_and_revoke)
    refused = desk.inquire(person.national_code, issued["code"])
    assert (refused.status_code, refused.get_json()["code"]) == (410, "letter-revoked")


def test_such_a_permit_cannot_be_resumed(desk: Desk, person: Person) -> None:
    issued = desk.issue_permit(person)
    revoke_letter(desk, person)
    url = f"{API}/permits/{issued['id']}"
    for change in ("pause", "resume"):
        response = desk.client.post(f"{url}/{change}", headers=person.headers)
        assert (response.status_code, response.get_json()["code"]) == (409, "permit-over")
    assert desk.client.delete(url, headers=person.headers).status_code == 204
    assert desk.get_state(person, issued["id"]) == "letter-revoked"


def test_letter_that_was_revoked_before_this_release_is_found(
    desk: Desk, person: Person, loops: dict[str, Loop]
) -> None:
    issued = desk.issue_permit(person)
    desk.issue_permit(desk.add_person(2))
    with desk.sessions.begin() as session:
        session.execute(sa.update(Letter).where(Letter.serial == person.letter.serial).values(revoked_at=AT))
    # Nothing is shown, even before the copy is deleted.
    assert desk.inquire(person.national_code, issued["code"]).status_code == 410
    loops["sweeper"].step()
    assert (desk.count(SealedCopy), desk.count(StoredDocument)) == (1, 1)
    with desk.sessions.begin() as session:
        assert delete_contents_of_revoked_letters(session) == 0


def test_permit_is_not_issued_for_a_letter_that_is_revoked_meanwhile(desk: Desk, person: Person) -> None:
    desk.issue_permit(person)
    revoke_letter(desk, person)
    response = desk.request_permit(person)
    assert (response.status_code, response.get_json()["code"]) == (409, "letter-revoked")
