"""One Idempotency-Key from two callers, and from two threads at once: on either database one effect each."""

import threading
import uuid
from collections.abc import Callable

import sqlalchemy as sa
from werkzeug.test import TestResponse

from services.disclosure.models import DisclosureRequest
from services.inquiry.models import Permit, SealedCopy
from tests.service.disclosure.desk import AHMADI, KARIMI
from tests.service.disclosure.desk import Desk as DisclosureDesk
from tests.service.inquiry.desk import Desk
from tests.service.kit.calls import problem
from tests.service.records.callers import Records, files_of
from tests.unit.records.lists.lists import HASAN, MARYAM

KEY = {"Idempotency-Key": "one-and-the-same"}


def at_once(*calls: Callable[[], TestResponse]) -> list[TestResponse]:
    """The answers to calls that start at the same moment, in threads of their own."""
    start = threading.Barrier(len(calls))
    answers: list[TestResponse] = []

    def run(call: Callable[[], TestResponse]) -> None:
        start.wait()
        answers.append(call())

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(answers) == len(calls)
    return answers


def requests_of(disclosure_desk: DisclosureDesk, person: uuid.UUID) -> int:
    with disclosure_desk.sessions() as session:
        own = sa.select(sa.func.count()).where(DisclosureRequest.person_id == person)
        return session.scalars(own).one()


def test_requests_at_once_are_one_and_get_one_reply(disclosure_desk: DisclosureDesk) -> None:
    answers = at_once(*[lambda: disclosure_desk.post_request(headers=KEY)] * 4)
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.get_json()["id"] for answer in answers}) == 1
    assert requests_of(disclosure_desk, AHMADI) == 1
    assert disclosure_desk.list_outbox("task") == ["letters.render"]


def test_requests_at_once_with_other_fields_are_one_and_a_refusal(disclosure_desk: DisclosureDesk) -> None:
    answers = at_once(
        lambda: disclosure_desk.post_request(types=["all"], headers=KEY),
        lambda: disclosure_desk.post_request(types=["wages"], headers=KEY),
    )
    refused, accepted = sorted(answers, key=lambda answer: answer.status_code, reverse=True)
    assert accepted.status_code == 202
    problem(refused, 422, "idempotency-key-reused")
    assert requests_of(disclosure_desk, AHMADI) == 1


def test_two_callers_with_one_key_do_not_meet(disclosure_desk: DisclosureDesk) -> None:
    answers = at_once(
        lambda: disclosure_desk.post_request(AHMADI, ["all"], headers=KEY),
        lambda: disclosure_desk.post_request(KARIMI, ["wages"], headers=KEY),
    )
    assert [answer.status_code for answer in answers] == [202, 202]
    assert (requests_of(disclosure_desk, AHMADI), requests_of(disclosure_desk, KARIMI)) == (1, 1)


def test_permits_at_once_are_one_whose_code_is_shown_once(desk: Desk) -> None:
    person = desk.person()
    answers = at_once(*[lambda: desk.issue(person, headers=KEY)] * 3)
    issued, *others = sorted(answers, key=lambda answer: answer.status_code)
    assert issued.status_code == 201
    for other in others:
        assert problem(other, 409, "code-already-shown")["permit_id"] == issued.get_json()["id"]
    assert (desk.count(Permit), desk.count(SealedCopy)) == (1, 1)


def test_lists_at_once_are_one(records: Records) -> None:
    files = files_of(MARYAM, HASAN)
    answers = at_once(*[lambda: records.upload(files, headers=KEY)] * 3)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.get_json()["id"] for answer in answers}) == 1
    assert records.counts(["lists", "people", "contributions"]) == [1, 2, 2]
