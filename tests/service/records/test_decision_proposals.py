"""Decisions about objections are proposals among all others."""

import uuid

import pytest
import sqlalchemy as sa

from services.records.models import Proposal
from tests.service.records.desk import OFFICER, Desk
from tests.service.records.objectors import (
    DAYS,
    PERIOD,
    SECOND_OFFICER,
    Objector,
    read_problem,
    read_reply,
    write_one_month,
)

PROPOSALS = "/api/v1/records/proposals"


@pytest.fixture
def maryam(desk: Desk) -> Objector:
    desk.import_list(write_one_month(12))
    return Objector(desk)


def test_a_decision_is_a_proposal_from_its_first_step_to_its_last(maryam: Objector) -> None:
    objection_id = maryam.submit(DAYS)["id"]
    read_reply(maryam.propose(objection_id))
    (proposal,) = read_reply(maryam.call_as_officer("GET", f"{PROPOSALS}?status=proposed"))["items"]
    assert (proposal["kind"], proposal["target"]) == ("objection-decision", objection_id)
    assert (proposal["proposed_by"], proposal["confirmed_by"]) == (str(OFFICER), None)
    assert "differences" not in proposal
    document = read_reply(maryam.call_as_officer("GET", f"{PROPOSALS}/{proposal['id']}"))
    assert document["differences"] == [
        {
            "month_jalali": "1402-07",
            "workshop_code": "0012345678",
            "field": "days",
            "old": 12,
            "new": 30,
        }
    ]
    assert document["reason"] == "کارت ساعت دیده شد."
    read_reply(maryam.confirm(objection_id))
    decided = read_reply(maryam.call_as_officer("GET", f"{PROPOSALS}/{proposal['id']}"))
    assert (decided["status"], decided["confirmed_by"]) == ("confirmed", str(SECOND_OFFICER))


@pytest.mark.parametrize(("officer", "status"), [(OFFICER, "withdrawn"), (SECOND_OFFICER, "rejected")])
def test_a_decision_that_falls_ends_its_proposal(maryam: Objector, officer: uuid.UUID, status: str) -> None:
    objection_id = maryam.submit(PERIOD)["id"]
    read_reply(maryam.propose(objection_id))
    read_reply(
        maryam.call_as_officer("DELETE", f"/api/v1/records/objections/{objection_id}/decision", officer)
    )
    read_reply(maryam.propose(objection_id))
    items = read_reply(maryam.call_as_officer("GET", PROPOSALS))["items"]
    assert [item["status"] for item in items] == ["proposed", status]


def test_a_decision_withdrawn_by_older_code_does_not_prevent_the_next(maryam: Objector) -> None:
    objection_id = maryam.submit(DAYS)["id"]
    read_reply(maryam.propose(objection_id))
    with maryam.desk.sessions.begin() as session:
        session.execute(
            sa.text(
                "UPDATE objections SET status = 'submitted', accept = NULL, reason = NULL,"
                " proposed_by = NULL, proposed_at = NULL"
            )
        )
    read_reply(maryam.propose(objection_id, officer_id=SECOND_OFFICER))
    items = read_reply(maryam.call_as_officer("GET", PROPOSALS))["items"]
    assert [item["status"] for item in items] == ["proposed", "withdrawn"]


def test_a_decision_proposed_before_the_upgrade_is_confirmed(maryam: Objector) -> None:
    objection_id = maryam.submit(DAYS)["id"]
    read_reply(maryam.propose(objection_id))
    with maryam.desk.sessions.begin() as session:
        session.execute(sa.text("DELETE FROM proposal_people"))
        session.execute(sa.delete(Proposal))
    read_reply(maryam.confirm(objection_id))
    (item,) = read_reply(maryam.call_as_officer("GET", PROPOSALS))["items"]
    assert (item["status"], item["proposed_by"]) == ("confirmed", str(OFFICER))


def test_a_decision_is_decided_by_its_own_calls_only(maryam: Objector) -> None:
    read_reply(maryam.propose(maryam.submit(DAYS)["id"]))
    (proposal,) = read_reply(maryam.call_as_officer("GET", PROPOSALS))["items"]
    path = f"{PROPOSALS}/{proposal['id']}/confirmation"
    assert read_problem(maryam.call_as_officer("POST", path, SECOND_OFFICER)) == (422, "validation")


def test_an_officer_of_lists_sees_no_decisions(maryam: Objector) -> None:
    read_reply(maryam.propose(maryam.submit(DAYS)["id"]))
    assert maryam.desk.call_as_officer("GET", PROPOSALS, "lists").get_json()["items"] == []
    (proposal,) = read_reply(maryam.call_as_officer("GET", PROPOSALS))["items"]
    other = maryam.desk.call_as_officer("GET", f"{PROPOSALS}/{proposal['id']}", "lists")
    assert read_problem(other) == (403, "forbidden")
