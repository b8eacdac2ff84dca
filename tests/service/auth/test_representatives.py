"""Representatives: invitations that show nobody's account, mandates that end, tokens that name both."""

import time
from pathlib import Path
from typing import Any

import jwt
import pytest

from services.auth.store import delete_expired
from tests.service.auth.accounts import list_events
from tests.service.auth.desk import Desk, Person, invent_person, verify_claims
from tests.service.auth.endings import is_accepted_by_auth, open_neighbour, read_sid
from tests.service.auth.people import consume, list_kinds, merge
from tests.service.auth.representatives import (
    accept,
    build_offer,
    give_mandate,
    invite,
    list_given,
    list_received,
    request_acting,
    sign_in,
)


def read_expiry(token: str) -> float:
    return float(jwt.decode(token, options={"verify_signature": False})["exp"])


def list_names(desk: Desk) -> list[tuple[str, str | None]]:
    return [(name, subject) for name, subject, _ in list_events(desk) if name.startswith("mandate.")]


def test_reply_to_an_invitation_shows_nobodys_account(desk: Desk) -> None:
    person = desk.add_citizen()
    replies = [invite(desk, person, helper) for helper in (desk.add_citizen(), invent_person())]
    bodies = [
        {name: value for name, value in reply.items() if name not in {"id", "invited_at", "expires_at"}}
        for reply in replies
    ]
    for reply in bodies:
        reply.pop("national_code_ends")
    assert bodies[0] == bodies[1]
    assert [item["status"] for item in list_given(desk, person)] == ["invited", "invited"]


def test_helper_accepts_and_both_see_the_mandate(desk: Desk) -> None:
    person, helper = desk.add_citizen(), desk.add_citizen()
    offered = invite(desk, person, helper, scopes=["record"])
    assert list_kinds(desk.list_sent("mandate-offered")) == [(helper.mobile, "mandate-offered")]
    [invitation] = list_received(desk, helper)
    assert (invitation["status"], invitation["name"], invitation["person_id"]) == ("invited", "مادر", None)
    mandate = accept(desk, helper, offered["id"])
    assert (mandate["status"], mandate["person_id"]) == ("active", str(person.id))
    [given] = list_given(desk, person)
    assert (given["status"], given["label"], given["actor"]) == ("active", "پسرم", str(helper.id))
    assert given["national_code_ends"] == helper.national_code[-3:]
    assert list_kinds(desk.list_sent("mandate-began")) == [(person.mobile, "mandate-began")]
    assert accept(desk, helper, offered["id"])["accepted_at"] == mandate["accepted_at"]
    assert list_names(desk) == [("mandate.offered", str(person.id)), ("mandate.began", str(person.id))]


def test_stranger_sees_and_accepts_nothing(desk: Desk) -> None:
    person, helper, stranger = (desk.add_citizen() for _ in range(3))
    offered = invite(desk, person, helper)
    assert list_received(desk, stranger) == []
    token = sign_in(desk, stranger)
    path = f"/me/mandates/{offered['id']}"
    assert desk.post(f"{path}/acceptance", token=token).status_code == 404
    assert desk.call("DELETE", path, token=token).status_code == 404
    assert desk.call("DELETE", f"/me/representatives/{offered['id']}", token=token).status_code == 404
    assert request_acting(desk, token, person).status_code == 404


def test_declined_invitation_looks_unanswered(desk: Desk) -> None:
    person, helper = desk.add_citizen(), desk.add_citizen()
    offered = invite(desk, person, helper)
    path = f"/me/mandates/{offered['id']}"
    assert desk.call("DELETE", path, token=sign_in(desk, helper)).status_code == 204
    assert list_given(desk, person) == [offered]
    assert list_received(desk, helper) == []
    assert desk.post(f"{path}/acceptance", token=sign_in(desk, helper)).status_code == 404
    invite(desk, person, helper)
    assert [item["status"] for item in list_given(desk, person)] == ["invited", "ended"]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"scopes": []}, "scopes"),
        ({"scopes": ["record", "record"]}, "scopes"),
        ({"scopes": ["self"]}, "scopes"),
        ({"valid_days": 0}, "valid_days"),
        ({"valid_days": 366}, "valid_days"),
        ({"label": " "}, "label"),
        ({"name": "x" * 61}, "name"),
        ({"national_code": "1234567890"}, "national_code"),
    ],
)
def test_impossible_offer_is_refused(desk: Desk, changed: dict[str, Any], field: str) -> None:
    person = desk.add_citizen()
    body = build_offer(invent_person(), **changed)
    response = desk.post("/me/representatives", body, token=sign_in(desk, person))
    assert response.status_code == 422
    assert response.get_json()["errors"][0]["field"].partition(".")[0] == field


def test_offer_needs_the_password_and_another_person(desk: Desk) -> None:
    person = desk.add_citizen()
    token = sign_in(desk, person)
    wrong = build_offer(invent_person(), password="not the password 12")
    assert desk.post("/me/representatives", wrong, token=token).get_json()["code"] == (
        "credentials-not-accepted"
    )
    own = desk.post("/me/representatives", build_offer(person), token=token)
    assert (own.status_code, own.get_json()["errors"][0]["field"]) == (422, "national_code")
    assert list_given(desk, person) == []


def test_open_mandates_are_limited(desk: Desk) -> None:
    person = desk.add_citizen()
    ids = [invite(desk, person, invent_person())["id"] for _ in range(10)]
    desk.execute_sql("DELETE FROM failed_attempts")
    token = sign_in(desk, person)
    body = build_offer(invent_person())
    assert (
        desk.post("/me/representatives", body, token=token).get_json()["code"] == "too-many-representatives"
    )
    assert desk.call("DELETE", f"/me/representatives/{ids[0]}", token=token).status_code == 204
    assert desk.post("/me/representatives", body, token=token).status_code == 201


def test_token_names_both_and_has_what_was_given(desk: Desk) -> None:
    person, helper = desk.add_citizen(), desk.add_citizen()
    give_mandate(desk, person, helper, scopes=["record", "permits"])
    token = sign_in(desk, helper)
    reply = request_acting(desk, token, person)
    assert reply.status_code == 200, reply.text
    body = reply.get_json()
    claims = verify_claims(desk, body["access_token"], "records")
    assert (claims["sub"], claims["act"], claims["role"]) == (
        str(person.id),
        {"sub": str(helper.id)},
        "citizen",
    )
    assert claims["scope"] == body["scope"] == "self:record self:permits"
    assert claims["exp"] - claims["iat"] <= 600
    # The session is the representative's own, and the same as long as it goes on.
    assert claims["sid"] != read_sid(token)
    assert read_sid(request_acting(desk, token, person).get_json()["access_token"]) == claims["sid"]


def test_first_use_of_a_day_is_reported_to_the_person(desk: Desk) -> None:
    person, helper = desk.add_citizen(), desk.add_citizen()
    give_mandate(desk, person, helper)
    token = sign_in(desk, helper)
    for _ in range(2):
        request_acting(desk, token, person)
    assert list_kinds(desk.list_sent("mandate-used")) == [(person.mobile, "mandate-used")]
    assert [name for name, _ in list_names(desk)].count("mandate.used") == 1


def test_token_never_outlives_the_mandate(desk: Desk) -> None:
    person, helper = desk.add_citizen(), desk.add_citizen()
    give_mandate(desk, person, helper, valid_days=1)
    token = sign_in(desk, helper)
    soon = "strftime('%Y-%m-%d %H:%M:%f000', 'now', '60 seconds')"
    desk.execute_sql(f"UPDATE mandates SET expires_at = {soon}")
    assert read_expiry(request_acting(desk, token, person).get_json()["access_token"]) <= time.time() + 61
    desk.execute_sql("UPDATE mandates SET expires_at = strftime('%Y-%m-%d %H:%M:%f000', 'now')")
    assert request_acting(desk, token, person).status_code == 404
    assert [item["status"] for item in list_given(desk, person)] == ["expired"]


def test_helper_stops_acting_and_stays_signed_in(desk: Desk) -> None:
    person, helper = desk.add_citizen(), desk.add_citizen()
    give_mandate(desk, person, helper)
    own = sign_in(desk, helper)
    acting = request_acting(desk, own, person).get_json()["access_token"]
    assert desk.call("DELETE", "/sessions/current", token=acting).status_code == 204
    assert desk.call("DELETE", "/sessions/current", token=acting).status_code == 401
    assert is_accepted_by_auth(desk, own)
    again = request_acting(desk, own, person).get_json()["access_token"]
    assert read_sid(again) != read_sid(acting)


@pytest.mark.parametrize("who", ["person", "helper", "sign-out", "reversal"])
def test_tokens_end_everywhere(desk: Desk, tmp_path: Path, who: str) -> None:
    person, helper = desk.add_citizen(), desk.add_citizen()
    mandate = give_mandate(desk, person, helper)
    own = sign_in(desk, helper)
    acting = request_acting(desk, own, person).get_json()["access_token"]
    with open_neighbour(desk, f"sqlite:///{tmp_path}/neighbour.sqlite") as neighbour:
        neighbour.read_feed()
        assert neighbour.is_accepted(acting)
        if who == "person":
            path = f"/me/representatives/{mandate['id']}"
            assert desk.call("DELETE", path, token=sign_in(desk, person)).status_code == 204
        elif who == "helper":
            assert desk.call("DELETE", f"/me/mandates/{mandate['id']}", token=own).status_code == 204
        elif who == "sign-out":
            assert desk.call("DELETE", "/sessions/current", token=own).status_code == 204
        else:
            reverse_mobile(desk, person)
        neighbour.read_feed()
        assert not neighbour.is_accepted(acting)
        assert neighbour.is_accepted(own) == (who != "sign-out")
    assert desk.call("DELETE", "/sessions/current", token=acting).status_code == 401
    ended = [] if who == "sign-out" else [("mandate.ended", str(person.id))]
    assert [event for event in list_names(desk) if event[0] == "mandate.ended"] == ended


def reverse_mobile(desk: Desk, person: Person) -> None:
    """Change the mobile as a thief would, and reverse that as the owner would."""
    token = sign_in(desk, person)
    desk.post(
        "/mobile",
        {"mobile": invent_person().mobile, "password": build_offer(person)["password"]},
        token=token,
    )
    desk.send()
    desk.post("/mobile/confirmation", {"code": desk.get_last_code()}, token=token)
    [message] = desk.list_sent("mobile-changed")
    assert desk.post("/mobile/reversal", {"code": message.code}).status_code == 200


def test_new_mandate_replaces_the_earlier_one_of_the_same_people(desk: Desk) -> None:
    person, helper = desk.add_citizen(), desk.add_citizen()
    give_mandate(desk, person, helper, scopes=["record", "letters"])
    own = sign_in(desk, helper)
    old = request_acting(desk, own, person).get_json()
    give_mandate(desk, person, helper, scopes=["record"])
    assert desk.call("DELETE", "/sessions/current", token=old["access_token"]).status_code == 401
    assert request_acting(desk, own, person).get_json()["scope"] == "self:record"
    assert [item["status"] for item in list_given(desk, person)] == ["active", "ended"]


def test_mandate_follows_a_merged_person(desk: Desk) -> None:
    merged, helper, remaining = desk.add_citizen(), desk.add_citizen(), desk.add_person()
    give_mandate(desk, merged, helper)
    consume(desk, merge(desk, merged, remaining))
    own = sign_in(desk, helper)
    assert request_acting(desk, own, merged).status_code == 404
    assert request_acting(desk, own, remaining).status_code == 200


def test_nobody_represents_oneself_after_a_merger(desk: Desk) -> None:
    merged, remaining = desk.add_citizen(), desk.add_citizen()
    give_mandate(desk, merged, remaining)
    consume(desk, merge(desk, merged, remaining))
    assert list_received(desk, remaining) == []
    assert request_acting(desk, sign_in(desk, remaining), remaining).status_code == 404


def test_names_are_encrypted(desk: Desk) -> None:
    invite(desk, desk.add_citizen(), desk.add_citizen(), label="برادرزاده")
    with desk.engine.connect() as connection:
        stored = connection.exec_driver_sql("SELECT * FROM mandates").one()
    assert not any("برادرزاده".encode() in value for value in stored if isinstance(value, bytes))


def test_old_mandates_are_deleted(desk: Desk) -> None:
    person = desk.add_citizen()
    invite(desk, person, invent_person())
    desk.execute_sql("UPDATE mandates SET expires_at = '2020-01-01 00:00:00.000000'")
    with desk.sessions.begin() as session:
        delete_expired(session)
    assert list_given(desk, person) == []
