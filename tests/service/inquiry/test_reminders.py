"""Owners are reminded once of permits that are about to end, in good time and only where it helps."""

import pytest

from services.inquiry.actions.reminders import report_endings
from tests.service.inquiry.desk import API, Desk


def list_reminded(desk: Desk) -> list[str]:
    report_endings(desk.sessions)
    return [str(event.data["permit_id"]) for event in desk.list_events("permit.ending")]


@pytest.mark.parametrize(
    ("valid_days", "early", "due"), [(30, 26, 2), (365, 361, 2), (7, 5, 2), (2, 0, 2), (8, 4, 2)]
)
def test_the_owner_is_reminded_once(desk: Desk, valid_days: int, early: int, due: int) -> None:
    person = desk.add_person()
    permit = desk.issue_permit(person, valid_days=valid_days)
    desk.pass_time(days=early)
    assert list_reminded(desk) == []
    desk.pass_time(days=1, hours=1)
    assert list_reminded(desk) == [permit["id"]]
    [event] = desk.list_events("permit.ending")
    assert event.subject == str(person.id)
    desk.pass_time(hours=due)
    assert list_reminded(desk) == [permit["id"]]


def test_a_permit_of_a_day_has_no_reminder(desk: Desk) -> None:
    desk.issue_permit(desk.add_person(), valid_days=1)
    for _ in range(25):
        desk.pass_time(hours=1)
        assert list_reminded(desk) == []


def test_a_permit_that_opens_nothing_has_no_reminder(desk: Desk) -> None:
    person = desk.add_person()
    revoked, paused, used_up = (desk.issue_permit(person, valid_days=30, max_views=1) for _ in range(3))
    desk.client.delete(f"{API}/permits/{revoked['id']}", headers=person.headers)
    desk.client.post(f"{API}/permits/{paused['id']}/pause", headers=person.headers)
    desk.inquire(person.national_code, used_up["code"])
    desk.pass_time(days=28)
    assert list_reminded(desk) == []


def test_each_permit_has_its_own_reminder(desk: Desk) -> None:
    person = desk.add_person()
    for _ in range(3):
        desk.issue_permit(person, valid_days=30)
    desk.pass_time(days=28)
    assert len(list_reminded(desk)) == 3
    assert report_endings(desk.sessions) == 0
