"""The PDF at an answer's `document_url`: for five minutes, with the token only."""

from typing import Any

import pytest
import sqlalchemy as sa

from services.inquiry.actions.housekeeping import remove_documents
from services.inquiry.models import DocumentTicket, FailedAttempt, StoredDocument
from tests.service.inquiry.desk import API, PDF, Desk, Person


def _open_letter(desk: Desk, person: Person, **terms: Any) -> tuple[str, str]:
    """Return the id of a new permit, and the document_url of an answer for it."""
    issued = desk.issue_permit(person, **terms)
    response = desk.inquire(person.national_code, issued["code"])
    return issued["id"], response.get_json()["document_url"]


def test_document_is_fetched_repeatedly(desk: Desk) -> None:
    person = desk.add_person()
    _, url = _open_letter(desk, person)
    for _ in range(2):
        response = desk.client.get(url)
        assert (response.status_code, response.data) == (200, PDF)
    assert response.content_type == "application/pdf"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Disposition"] == f'attachment; filename="{person.letter.serial}.pdf"'


def test_the_last_view_has_its_document_for_five_minutes(desk: Desk) -> None:
    _, url = _open_letter(desk, desk.add_person(), max_views=1)
    desk.pass_time(seconds=290)
    assert remove_documents(desk.sessions, desk.objects) == 0
    assert desk.client.get(url).status_code == 200
    desk.pass_time(seconds=11)
    assert desk.client.get(url).status_code == 404
    assert desk.delete_expired_keys() == 1
    assert remove_documents(desk.sessions, desk.objects) == 1
    assert desk.count(DocumentTicket) == desk.count(StoredDocument) == 0


@pytest.mark.parametrize("max_views", [1, None])
def test_inquirer_may_ask_for_fifteen_minutes(desk: Desk, max_views: int | None) -> None:
    person = desk.add_person()
    issued = desk.issue_permit(person, max_views=max_views)
    answer = desk.inquire(person.national_code, issued["code"], document_minutes=15).get_json()
    desk.pass_time(minutes=14, seconds=50)
    desk.delete_expired_keys()
    assert remove_documents(desk.sessions, desk.objects) == 0
    assert desk.client.get(answer["document_url"]).status_code == 200
    desk.pass_time(seconds=11)
    assert desk.client.get(answer["document_url"]).status_code == 404


@pytest.mark.parametrize("minutes", [0, 16, -1, "5", 1.5])
def test_other_lifetimes_are_rejected_without_an_attempt(desk: Desk, minutes: object) -> None:
    person = desk.add_person()
    response = desk.inquire(person.national_code, desk.issue_permit(person)["code"], document_minutes=minutes)
    assert (response.status_code, response.get_json()["errors"][0]["field"]) == (422, "document_minutes")
    assert desk.count(FailedAttempt) == 0


def test_revoking_or_pausing_ends_the_document_immediately(desk: Desk) -> None:
    person = desk.add_person()
    permit_id, url = _open_letter(desk, person)
    desk.client.post(f"{API}/permits/{permit_id}/pause", headers=person.headers)
    assert desk.client.get(url).status_code == 404
    permit_id, url = _open_letter(desk, person)
    desk.client.delete(f"{API}/permits/{permit_id}", headers=person.headers)
    assert desk.client.get(url).status_code == 404
    assert remove_documents(desk.sessions, desk.objects) == 1


def test_revoking_a_used_up_permit_ends_the_document(desk: Desk) -> None:
    person = desk.add_person()
    permit_id, url = _open_letter(desk, person, max_views=1)
    assert desk.client.delete(f"{API}/permits/{permit_id}", headers=person.headers).status_code == 204
    assert desk.client.get(url).status_code == 404


def test_wrong_token_opens_nothing(desk: Desk) -> None:
    _, url = _open_letter(desk, desk.add_person())
    place, _, token = url.rpartition("/")
    for wrong in (token[:-1] + ("A" if token[-1] != "A" else "B"), token[:-1], token * 2, "A" * 43):
        response = desk.client.get(f"{place}/{wrong}")
        assert (response.status_code, response.get_json()["code"]) == (404, "not-found")


def test_a_ticket_moved_to_another_permit_opens_nothing(desk: Desk) -> None:
    person, other = desk.add_person(1), desk.add_person(2)
    _, url = _open_letter(desk, person)
    _open_letter(desk, other)
    with desk.sessions.begin() as session:
        mine, others = session.scalars(sa.select(DocumentTicket)).all()
        mine.permit_id, others.permit_id = others.permit_id, mine.permit_id
    assert desk.client.get(url).status_code == 404
