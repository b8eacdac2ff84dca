"""Asking for a letter, as citizens and officers do."""

import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from govah_verify.check_digit import is_checked
from services.disclosure.models import Activity, DisclosureRequest, Outbox
from services.kit.db import sql_now
from services.kit.problems import NotFound, Unavailable
from tests.service.disclosure.world import AHMADI, KARIMI, OFFICER, PUBLIC, World, citizen
from tests.tokens import bearer, mint


def rows(world: World) -> tuple[int, ...]:
    """How many rows the tables hold that a request writes to."""
    with world.sessions() as session:
        return tuple(
            session.scalars(sa.select(sa.func.count()).select_from(table)).one()
            for table in (DisclosureRequest, Outbox, Activity)
        )


def test_a_request_is_queued_with_its_task_and_event(world: World) -> None:
    answer = world.ask(types=["wages", "all"], note="  برای بانك  ")
    assert answer.status_code == 202
    assert answer.get_json().keys() == {"id", "tracking_number", "status"}
    assert answer.get_json()["status"] == "queued"
    shown = world.request(answer.get_json()["id"])
    assert (shown["status"], shown["types"], shown["note"]) == ("queued", ["all", "wages"], "برای بانک")
    assert (shown["failure"], shown["letter_id"]) == (None, None)
    assert world.told("task") == ["letters.render"]
    assert world.told() == ["request.queued"]


def test_the_snapshot_is_asked_for_with_the_citizens_own_token(world: World) -> None:
    header = citizen()
    disclosure_id = world.ask(types=["all"], headers=header).get_json()["id"]
    assert world.records.asked == [(header["Authorization"].removeprefix("Bearer "), ("all",))]
    claim = world.claim(disclosure_id).get_json()
    assert claim["statement"] == {**world.records.content, "types": ["all"]}


def test_messages_and_events_carry_ids_only(sqlite_world: World) -> None:
    sqlite_world.ask(note="یادداشت من")
    with sqlite_world.sessions() as session:
        written = [str(row.data) for row in session.scalars(sa.select(Outbox))]
    person = sqlite_world.records.content["person"]
    for secret in (person["national_code"], person["last_name"], "یادداشت"):
        assert not any(secret in data for data in written)


def test_serial_and_tracking_number_are_no_count(world: World) -> None:
    with world.sessions() as session:
        for _ in range(3):
            world.asked()
        found = session.scalars(sa.select(DisclosureRequest)).all()
    assert len({row.serial for row in found}) == len({row.tracking_number for row in found}) == 3
    assert all(len(row.serial) == 13 and is_checked(row.serial) for row in found)


def test_types_and_agreement_are_shown_to_anybody(sqlite_world: World) -> None:
    types = sqlite_world.client.get(f"{PUBLIC}/request-types", headers={"Accept-Language": "en"}).get_json()
    assert types["items"][0] == {"type": "all", "title": "All"}
    agreement = sqlite_world.client.get(f"{PUBLIC}/agreement").get_json()
    assert agreement["version"] == 1
    assert agreement["text_fa"] == "متن موافقتنامه"
    assert agreement["text_en"] == "The agreement's text"


@pytest.mark.parametrize("consent", [{"agreed": False}, {"agreed": None}])
def test_without_consent_nothing_is_made(sqlite_world: World, consent: dict[str, Any]) -> None:
    answer = sqlite_world.ask(**consent)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "agreement-required")
    assert rows(sqlite_world) == (0, 0, 0)
    assert sqlite_world.records.asked == []


def test_an_older_agreement_is_refused(sqlite_world: World) -> None:
    answer = sqlite_world.ask(agreement_version=0)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "agreement-outdated")
    assert answer.get_json()["detail"] == "متن موافقتنامه تغییر کرده است. متن تازه را بخوانید."


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"types": []}, "types"),
        ({"types": ["all", "all"]}, "types"),
        ({"types": ["pension"]}, "types.0"),
        ({"types": "all"}, "types"),
        ({"note": "ا" * 501}, "note"),
        # Composed, which is how text is kept, each of these is three characters.
        ({"note": "\ufb2c" * 167}, "note"),
        ({"agreement_version": "first"}, "agreement_version"),
        ({"person_id": str(KARIMI)}, "person_id"),
    ],
)
def test_bad_fields_are_named(sqlite_world: World, fields: dict[str, Any], field: str) -> None:
    answer = sqlite_world.ask(**fields)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "validation")
    assert [error["field"] for error in answer.get_json()["errors"]] == [field]
    assert rows(sqlite_world) == (0, 0, 0)


@pytest.mark.parametrize(("failure", "status"), [(Unavailable(), 503), (NotFound(), 404)])
def test_without_a_statement_nothing_is_written(sqlite_world: World, failure: Exception, status: int) -> None:
    sqlite_world.records.fails = failure
    assert sqlite_world.ask().status_code == status
    assert rows(sqlite_world) == (0, 0, 0)


def test_the_same_key_asks_once_even_while_records_is_away(world: World) -> None:
    key = {"Idempotency-Key": "once"}
    first = world.ask(headers=key)
    world.records.fails = Unavailable()
    again = world.ask(headers=key)
    assert (again.status_code, again.get_json()) == (202, first.get_json())
    other = world.ask(types=["wages"], headers=key)
    assert (other.status_code, other.get_json()["code"]) == (422, "idempotency-key-reused")
    assert world.told("task") == ["letters.render"]


def test_ten_a_day_and_no_more(world: World) -> None:
    for _ in range(10):
        assert world.ask().status_code == 202
    refused = world.ask()
    assert (refused.status_code, refused.get_json()["code"]) == (429, "too-many-attempts")
    assert 86_000 < int(refused.headers["Retry-After"]) <= 86_401
    assert world.ask(KARIMI).status_code == 202
    with world.sessions.begin() as session:
        session.execute(sa.update(DisclosureRequest).values(requested_at=sql_now(-86_400)))
    assert world.ask().status_code == 202


def test_anothers_request_does_not_exist(world: World) -> None:
    disclosure_id = world.asked(AHMADI)
    for method, path in (("GET", ""), ("POST", "/retry")):
        answer = world.client.open(
            f"{PUBLIC}/requests/{disclosure_id}{path}", method=method, headers=citizen(KARIMI)
        )
        assert (answer.status_code, answer.get_json()["code"]) == (404, "not-found")
    assert world.client.get(f"{PUBLIC}/requests", headers=citizen(KARIMI)).get_json()["items"] == []


def test_requests_are_listed_newest_first_page_by_page(world: World) -> None:
    asked = [world.asked() for _ in range(3)]
    first = world.client.get(f"{PUBLIC}/requests?limit=2", headers=citizen()).get_json()
    rest = world.client.get(f"{PUBLIC}/requests?cursor={first['next_cursor']}", headers=citizen()).get_json()
    assert [item["id"] for item in first["items"] + rest["items"]] == asked[::-1]
    assert rest["next_cursor"] is None


def test_an_officer_sees_everybodys_failed_requests(world: World) -> None:
    failed, _waiting = world.asked(AHMADI), world.asked(KARIMI)
    world.fail(failed, world.claimed(failed), retriable=False)
    listed = world.client.get(f"{PUBLIC}/requests?status=failed", headers=OFFICER).get_json()["items"]
    assert [item["id"] for item in listed] == [failed]
    assert listed[0]["failure"]["code"] == "rendering-failed"
    auditor = bearer(mint("officer", "officer-8", scopes=["audit"]))
    assert world.client.get(f"{PUBLIC}/requests", headers=auditor).status_code == 403


@pytest.mark.parametrize("caller", ["owner", "officer"])
def test_a_failed_request_is_retried(world: World, caller: str) -> None:
    disclosure_id = world.asked()
    world.exhaust(disclosure_id)
    headers = citizen() if caller == "owner" else OFFICER
    answer = world.client.post(f"{PUBLIC}/requests/{disclosure_id}/retry", headers=headers)
    assert (answer.status_code, answer.get_json()["status"]) == (202, "queued")
    assert world.told("task") == ["letters.render"] * 2
    assert world.put(disclosure_id, world.claimed(disclosure_id)).status_code == 201
    assert world.request(disclosure_id)["status"] == "ready"


def test_only_a_failed_request_can_be_retried(sqlite_world: World) -> None:
    disclosure_id = sqlite_world.asked()
    answer = sqlite_world.client.post(f"{PUBLIC}/requests/{disclosure_id}/retry", headers=citizen())
    assert (answer.status_code, answer.get_json()["code"]) == (409, "not-failed")


def test_a_request_that_never_was(sqlite_world: World) -> None:
    assert sqlite_world.client.get(f"{PUBLIC}/requests/{uuid.uuid4()}", headers=citizen()).status_code == 404
    assert sqlite_world.client.get(f"{PUBLIC}/requests/x", headers=citizen()).status_code == 404
