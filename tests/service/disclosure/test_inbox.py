"""The personal inbox: what is in it, who may open it, what becomes of letters."""

import uuid
from datetime import UTC, datetime

import obstore
import pytest

from services.disclosure.actions.letters import apply_record_change
from tests.service.disclosure.world import AHMADI, KARIMI, OFFICER, PDF, PUBLIC, World, change_of, citizen


def inbox(world: World, person: uuid.UUID = AHMADI) -> list[dict[str, object]]:
    items: list[dict[str, object]] = world.client.get(f"{PUBLIC}/inbox", headers=citizen(person)).get_json()[
        "items"
    ]
    return items


def letter(world: World, letter_id: str) -> dict[str, object]:
    shown: dict[str, object] = world.client.get(f"{PUBLIC}/inbox/{letter_id}", headers=citizen()).get_json()
    return shown


def test_letters_are_listed_newest_first(world: World) -> None:
    letters = [world.delivered(types=[kind]) for kind in ("all", "wages")]
    assert [item["id"] for item in inbox(world)] == letters[::-1]
    assert inbox(world)[0].keys() >= {
        *("serial", "types", "issued_at", "pages", "size", "sha256", "seen_at", "state", "superseded_by")
    }


def test_the_document_is_what_was_posted_and_is_seen_once(sqlite_world: World) -> None:
    letter_id = sqlite_world.delivered()
    serial = letter(sqlite_world, letter_id)["serial"]
    assert letter(sqlite_world, letter_id)["seen_at"] is None
    answers = [
        sqlite_world.client.get(f"{PUBLIC}/inbox/{letter_id}/document", headers=citizen()) for _ in range(2)
    ]
    assert answers[0].data.startswith(PDF)
    assert answers[0].data == answers[1].data
    assert answers[0].content_type == "application/pdf"
    assert answers[0].headers["Content-Disposition"] == f'inline; filename="govah-{serial}.pdf"'
    assert letter(sqlite_world, letter_id)["seen_at"] is not None
    assert sqlite_world.told().count("letter.seen") == 1


def test_anothers_letter_does_not_exist(world: World) -> None:
    letter_id = world.delivered(AHMADI)
    for path in (
        f"{PUBLIC}/inbox/{letter_id}",
        f"{PUBLIC}/inbox/{letter_id}/document",
        f"/internal/letters/{letter_id}",
    ):
        answer = world.client.get(path, headers=citizen(KARIMI))
        assert (answer.status_code, answer.get_json()["code"]) == (404, "not-found")
    assert inbox(world, KARIMI) == []
    assert letter(world, letter_id)["seen_at"] is None


def test_a_document_that_the_store_lost_or_damaged_is_not_shown(sqlite_world: World) -> None:
    letter_id = sqlite_world.delivered()
    key = sqlite_world.letters()[0].object_key
    obstore.put(sqlite_world.objects, key, PDF + b"changed")
    assert (
        sqlite_world.client.get(f"{PUBLIC}/inbox/{letter_id}/document", headers=citizen()).status_code == 503
    )
    obstore.delete(sqlite_world.objects, key)
    assert (
        sqlite_world.client.get(f"{PUBLIC}/inbox/{letter_id}/document", headers=citizen()).status_code == 503
    )
    assert letter(sqlite_world, letter_id)["seen_at"] is None


def test_inquiry_gets_letter_and_statement_to_seal(sqlite_world: World) -> None:
    letter_id = sqlite_world.delivered()
    sealed = sqlite_world.client.get(f"/internal/letters/{letter_id}", headers=citizen()).get_json()
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
    assert sealed["statement"]["person"] == sqlite_world.records.content["person"]


def test_an_officer_revokes_a_letter_issued_in_error(world: World) -> None:
    letter_id = world.delivered()
    serial = str(letter(world, letter_id)["serial"])
    typed = f"{serial[:6]} {serial[6:]}".translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    path = f"{PUBLIC}/letters/{typed}/revocation"
    for _ in range(2):
        answer = world.client.post(path, json={"reason": "اشتباه در لیست"}, headers=OFFICER)
        assert (answer.status_code, answer.get_json()["state"]) == (200, "revoked")
    assert letter(world, letter_id)["revocation_reason"] == "اشتباه در لیست"
    assert world.told().count("letter.revoked") == 1
    sealing = world.client.get(f"/internal/letters/{letter_id}", headers=citizen())
    assert (sealing.status_code, sealing.get_json()["code"]) == (409, "letter-revoked")
    assert world.client.get(f"{PUBLIC}/inbox/{letter_id}/document", headers=citizen()).status_code == 200


@pytest.mark.parametrize("serial", ["1234567890123", "12", "letter", "۱۲۳"])
def test_a_serial_that_never_was_cannot_be_revoked(sqlite_world: World, serial: str) -> None:
    answer = sqlite_world.client.post(
        f"{PUBLIC}/letters/{serial}/revocation", json={"reason": "x"}, headers=OFFICER
    )
    assert answer.status_code == 404


def test_a_revocation_needs_a_reason_and_an_officer(sqlite_world: World) -> None:
    sqlite_world.delivered()
    path = f"{PUBLIC}/letters/{sqlite_world.letters()[0].serial}/revocation"
    for wrong in (" ", "\ufb2c" * 167):
        answer = sqlite_world.client.post(path, json={"reason": wrong}, headers=OFFICER)
        assert answer.status_code == 422
        assert [error["field"] for error in answer.get_json()["errors"]] == ["reason"]
    assert sqlite_world.client.post(path, json={"reason": "x"}, headers=citizen()).status_code == 403
    assert sqlite_world.letters()[0].state == "valid"


def test_a_newer_letter_stands_for_outdated_ones_that_show_no_more(world: World) -> None:
    narrow, other = world.delivered(types=["all"]), world.delivered(types=["wages"])
    stranger = world.delivered(KARIMI)
    with world.sessions.begin() as session:
        apply_record_change(session, change_of("1390-01", AHMADI, KARIMI))
    world.records.content = {**world.records.content, "as_of": datetime.now(UTC).isoformat()}
    wide = world.delivered(types=["all", "consolidated"])
    assert (letter(world, narrow)["state"], letter(world, narrow)["superseded_by"]) == ("superseded", wide)
    assert letter(world, other)["superseded_by"] is None
    assert letter(world, wide)["state"] == "valid"
    assert inbox(world, KARIMI)[0]["superseded_by"] is None
    assert stranger != wide


def test_a_letter_that_is_still_true_stays_valid_beside_a_newer_one(world: World) -> None:
    first, second = world.delivered(types=["all"]), world.delivered(types=["all"])
    assert letter(world, first)["state"] == letter(world, second)["state"] == "valid"
    assert "letter.superseded" not in world.told()


def test_a_change_that_the_statement_shows_already_is_no_news(world: World) -> None:
    change = change_of("1390-01", AHMADI)
    world.records.content = {**world.records.content, "as_of": datetime.now(UTC).isoformat()}
    letter_id = world.delivered()
    with world.sessions.begin() as session:
        apply_record_change(session, change)
    assert letter(world, letter_id)["state"] == "valid"


def test_a_record_that_changes_while_its_letter_is_made(world: World) -> None:
    disclosure_id = world.asked()
    with world.sessions.begin() as session:
        apply_record_change(session, change_of("1390-01", AHMADI))
    letter_id = world.put(disclosure_id, world.claimed(disclosure_id)).get_json()["letter_id"]
    assert letter(world, letter_id)["state"] == "superseded"
    assert world.told()[-2:] == ["letter.ready", "letter.superseded"]


@pytest.mark.parametrize(
    ("month", "people", "state"),
    [
        ("1390-01", [AHMADI, KARIMI], "superseded"),
        ("1390-01", [KARIMI], "valid"),
        ("1499-01", [AHMADI], "valid"),
    ],
)
def test_a_changed_record_makes_letters_that_cover_it_outdated(
    world: World, month: str, people: list[uuid.UUID], state: str
) -> None:
    letter_id = world.delivered()
    with world.sessions.begin() as session:
        apply_record_change(session, change_of(month, *people))
    shown = letter(world, letter_id)
    assert (shown["state"], shown["superseded_by"]) == (state, None)
    assert bool(shown["offer"]) == (state == "superseded")


def test_who_has_an_outdated_letter_is_offered_a_new_one_until_there_is_one(sqlite_world: World) -> None:
    letter_id = sqlite_world.delivered(types=["all", "wages"])
    assert letter(sqlite_world, letter_id)["offer"] is None
    with sqlite_world.sessions.begin() as session:
        apply_record_change(session, change_of("1390-01", AHMADI))
    offer = letter(sqlite_world, letter_id)["offer"]
    assert isinstance(offer, dict)
    assert offer["types"] == ["all", "wages"]
    assert "دیگر به‌روز نیست" in offer["message"]["fa"]
    assert offer["message"]["en"].endswith("Ask for a new one of the same types.")
    content = sqlite_world.records.content
    sqlite_world.records.content = {**content, "as_of": datetime.now(UTC).isoformat()}
    sqlite_world.delivered(types=offer["types"])
    assert letter(sqlite_world, letter_id)["offer"] is None
