"""The personal inbox: its letters, who may open them, and how they are superseded and revoked."""

import uuid
from datetime import UTC, datetime

import obstore
import pytest

from tests.service.disclosure.desk import (
    AHMADI,
    API,
    KARIMI,
    OFFICER,
    PDF,
    Desk,
    authorise,
    build_record_change,
)


def list_inbox(desk: Desk, person: uuid.UUID = AHMADI) -> list[dict[str, object]]:
    items: list[dict[str, object]] = desk.client.get(f"{API}/inbox", headers=authorise(person)).get_json()[
        "items"
    ]
    return items


def test_letters_are_listed_newest_first(desk: Desk) -> None:
    letters = [desk.deliver_letter(types=[kind]) for kind in ("all", "wages")]
    assert [item["id"] for item in list_inbox(desk)] == letters[::-1]
    assert list_inbox(desk)[0].keys() >= {
        *("serial", "types", "issued_at", "pages", "size", "sha256", "seen_at", "state", "superseded_by")
    }


def test_document_is_the_posted_one_and_is_marked_seen_once(sqlite_desk: Desk) -> None:
    letter_id = sqlite_desk.deliver_letter()
    serial = sqlite_desk.get_letter(letter_id)["serial"]
    assert sqlite_desk.get_letter(letter_id)["seen_at"] is None
    responses = [sqlite_desk.get_document(letter_id) for _ in range(2)]
    assert responses[0].data.startswith(PDF)
    assert responses[0].data == responses[1].data
    assert responses[0].content_type == "application/pdf"
    assert responses[0].headers["Content-Disposition"] == f'inline; filename="govah-{serial}.pdf"'
    assert sqlite_desk.get_letter(letter_id)["seen_at"] is not None
    assert sqlite_desk.list_outbox().count("letter.seen") == 1


def test_note_of_the_request_is_on_the_letter_and_on_what_happened_to_it(desk: Desk) -> None:
    plain = desk.deliver_letter()
    noted = desk.deliver_letter(note="برای وام مسکن")
    assert [letter["note"] for letter in list_inbox(desk)] == ["برای وام مسکن", None]
    assert (desk.get_letter(noted)["note"], desk.get_letter(plain)["note"]) == ("برای وام مسکن", None)
    lines = desk.client.get(f"{API}/activity", headers=authorise()).get_json()["items"]
    assert [(line["kind"], line["note"]) for line in lines] == [
        ("letter.ready", "برای وام مسکن"),
        ("request.queued", "برای وام مسکن"),
        ("letter.ready", None),
        ("request.queued", None),
    ]


def test_language_of_the_request_is_on_the_letter(desk: Desk) -> None:
    plain = desk.deliver_letter()
    disclosure_id = desk.create_request(language="fa-en")
    claim = desk.claim_request(disclosure_id, "?statement_version=2&languages=fa,fa-en").get_json()
    desk.put_document(disclosure_id, claim["attempt_token"], PDF + b"bilingual")
    assert [letter["language"] for letter in list_inbox(desk)] == ["fa-en", "fa"]
    assert desk.get_letter(plain)["language"] == "fa"


def test_officer_who_revokes_a_letter_does_not_see_the_note(desk: Desk) -> None:
    letter = desk.get_letter(desk.deliver_letter(note="برای وام مسکن"))
    url = f"{API}/letters/{letter['serial']}/revocation"
    response = desk.client.post(url, json={"reason": "لیست نادرست"}, headers=OFFICER)
    assert response.status_code == 200
    assert "note" not in response.get_json()


def test_letter_of_another_person_is_unknown(desk: Desk) -> None:
    letter_id = desk.deliver_letter(AHMADI)
    for path in (
        f"{API}/inbox/{letter_id}",
        f"{API}/inbox/{letter_id}/document",
        f"/internal/letters/{letter_id}",
    ):
        response = desk.client.get(path, headers=authorise(KARIMI))
        assert (response.status_code, response.get_json()["code"]) == (404, "not-found")
    assert list_inbox(desk, KARIMI) == []
    assert desk.get_letter(letter_id)["seen_at"] is None


def test_lost_or_damaged_document_is_unavailable(sqlite_desk: Desk) -> None:
    letter_id = sqlite_desk.deliver_letter()
    key = sqlite_desk.list_letters()[0].object_key
    obstore.put(sqlite_desk.objects, key, PDF + b"changed")
    assert sqlite_desk.get_document(letter_id).status_code == 503
    obstore.delete(sqlite_desk.objects, key)
    assert sqlite_desk.get_document(letter_id).status_code == 503
    assert sqlite_desk.get_letter(letter_id)["seen_at"] is None


def test_inquiry_gets_letter_and_statement_to_seal(sqlite_desk: Desk) -> None:
    letter_id = sqlite_desk.deliver_letter()
    sealed = sqlite_desk.client.get(f"/internal/letters/{letter_id}", headers=authorise()).get_json()
    assert sealed["letter"].keys() == {
        "id",
        "serial",
        "types",
        "issued_at",
        "sha256",
        "state",
        "pages",
        "size",
    }
    assert sealed["statement"]["person"] == sqlite_desk.records.content["person"]


def test_officer_revokes_a_letter(desk: Desk) -> None:
    letter_id = desk.deliver_letter()
    serial = str(desk.get_letter(letter_id)["serial"])
    typed = f"{serial[:6]} {serial[6:]}".translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    path = f"{API}/letters/{typed}/revocation"
    for _ in range(2):
        response = desk.client.post(path, json={"reason": "اشتباه در لیست"}, headers=OFFICER)
        assert (response.status_code, response.get_json()["state"]) == (200, "revoked")
    assert desk.get_letter(letter_id)["revocation_reason"] == "اشتباه در لیست"
    assert desk.list_outbox().count("letter.revoked") == 1
    sealing = desk.client.get(f"/internal/letters/{letter_id}", headers=authorise())
    assert (sealing.status_code, sealing.get_json()["code"]) == (409, "letter-revoked")
    assert desk.get_document(letter_id).status_code == 200


@pytest.mark.parametrize("serial", ["1234567890123", "12", "letter", "۱۲۳"])
def test_unknown_serial_cannot_be_revoked(sqlite_desk: Desk, serial: str) -> None:
    response = sqlite_desk.client.post(
        f"{API}/letters/{serial}/revocation", json={"reason": "x"}, headers=OFFICER
    )
    assert response.status_code == 404


def test_revocation_needs_a_reason_and_an_officer(sqlite_desk: Desk) -> None:
    sqlite_desk.deliver_letter()
    path = f"{API}/letters/{sqlite_desk.list_letters()[0].serial}/revocation"
    for wrong in (" ", "\ufb2c" * 167):
        response = sqlite_desk.client.post(path, json={"reason": wrong}, headers=OFFICER)
        assert response.status_code == 422
        assert [error["field"] for error in response.get_json()["errors"]] == ["reason"]
    assert sqlite_desk.client.post(path, json={"reason": "x"}, headers=authorise()).status_code == 403
    assert sqlite_desk.list_letters()[0].state == "valid"


def test_newer_letter_replaces_outdated_ones_whose_types_it_covers(desk: Desk) -> None:
    narrow, other = desk.deliver_letter(types=["all"]), desk.deliver_letter(types=["wages"])
    stranger = desk.deliver_letter(KARIMI)
    desk.change_record("1390-01", AHMADI, KARIMI)
    desk.records.content = {**desk.records.content, "as_of": datetime.now(UTC).isoformat()}
    wide = desk.deliver_letter(types=["all", "consolidated"])
    assert (desk.get_letter(narrow)["state"], desk.get_letter(narrow)["superseded_by"]) == (
        "superseded",
        wide,
    )
    assert desk.get_letter(other)["superseded_by"] is None
    assert desk.get_letter(wide)["state"] == "valid"
    assert list_inbox(desk, KARIMI)[0]["superseded_by"] is None
    assert stranger != wide


def test_current_letter_stays_valid_beside_a_newer_one(desk: Desk) -> None:
    first, second = desk.deliver_letter(types=["all"]), desk.deliver_letter(types=["all"])
    assert desk.get_letter(first)["state"] == desk.get_letter(second)["state"] == "valid"
    assert "letter.superseded" not in desk.list_outbox()


def test_letter_is_superseded_by_a_change_during_its_rendering(desk: Desk) -> None:
    disclosure_id = desk.create_request()
    desk.note_change(build_record_change("1390-01", AHMADI))
    letter_id = desk.put_document(disclosure_id, desk.start_attempt(disclosure_id)).get_json()["letter_id"]
    desk.check_figures()
    assert desk.get_letter(letter_id)["state"] == "superseded"
    assert desk.list_outbox()[-2:] == ["letter.ready", "letter.superseded"]


@pytest.mark.parametrize(
    ("month", "people", "state"),
    [
        ("1390-01", [AHMADI, KARIMI], "superseded"),
        ("1390-01", [KARIMI], "valid"),
        ("1499-01", [AHMADI], "valid"),
    ],
)
def test_changed_record_supersedes_letters_that_cover_it(
    desk: Desk, month: str, people: list[uuid.UUID], state: str
) -> None:
    letter_id = desk.deliver_letter()
    desk.change_record(month, *people)
    current = desk.get_letter(letter_id)
    assert (current["state"], current["superseded_by"]) == (state, None)
    assert bool(current["offer"]) == (state == "superseded")


def test_superseded_letter_has_an_offer_until_there_is_a_newer_one(sqlite_desk: Desk) -> None:
    letter_id = sqlite_desk.deliver_letter(types=["all", "wages"])
    assert sqlite_desk.get_letter(letter_id)["offer"] is None
    sqlite_desk.change_record("1390-01", AHMADI)
    offer = sqlite_desk.get_letter(letter_id)["offer"]
    assert isinstance(offer, dict)
    assert offer["types"] == ["all", "wages"]
    assert "دیگر به‌روز نیست" in offer["message"]["fa"]
    assert offer["message"]["en"].endswith("Ask for a new one of the same types.")
    content = sqlite_desk.records.content
    sqlite_desk.records.content = {**content, "as_of": datetime.now(UTC).isoformat()}
    sqlite_desk.deliver_letter(types=offer["types"])
    assert sqlite_desk.get_letter(letter_id)["offer"] is None
