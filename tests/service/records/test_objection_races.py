"""Simultaneous calls about objections: one draft, one submission, one decision, one correction."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from werkzeug.test import TestResponse

from tests.service.records.desk import OFFICER, Desk
from tests.service.records.objectors import (
    DAYS,
    OWN,
    PERIOD,
    SECOND_OFFICER,
    Objector,
    read_reply,
    write_one_month,
)


@pytest.fixture
def maryam(desk: Desk) -> Objector:
    desk.import_list(write_one_month(12))
    return Objector(desk)


def run_simultaneously(calls: Sequence[Callable[[], TestResponse]]) -> Counter[int]:
    """Return how often each status was the response to calls that all start at one moment."""
    gate = Barrier(len(calls))

    def run(call: Callable[[], TestResponse]) -> int:
        gate.wait()
        return call().status_code

    with ThreadPoolExecutor(len(calls)) as pool:
        return Counter(pool.map(run, calls))


def test_simultaneous_drafts_leave_one(maryam: Objector) -> None:
    assert run_simultaneously([lambda: maryam.call("POST", json=DAYS)] * 4) == {201: 4}
    assert maryam.desk.count_rows(["objections", "objection_months"]) == [1, 1]


def test_a_draft_is_submitted_once(maryam: Objector) -> None:
    path = f"{OWN}/{maryam.create_draft(DAYS)['id']}/confirmation"
    assert run_simultaneously([lambda: maryam.call("POST", path)] * 4) == {200: 1, 409: 3}


def test_draft_submitted_while_it_changes_is_consistent(maryam: Objector) -> None:
    path = f"{OWN}/{maryam.create_draft(DAYS)['id']}"
    other = {**DAYS, "text": "متن دیگر"}
    statuses = run_simultaneously(
        [
            lambda: maryam.call("POST", f"{path}/confirmation"),
            lambda: maryam.call("PUT", path, json=other),
            lambda: maryam.call("POST", json=DAYS),
        ]
    )
    assert set(statuses) <= {200, 201, 404, 409}
    states = Counter(item["status"] for item in read_reply(maryam.call("GET"))["items"])
    assert states in ({"submitted": 1}, {"draft": 1})


def test_one_of_two_simultaneous_proposals_is_accepted(maryam: Objector) -> None:
    objection_id = maryam.submit(DAYS)["id"]
    statuses = run_simultaneously(
        [
            lambda: maryam.propose(objection_id, officer_id=OFFICER),
            lambda: maryam.propose(objection_id, accept=False, officer_id=SECOND_OFFICER),
        ]
    )
    assert statuses == {200: 1, 409: 1}


def test_a_decision_is_confirmed_once(maryam: Objector) -> None:
    objection_id = maryam.submit(DAYS)["id"]
    read_reply(maryam.propose(objection_id))
    assert run_simultaneously([lambda: maryam.confirm(objection_id)] * 4) == {200: 1, 409: 3}
    assert maryam.desk.count_rows(["corrections"]) == [1]


def test_two_objections_of_one_person_are_accepted_simultaneously(maryam: Objector) -> None:
    ids = [maryam.submit(body)["id"] for body in (DAYS, PERIOD)]
    for objection_id in ids:
        read_reply(maryam.propose(objection_id))
    calls = [lambda objection_id=objection_id: maryam.confirm(objection_id) for objection_id in ids]
    assert run_simultaneously(calls) == {200: 2}
    assert maryam.get_statement()["summary"]["total_days"] == 30 + 56


def test_simultaneous_list_and_decision(maryam: Objector) -> None:
    objection_id = maryam.submit(DAYS)["id"]
    read_reply(maryam.propose(objection_id))
    files = write_one_month(5, number="02")
    assert run_simultaneously([lambda: maryam.confirm(objection_id), lambda: maryam.desk.upload(files)]) == {
        200: 1,
        201: 1,
    }
    assert maryam.get_statement()["summary"]["total_days"] == 30
