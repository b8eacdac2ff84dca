"""Asking for codes: bounded by the network that asks, and unseen by the messages that go out."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from services.kit.problems import Unavailable
from tests.service.auth.desk import PASSWORD, Desk, Person, invent_person, open_desk
from tests.service.auth.guessing import network

KINDS = {"/registrations": "activation-code", "/password-resets": "password-reset-code"}


def ask(desk: Desk, path: str, person: Person, source: str = "192.0.2.1", **changed: Any) -> TestResponse:
    body = person.registration if path == "/registrations" else person.identity
    return desk.post(path, body | changed, headers={"X-Forwarded-For": source})


def anybody(desk: Desk, path: str) -> Person:
    """Somebody to whom a code goes out."""
    return desk.add_person() if path == "/registrations" else desk.add_citizen()


@pytest.fixture
def narrow_desk(sqlite_url: str, tmp_path: Path) -> Iterator[Desk]:
    """An auth at which a network may ask for four codes an hour."""
    with open_desk(sqlite_url, tmp_path, code_requests_per_network=4) as desk:
        yield desk


@pytest.mark.parametrize("path", KINDS)
def test_a_stranger_who_errs_keeps_nobody_from_asking(desk: Desk, path: str) -> None:
    person = anybody(desk, path)
    desk.send()
    desk.messages.sent.clear()
    for number in range(12):
        assert ask(desk, path, person, network(number), birth_date_jalali="1350-01-01").status_code == 202
    assert desk.list_sent(KINDS[path]) == []
    assert ask(desk, path, person).status_code == 202
    assert [message.to for message in desk.list_sent(KINDS[path])] == [person.mobile]


@pytest.mark.parametrize("path", KINDS)
def test_three_messages_an_hour_go_out_and_every_answer_is_the_same(either_desk: Desk, path: str) -> None:
    desk = either_desk
    person = anybody(desk, path)
    desk.messages.sent.clear()
    answers = []
    for number in range(6):
        answers.append(ask(desk, path, person, network(number)))
        desk.send()
    assert {answer.status_code for answer in answers} == {202}
    assert len({frozenset(answer.get_json()) for answer in answers}) == 1
    assert len(desk.list_sent(KINDS[path])) == 3


def test_requests_at_once_get_three_messages_together(either_desk: Desk) -> None:
    desk = either_desk
    person = desk.add_person()
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(lambda number: ask(desk, "/registrations", person, network(number)), range(8))
        )
        assert {answer.status_code for answer in answers} == {202}
        list(pool.map(lambda _: desk.send(), range(4)))
    assert len(desk.list_sent("activation-code")) == 3


def test_a_mobile_gets_three_codes_of_registrations_an_hour(desk: Desk) -> None:
    mobile = invent_person().mobile
    for _ in range(4):
        assert ask(desk, "/registrations", desk.add_person(), mobile=mobile).status_code == 202
    assert len(desk.list_sent("activation-code")) == 3


def test_a_registration_past_the_bound_is_sent_when_there_is_room_while_it_lives(desk: Desk) -> None:
    person = desk.add_person()
    registrations = [desk.register(person) for _ in range(4)]
    assert len(desk.list_sent("activation-code")) == 3
    # An hour since the first three would have passed in five minutes.
    desk.execute_sql("UPDATE code_requests SET due_at = asked_at WHERE code_hash IS NULL")
    desk.execute_sql(f"UPDATE failed_attempts SET at = {minutes_ago(55)}")
    desk.send()
    desk.execute_sql("UPDATE code_requests SET due_at = asked_at WHERE due_at IS NOT NULL")
    desk.execute_sql(f"UPDATE failed_attempts SET at = {minutes_ago(61)}")
    assert len(desk.list_sent("activation-code")) == 4
    assert desk.activate(registrations[3], desk.get_last_code()).status_code == 201


def minutes_ago(minutes: int) -> str:
    return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', '-{minutes} minutes')"


def test_a_registration_past_the_bound_is_given_up_when_there_will_be_no_room(desk: Desk) -> None:
    person = desk.add_person()
    registrations = [desk.register(person) for _ in range(4)]
    with desk.engine.connect() as connection:
        due = connection.exec_driver_sql("SELECT count(*) FROM code_requests WHERE due_at IS NOT NULL")
        assert due.scalar() == 0
    # The codes of the earlier messages stay good.
    assert desk.activate(registrations[2], desk.get_last_code()).status_code == 201


def test_a_message_that_was_not_taken_does_not_count(desk: Desk) -> None:
    person = desk.add_person()
    ask(desk, "/registrations", person)
    desk.messages.failures = 5
    for _ in range(5):
        with pytest.raises(Unavailable):
            desk.send()
        desk.execute_sql("UPDATE code_requests SET due_at = asked_at")
    desk.send()
    for _ in range(3):
        desk.register(person)
    assert len(desk.list_sent("activation-code")) == 3


def test_a_new_mobile_gets_three_codes_an_hour_and_an_earlier_one_stays_good(desk: Desk) -> None:
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


def test_a_network_has_its_bound_of_askings(narrow_desk: Desk) -> None:
    desk = narrow_desk
    person = desk.add_citizen()
    answers = [
        ask(desk, path, invent_person(), network(1, host))
        for host, path in enumerate(["/registrations", "/password-resets"] * 3, 1)
    ]
    assert [answer.status_code for answer in answers] == [202] * 4 + [429] * 2
    assert answers[-1].get_json()["code"] == "too-many-attempts"
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 3600
    assert ask(desk, "/password-resets", person, network(1)).status_code == 429
    assert ask(desk, "/password-resets", person, network(2)).status_code == 202
    assert len(desk.list_sent("password-reset-code")) == 1


def test_an_answer_that_is_given_again_counts_once(narrow_desk: Desk) -> None:
    desk = narrow_desk
    person = desk.add_person()
    for _ in range(6):
        answer = desk.post("/registrations", person.registration, headers={"Idempotency-Key": "one"})
        assert answer.status_code == 202
    assert ask(desk, "/registrations", person, "127.0.0.1").status_code == 202
