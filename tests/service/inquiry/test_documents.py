"""The PDF behind an answer's `document_url`: for five minutes, with the token only."""

from typing import Any

import sqlalchemy as sa

from services.inquiry.actions.upkeep import close_expired, remove_documents
from services.inquiry.models import DocumentTicket, StoredDocument
from tests.service.inquiry.desk import API, PDF, Desk, Person


def _look(desk: Desk, person: Person, **terms: Any) -> tuple[str, str]:
    """The id of a new permit and the document_url of an answer to it."""
    issued = desk.permit(person, **terms)
    answer = desk.inquire(person.national_code, issued["code"])
    return issued["id"], answer.get_json()["document_url"]


def test_the_document_is_fetched_as_often_as_needed(desk: Desk) -> None:
    person = desk.person()
    _, url = _look(desk, person)
    for _ in range(2):
        answer = desk.client.get(url)
        assert (answer.status_code, answer.data) == (200, PDF)
    assert answer.content_type == "application/pdf"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{person.letter.serial}.pdf"'


def test_the_last_view_has_its_document_for_five_minutes(desk: Desk) -> None:
    _, url = _look(desk, desk.person(), max_views=1)
    desk.let_pass(seconds=290)
    assert remove_documents(desk.sessions, desk.objects) == 0
    assert desk.client.get(url).status_code == 200
    desk.let_pass(seconds=11)
    assert desk.client.get(url).status_code == 404
    assert close_expired(desk.sessions) == 1
    assert remove_documents(desk.sessions, desk.objects) == 1
    assert desk.count(DocumentTicket) == desk.count(StoredDocument) == 0


def test_revoking_or_pausing_ends_the_document_at_once(desk: Desk) -> None:
    person = desk.person()
    permit_id, url = _look(desk, person)
    desk.client.post(f"{API}/permits/{permit_id}/pause", headers=person.headers)
    assert desk.client.get(url).status_code == 404
    permit_id, url = _look(desk, person)
    desk.client.delete(f"{API}/permits/{permit_id}", headers=person.headers)
    assert desk.client.get(url).status_code == 404
    assert remove_documents(desk.sessions, desk.objects) == 1


def test_revoking_a_permit_that_is_used_up_ends_the_document_too(desk: Desk) -> None:
    person = desk.person()
    permit_id, url = _look(desk, person, max_views=1)
    assert desk.client.delete(f"{API}/permits/{permit_id}", headers=person.headers).status_code == 204
    assert desk.client.get(url).status_code == 404


def test_another_token_opens_nothing(desk: Desk) -> None:
    _, url = _look(desk, desk.person())
    place, _, token = url.rpartition("/")
    for wrong in (token[:-1] + ("A" if token[-1] != "A" else "B"), token[:-1], token * 2, "A" * 43):
        answer = desk.client.get(f"{place}/{wrong}")
        assert (answer.status_code, answer.get_json()["code"]) == (404, "not-found")


def test_a_ticket_moved_to_another_permit_opens_nothing(desk: Desk) -> None:
    person, other = desk.person(1), desk.person(2)
    _, url = _look(desk, person)
    _look(desk, other)
    with desk.sessions.begin() as session:
        mine, others = session.scalars(sa.select(DocumentTicket)).all()
        mine.permit_id, others.permit_id = others.permit_id, mine.permit_id
    assert desk.client.get(url).status_code == 404
