"""One Idempotency-Key from two callers and from several threads: one effect each, on either database."""

import threading
import uuid
from collections.abc import Callable

import sqlalchemy as sa
from werkzeug.test import TestResponse

from services.disclosure.models import DisclosureRequest
from services.inquiry.models import Permit, SealedCopy
from tests.fakes.lists import HASAN, MARYAM
from tests.service.disclosure.desk import AHMADI, KARIMI
from tests.service.disclosure.desk import Desk as DisclosureDesk
from tests.service.inquiry.desk import Desk
from tests.service.kit.calls import read_problem
from tests.service.records.desk import Desk as RecordsDesk
from tests.service.records.desk import write_files

KEY = {"Idempotency-Key": "one-and-the-same"}


def run_simultaneously(*calls: Callable[[], TestResponse]) -> list[TestResponse]:
    """Return the responses to calls that start at the same moment, in threads of their own."""
    start = threading.Barrier(len(calls))
    responses: list[TestResponse] = []

    def run(call: Callable[[], TestResponse]) -> None:
        start.wait()
        responses.append(call())

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(responses) == len(calls)
    return responses


def count_requests(disclosure_desk: DisclosureDesk, person: uuid.UUID) -> int:
    with disclosure_desk.sessions() as session:
        own = sa.select(sa.func.count()).where(DisclosureRequest.person_id == person)
        return session.scalars(own).one()


def test_simultaneous_requests_are_one_with_one_reply(disclosure_desk: DisclosureDesk) -> None:
    responses = run_simultaneously(*[lambda: disclosure_desk.post_request(headers=KEY)] * 4)
    assert {response.status_code for response in responses} == {202}
    assert len({response.get_json()["id"] for response in responses}) == 1
    assert count_requests(disclosure_desk, AHMADI) == 1
    assert disclosure_desk.list_outbox("task") == ["letters.render"]


def test_simultaneous_requests_with_other_fields_are_one_and_a_refusal(
    disclosure_desk: DisclosureDesk,
) -> None:
    responses = run_simultaneously(
        lambda: disclosure_desk.post_request(types=["all"], headers=KEY),
        lambda: disclosure_desk.post_request(types=["wages"], headers=KEY),
    )
    refused, accepted = sorted(responses, key=lambda response: response.status_code, reverse=True)
    assert accepted.status_code == 202
    read_problem(refused, 422, "idempotency-key-reused")
    assert count_requests(disclosure_desk, AHMADI) == 1


def test_keys_of_two_callers_are_independent(disclosure_desk: DisclosureDesk) -> None:
    responses = run_simultaneously(
        lambda: disclosure_desk.post_request(AHMADI, ["all"], headers=KEY),
        lambda: disclosure_desk.post_request(KARIMI, ["wages"], headers=KEY),
    )
    assert [response.status_code for response in responses] == [202, 202]
    assert (count_requests(disclosure_desk, AHMADI), count_requests(disclosure_desk, KARIMI)) == (1, 1)


def test_simultaneous_permits_are_one_whose_code_is_shown_once(inquiry_desk: Desk) -> None:
    person = inquiry_desk.add_person()
    responses = run_simultaneously(*[lambda: inquiry_desk.request_permit(person, headers=KEY)] * 3)
    issued, *others = sorted(responses, key=lambda response: response.status_code)
    assert issued.status_code == 201
    for other in others:
        assert read_problem(other, 409, "code-already-shown")["permit_id"] == issued.get_json()["id"]
    assert (inquiry_desk.count(Permit), inquiry_desk.count(SealedCopy)) == (1, 1)


def test_simultaneous_lists_are_one(records_desk: RecordsDesk) -> None:
    files = write_files(MARYAM, HASAN)
    responses = run_simultaneously(*[lambda: records_desk.upload(files, headers=KEY)] * 3)
    assert {response.status_code for response in responses} == {201}
    assert len({response.get_json()["id"] for response in responses}) == 1
    assert records_desk.count_rows(["lists", "people", "contributions"]) == [1, 2, 2]
