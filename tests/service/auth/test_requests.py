"""Requests for codes: limited per network, while a hidden limit holds for the messages that go out."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from services.kit.problems import Unavailable
from tests.service.auth.desk import PASSWORD, Desk, Person, invent_person, open_desk
from tests.service.auth.guessing import make_address

KINDS = {"/registrations": "activation-code", "/password-resets": "password-reset-code"}


def request_code(
    desk: Desk, path: str, person: Person, source: str = "192.0.2.1", **changed: Any
) -> TestResponse:
    body = person.registration if path == "/registrations" else person.identity
    return desk.post(path, body | changed, headers={"X-Forwarded-For": source})


def add_recipient(desk: Desk, path: str) -> Person:
    """Return a person to whom a code goes out."""
    return desk.add_person() if path == "/registrations" else desk.add_citizen()


@pytest.fixture
def narrow_desk(sqlite_url: str, tmp_path: Path) -> Iterator[Desk]:
    """Return a desk at which a network may send four requests an hour."""
    with open_desk(sqlite_url, tmp_path, code_requests_per_network=4) as desk:
        yield desk


@pytest.mark.parametrize("path", KINDS)
def test_strangers_with_wrong_data_do_not_block_requests(desk: Desk, path: str) -> None:
    person = add_recipient(desk, path)
    desk.send()
    desk.messages.sent.clear()
    for number in range(12):
        assert (
            request_code(desk, path, person, make_address(number), birth_date_jalali="1350-01-01").status_code
            == 202
        )
    assert desk.list_sent(KINDS[path]) == []
    assert request_code(desk, path, person).status_code == 202
    assert [message.to for message in desk.list_sent(KINDS[path])] == [person.mobile]


@pytest.mark.parametrize("path", KINDS)
def test_three_messages_an_hour_are_sent_and_every_response_is_the_same(either_desk: Desk, path: str) -> None:
    desk = either_desk
    person = add_recipient(desk, path)
    desk.messages.sent.clear()
    responses = []
    for number in range(6):
        responses.append(request_code(desk, path, person, make_address(number)))
        desk.send()
    assert {response.status_code for response in responses} == {202}
    assert len({frozenset(response.get_json()) for response in responses}) == 1
    assert len(desk.list_sent(KINDS[path])) == 3


def test_simultaneous_requests_share_the_limit_of_three_messages(either_desk: Desk) -> None:
    desk = either_desk
    person = desk.add_person()
    with ThreadPoolExecutor(4) as pool:
        responses = list(
            pool.map(
                lambda number: request_code(desk, "/registrations", person, make_address(number)), range(8)
            )
        )
        assert {response.status_code for response in responses} == {202}
        list(pool.map(lambda _: desk.send(), range(4)))
    assert len(desk.list_sent("activation-code")) == 3


def test_a_mobile_gets_three_registration_codes_an_hour(desk: Desk) -> None:
    mobile = invent_person().mobile
    for _ in range(4):
        assert request_code(desk, "/registrations", desk.add_person(), mobile=mobile).status_code == 202
    assert len(desk.list_sent("activation-code")) == 3


def test_a_registration_past_the_limit_is_sent_later_if_it_has_not_expired(desk: Desk) -> None:
    person = desk.add_person()
    registrations = [desk.register(person) for _ in range(4)]
    assert len(desk.list_sent("activation-code")) == 3
    # An hour since the first three would have passed in five minutes.
    desk.execute_sql("UPDATE code_requests SET due_at = asked_at WHERE code_hash IS NULL")
    desk.execute_sql(f"UPDATE failed_attempts SET at = {build_minutes_ago(55)}")
    desk.send()
    desk.execute_sql("UPDATE code_requests SET due_at = asked_at WHERE due_at IS NOT NULL")
    desk.execute_sql(f"UPDATE failed_attempts SET at = {build_minutes_ago(61)}")
    assert len(desk.list_sent("activation-code")) == 4
    assert desk.activate(registrations[3], desk.get_last_code()).status_code == 201


def build_minutes_ago(minutes: int) -> str:
    return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', '-{minutes} minutes')"


def test_a_registration_past_the_limit_is_given_up_if_it_would_expire_first(desk: Desk) -> None:
    person = desk.add_person()
    registrations = [desk.register(person) for _ in range(4)]
    with desk.engine.connect() as connection:
        due = connection.exec_driver_sql("SELECT count(*) FROM code_requests WHERE due_at IS NOT NULL")
        assert due.scalar() == 0
    # The codes of the earlier messages stay good.
    assert desk.activate(registrations[2], desk.get_last_code()).status_code == 201


def test_a_message_that_the_gateway_rejected_does_not_count(desk: Desk) -> None:
    person = desk.add_person()
    request_code(desk, "/registrations", person)
    desk.messages.failures = 5
    for _ in range(5):
        with pytest.raises(Unavailable):
            desk.send()
        desk.execute_sql("UPDATE code_requests SET due_at = asked_at")
    desk.send()
    for _ in range(3):
        desk.register(person)
    assert len(desk.list_sent("activation-code")) == 3


def test_a_new_mobile_gets_three_codes_an_hour_and_earlier_ones_stay_valid(desk: Desk) -> None:
    person = desk.add_citizen()
    token = desk.fetch_tokens(person)["access_token"]
    mobiles = [invent_person().mobile for _ in range(5)]
    for mobile in mobiles:
        body = {"mobile": mobile, "password": PASSWORD}
        assert desk.post("/mobile", body, token=token).status_code == 202
        desk.send()
    sent = desk.list_sent("mobile-change-code")
    assert [message.to for message in sent] == mobiles[:3]
    assert desk.post("/mobile/confirmation", {"code": sent[-1].code}, token=token).status_code == 204
    # Those that were asked for before are void.
    again = desk.post("/mobile/confirmation", {"code": sent[0].code}, token=token)
    assert again.get_json()["code"] == "mobile-change-expired"


def test_requests_for_codes_are_limited_per_network(narrow_desk: Desk) -> None:
    desk = narrow_desk
    person = desk.add_citizen()
    responses = [
        request_code(desk, path, invent_person(), make_address(1, host))
        for host, path in enumerate(["/registrations", "/password-resets"] * 3, 1)
    ]
    assert [response.status_code for response in responses] == [202] * 4 + [429] * 2
    assert responses[-1].get_json()["code"] == "too-many-attempts"
    assert 0 < int(responses[-1].headers["Retry-After"]) <= 3600
    assert request_code(desk, "/password-resets", person, make_address(1)).status_code == 429
    assert request_code(desk, "/password-resets", person, make_address(2)).status_code == 202
    assert len(desk.list_sent("password-reset-code")) == 1


def test_a_repeated_response_counts_once(narrow_desk: Desk) -> None:
    desk = narrow_desk
    person = desk.add_person()
    for _ in range(6):
        response = desk.post("/registrations", person.registration, headers={"Idempotency-Key": "one"})
        assert response.status_code == 202
    assert request_code(desk, "/registrations", person, "127.0.0.1").status_code == 202
