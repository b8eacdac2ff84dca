"""Which messages people get: their choice counts, but for messages that protect the account."""

import pytest

from tests.service.auth.desk import Desk, Person
from tests.service.auth.test_daily_messages import consume, make_event, make_view

PATH = "/me/preferences"


@pytest.fixture
def person(desk: Desk) -> Person:
    return desk.add_citizen()


@pytest.fixture
def token(desk: Desk, person: Person) -> str:
    return str(desk.fetch_tokens(person)["access_token"])


def choose(desk: Desk, token: str, **deliveries: str) -> int:
    wanted = [{"kind": kind.replace("_", "-"), "delivery": how} for kind, how in deliveries.items()]
    return desk.call("PUT", PATH, token=token, json={"preferences": wanted}).status_code


def read_muted(desk: Desk, token: str) -> set[str]:
    items = desk.call("GET", PATH, token=token).get_json()["preferences"]
    return {item["kind"] for item in items if item["delivery"] == "portal"}


def test_everything_is_sent_at_first_and_what_protects_the_account_is_fixed(desk: Desk, token: str) -> None:
    items = desk.call("GET", PATH, token=token).get_json()["preferences"]
    assert {item["delivery"] for item in items} == {"message"}
    fixed = {item["kind"] for item in items if item["fixed"]}
    assert fixed >= {"new-sign-in", "password-changed", "mobile-changed", "permit-issued"}
    assert {"letter-viewed", "permit-ending", "objection-decided"} <= {i["kind"] for i in items} - fixed


def test_what_is_switched_off_is_not_sent(desk: Desk, person: Person, token: str) -> None:
    assert choose(desk, token, letter_viewed="portal", letter_ready="message") == 200
    assert read_muted(desk, token) == {"letter-viewed"}
    desk.send()
    desk.messages.sent.clear()
    consume(desk, [make_view(1, person), make_view(2, person), make_event(3, "permit.issued", person)])
    desk.execute_sql("UPDATE account_notices SET due_at = occurred_at WHERE due_at IS NOT NULL")
    desk.send()
    # Neither the first view nor the digest.
    assert [message.kind for message in desk.messages.sent] == ["permit-issued"]
    assert choose(desk, token) == 200
    assert read_muted(desk, token) == set()


def test_the_choice_of_one_person_is_nobody_elses(desk: Desk, token: str) -> None:
    other = str(desk.fetch_tokens(desk.add_citizen())["access_token"])
    assert choose(desk, token, letter_viewed="portal") == 200
    assert read_muted(desk, other) == set()


@pytest.mark.parametrize("kind", ["new_sign_in", "password_changed", "mobile_changed", "permit_issued"])
def test_what_protects_the_account_cannot_be_switched_off(desk: Desk, token: str, kind: str) -> None:
    assert choose(desk, token, **{kind: "portal", "letter_ready": "portal"}) == 422
    assert read_muted(desk, token) == set()
    assert choose(desk, token, **{kind: "message"}) == 200


def test_unknown_kinds_and_deliveries_are_refused(desk: Desk, token: str) -> None:
    assert choose(desk, token, carrier_pigeon="portal") == 422
    assert choose(desk, token, letter_ready="fax") == 422
    assert desk.call("PUT", PATH, token=token, json={}).status_code == 422


def test_a_code_is_sent_whatever_is_switched_off(desk: Desk, person: Person, token: str) -> None:
    kinds = [
        i["kind"] for i in desk.call("GET", PATH, token=token).get_json()["preferences"] if not i["fixed"]
    ]
    assert choose(desk, token, **{kind.replace("-", "_"): "portal" for kind in kinds}) == 200
    desk.post("/password-resets", person.identity)
    [message] = desk.list_sent("password-reset-code")
    assert message.code
