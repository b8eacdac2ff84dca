"""Objections at the same moment: one draft, one submission, one decision, one correction."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from werkzeug.test import TestResponse

from tests.service.records.callers import OFFICER, Records
from tests.service.records.objecting import (
    DAYS,
    OWN,
    PERIOD,
    SECOND_OFFICER,
    Objecting,
    answered,
    listed,
)


@pytest.fixture
def maryam(records: Records) -> Objecting:
    records.accept(listed(12))
    return Objecting(records)


def at_once(calls: Sequence[Callable[[], TestResponse]]) -> Counter[int]:
    """How often each status was the answer to calls that all start at one moment."""
    gate = Barrier(len(calls))

    def go(call: Callable[[], TestResponse]) -> int:
        gate.wait()
        return call().status_code

    with ThreadPoolExecutor(len(calls)) as pool:
        return Counter(pool.map(go, calls))


def test_drafts_at_once_leave_one(maryam: Objecting) -> None:
    assert at_once([lambda: maryam.me("POST", json=DAYS)] * 4) == {201: 4}
    assert maryam.records.counts(["objections", "objection_months"]) == [1, 1]


def test_a_draft_is_submitted_once(maryam: Objecting) -> None:
    path = f"{OWN}/{maryam.drafted(DAYS)['id']}/confirmation"
    assert at_once([lambda: maryam.me("POST", path)] * 4) == {200: 1, 409: 3}


def test_a_draft_that_is_submitted_while_it_changes_is_one_or_the_other(maryam: Objecting) -> None:
    path = f"{OWN}/{maryam.drafted(DAYS)['id']}"
    other = {**DAYS, "text": "متن دیگر"}
    statuses = at_once(
        [
            lambda: maryam.me("POST", f"{path}/confirmation"),
            lambda: maryam.me("PUT", path, json=other),
            lambda: maryam.me("POST", json=DAYS),
        ]
    )
    assert set(statuses) <= {200, 201, 404, 409}
    states = Counter(item["status"] for item in answered(maryam.me("GET"))["items"])
    assert states in ({"submitted": 1}, {"draft": 1})


def test_of_two_officers_one_proposes(maryam: Objecting) -> None:
    objection_id = maryam.submitted(DAYS)["id"]
    statuses = at_once(
        [
            lambda: maryam.propose(objection_id, officer_id=OFFICER),
            lambda: maryam.propose(objection_id, accept=False, officer_id=SECOND_OFFICER),
        ]
    )
    assert statuses == {200: 1, 409: 1}


def test_a_decision_is_confirmed_once(maryam: Objecting) -> None:
    objection_id = maryam.submitted(DAYS)["id"]
    answered(maryam.propose(objection_id))
    assert at_once([lambda: maryam.confirm(objection_id)] * 4) == {200: 1, 409: 3}
    assert maryam.records.counts(["corrections"]) == [1]


def test_two_objections_of_one_person_are_accepted_at_once(maryam: Objecting) -> None:
    ids = [maryam.submitted(body)["id"] for body in (DAYS, PERIOD)]
    for objection_id in ids:
        answered(maryam.propose(objection_id))
    calls = [lambda objection_id=objection_id: maryam.confirm(objection_id) for objection_id in ids]
    assert at_once(calls) == {200: 2}
    assert maryam.statement()["summary"]["total_days"] == 30 + 56


def test_a_list_and_a_decision_at_once(maryam: Objecting) -> None:
    objection_id = maryam.submitted(DAYS)["id"]
    answered(maryam.propose(objection_id))
    files = listed(5, number="02")
    assert at_once([lambda: maryam.confirm(objection_id), lambda: maryam.records.upload(files)]) == {
        200: 1,
        201: 1,
    }
    assert maryam.statement()["summary"]["total_days"] == 30
