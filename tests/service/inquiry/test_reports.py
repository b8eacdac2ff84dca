"""What becomes of an institution's report: its person declines it, or objects to the record."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from werkzeug.test import TestResponse

from services.kit.feed import Event
from tests.paging import assert_paged
from tests.service.inquiry.desk import API, BANK_NAME, OTHER_BANK_ID, Desk, Person, as_clerk

TEXT = "در مدارک ما ۳۰ روز کار است."
AT = datetime(2026, 11, 25, 10, 20, tzinfo=UTC)


@pytest.fixture
def person(desk: Desk) -> Person:
    return desk.add_person()


@pytest.fixture
def report_id(desk: Desk, person: Person) -> str:
    return send_report(desk, person, desk.issue_permit(person)["code"])


def send_report(desk: Desk, person: Person, code: str, month: str = "1402-07") -> str:
    inquiry = desk.inquire(person.national_code, code, headers=as_clerk()).get_json()
    body = {"inquiry_id": inquiry["inquiry_id"], "month_jalali": month, "text": TEXT}
    response = desk.client.post(f"{API}/discrepancies", json=body, headers=as_clerk())
    assert response.status_code == 201, response.text
    return str(response.get_json()["id"])


def find_report(desk: Desk, report_id: str, headers: dict[str, str]) -> dict[str, Any]:
    (items,) = desk.client.get(f"{API}/discrepancies", headers=headers).get_json()["items"]
    single: dict[str, Any] = desk.client.get(f"{API}/discrepancies/{report_id}", headers=headers).get_json()
    assert single == items
    return single


def find_status(desk: Desk, report_id: str, person: Person) -> str:
    """Return the status, which institution and person see alike."""
    seen = find_report(desk, report_id, person.headers)["status"]
    assert find_report(desk, report_id, as_clerk())["status"] == seen
    return str(seen)


def decline_report(desk: Desk, report_id: str, headers: dict[str, str]) -> Any:
    return desk.client.post(f"{API}/discrepancies/{report_id}/decline", headers=headers)


class Objecting:
    """The events of a person's objections that came of a report."""

    def __init__(self, desk: Desk, person: Person, report_id: str) -> None:
        self.desk, self.person, self.report_id = desk, person, report_id
        self.number = 0

    def send(self, name: str, objection_id: uuid.UUID, number: int | None = None, **data: Any) -> None:
        self.number += 1
        data = {
            "objection_id": str(objection_id),
            "kind": "days",
            "months": ["1402-07"],
            "discrepancy_ids": [self.report_id],
            **data,
        }
        event = Event(
            number or self.number, str(uuid.uuid4()), f"objection.{name}", AT, str(self.person.id), data, "r"
        )
        self.desk.read_records(event)


@pytest.fixture
def objecting(desk: Desk, person: Person, report_id: str) -> Objecting:
    return Objecting(desk, person, report_id)


def test_person_reads_report_with_institution_month_and_text(
    desk: Desk, person: Person, report_id: str
) -> None:
    report = find_report(desk, report_id, person.headers)
    assert report["text"] == TEXT
    assert report["institution"] == BANK_NAME
    assert report["month_jalali"] == "1402-07"
    assert report["serial"] == person.letter.serial
    assert report["letter_id"] == str(person.letter.id)
    assert report["permit_id"]
    assert report["status"] == "reported"
    assert report["objection_id"] is None


def test_institution_reads_its_report_without_the_persons_ids(
    desk: Desk, person: Person, report_id: str
) -> None:
    report = find_report(desk, report_id, as_clerk())
    assert (report["text"], report["serial"]) == (TEXT, person.letter.serial)
    assert (report["letter_id"], report["permit_id"], report["objection_id"]) == (None, None, None)


def test_others_see_nothing(desk: Desk, person: Person, report_id: str) -> None:
    stranger, other_bank = desk.add_person(2), as_clerk(institution_id=OTHER_BANK_ID)
    for headers in (stranger.headers, other_bank):
        assert desk.client.get(f"{API}/discrepancies", headers=headers).get_json()["items"] == []
        assert desk.client.get(f"{API}/discrepancies/{report_id}", headers=headers).status_code == 404
    assert decline_report(desk, report_id, stranger.headers).status_code == 404
    assert decline_report(desk, report_id, as_clerk()).status_code == 403
    assert find_status(desk, report_id, person) == "reported"


def test_declined_report_is_declined_for_both_and_says_so_once(
    desk: Desk, person: Person, report_id: str
) -> None:
    for _ in range(2):
        response = decline_report(desk, report_id, person.headers)
        assert (response.status_code, response.get_json()["status"]) == (200, "declined")
    assert find_status(desk, report_id, person) == "declined"
    (event,) = desk.list_events("discrepancy.declined")
    assert (event.subject, event.data["discrepancy_id"]) == (str(person.id), report_id)


@pytest.mark.parametrize("outcome", ["accepted", "rejected"])
def test_objection_is_followed_to_its_decision(
    desk: Desk, person: Person, report_id: str, objecting: Objecting, outcome: str
) -> None:
    objection_id = uuid.uuid4()
    objecting.send("submitted", objection_id)
    report = find_report(desk, report_id, person.headers)
    assert (report["status"], report["objection_id"]) == ("objected", str(objection_id))
    objecting.send("decided", objection_id, outcome=outcome)
    assert find_status(desk, report_id, person) == "decided"


def test_withdrawn_objection_leaves_the_report_reported(
    desk: Desk, person: Person, report_id: str, objecting: Objecting
) -> None:
    objection_id = uuid.uuid4()
    objecting.send("submitted", objection_id)
    objecting.send("withdrawn", objection_id)
    report = find_report(desk, report_id, person.headers)
    assert (report["status"], report["objection_id"]) == ("reported", None)
    again = uuid.uuid4()
    objecting.send("submitted", again)
    assert find_report(desk, report_id, person.headers)["objection_id"] == str(again)


def test_late_objection_takes_precedence_over_a_refusal(
    desk: Desk, person: Person, report_id: str, objecting: Objecting
) -> None:
    decline_report(desk, report_id, person.headers)
    objection_id = uuid.uuid4()
    objecting.send("submitted", objection_id)
    assert find_status(desk, report_id, person) == "objected"
    refused = decline_report(desk, report_id, person.headers)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "discrepancy-answered")
    assert refused.get_json()["discrepancy_status"] == "objected"
    objecting.send("withdrawn", objection_id)
    assert find_status(desk, report_id, person) == "reported"
    decline_report(desk, report_id, person.headers)
    # Repeated, the event of an objection that has ended changes nothing.
    objecting.send("submitted", objection_id)
    assert find_status(desk, report_id, person) == "declined"


def test_decision_without_its_submission_is_enough(
    desk: Desk, person: Person, report_id: str, objecting: Objecting
) -> None:
    objecting.send("decided", uuid.uuid4(), outcome="accepted")
    assert find_status(desk, report_id, person) == "decided"


def test_objection_of_another_person_does_not_change_a_report(
    desk: Desk, person: Person, report_id: str
) -> None:
    Objecting(desk, desk.add_person(2), report_id).send("submitted", uuid.uuid4())
    assert find_status(desk, report_id, person) == "reported"


def test_unknown_report_of_an_objection_is_skipped(desk: Desk, person: Person, report_id: str) -> None:
    objecting = Objecting(desk, person, report_id)
    objecting.send("submitted", uuid.uuid4(), discrepancy_ids=[str(uuid.uuid4()), report_id])
    assert find_status(desk, report_id, person) == "objected"


def test_one_objection_answers_several_reports(desk: Desk, person: Person) -> None:
    code = desk.issue_permit(person)["code"]
    reports = [send_report(desk, person, code, month) for month in ("1402-07", "1402-08", "1402-09")]
    Objecting(desk, person, "").send("submitted", uuid.uuid4(), discrepancy_ids=reports[:2])
    items = desk.client.get(f"{API}/discrepancies", headers=person.headers).get_json()["items"]
    assert {one["id"]: one["status"] for one in items} == dict(
        zip(reports, ("objected", "objected", "reported"), strict=True)
    )


def test_reports_are_paged_newest_first(desk: Desk, person: Person) -> None:
    code = desk.issue_permit(person)["code"]
    sent = [send_report(desk, person, code) for _ in range(4)]
    for headers in (person.headers, as_clerk()):
        get = partial(_get_page, desk, headers)
        assert_paged(get, len(sent))
        items = get({}).get_json()["items"]
        assert sorted(one["id"] for one in items) == sorted(sent)
        moments = [one["reported_at"] for one in items]
        assert moments == sorted(moments, reverse=True)


def _get_page(desk: Desk, headers: dict[str, str], query: Mapping[str, Any]) -> TestResponse:
    return desk.client.get(f"{API}/discrepancies", query_string=query, headers=headers)


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "eyJhIjoxfQ"])
def test_invalid_cursor_is_rejected(desk: Desk, person: Person, cursor: str) -> None:
    response = desk.client.get(f"{API}/discrepancies?cursor={cursor}", headers=person.headers)
    assert (response.status_code, response.get_json()["errors"][0]["field"]) == (422, "cursor")


def test_report_follows_its_person_in_a_merger(desk: Desk, person: Person, report_id: str) -> None:
    remaining = desk.add_person(2)
    merged = Event(
        1, str(uuid.uuid4()), "person.merged", AT, str(person.id), {"into": str(remaining.id)}, "r"
    )
    desk.read_records(merged)
    Objecting(desk, remaining, report_id).send("submitted", uuid.uuid4(), number=2)
    assert find_status(desk, report_id, remaining) == "objected"
    assert decline_report(desk, report_id, remaining.headers).status_code == 409
