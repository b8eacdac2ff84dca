"""Objections of older code, whose events had no months, are stated once by the new code."""

from typing import Any

import sqlalchemy as sa

from services.records.actions.restatements import publish_restatements
from services.records.models import Objection, Outbox
from tests.service.records.desk import Desk
from tests.service.records.objectors import DAYS, PERIOD, Objector, write_one_month


def _forget_months(desk: Desk) -> None:
    """Leave the objections as older code has written them."""
    with desk.sessions.begin() as session:
        session.execute(sa.update(Objection).values(stated_at=None))


def _list_restated(desk: Desk) -> list[tuple[str | None, dict[str, Any]]]:
    with desk.sessions() as session:
        rows = session.scalars(
            sa.select(Outbox).where(Outbox.name == "objection.restated").order_by(Outbox.position)
        )
        return [(row.subject, row.data) for row in rows]


def test_older_objections_are_restated_once_as_they_stand(desk: Desk) -> None:
    desk.import_list(write_one_month(12))
    maryam = Objector(desk)
    rejected = maryam.decide(DAYS, accept=False)
    submitted = maryam.submit(PERIOD)
    maryam.create_draft(DAYS)
    _forget_months(desk)
    assert publish_restatements(desk.sessions) == 2
    person_id = str(desk.find_person_id(maryam.code))
    first, second = _list_restated(desk)
    assert first == (
        person_id,
        {
            "objection_id": rejected["id"],
            "kind": "days",
            "months": ["1402-07"],
            "status": "rejected",
            "submitted_at": rejected["submitted_at"],
            "decided_at": rejected["decided_at"],
        },
    )
    assert second[1] == {
        "objection_id": submitted["id"],
        "kind": "missing-period",
        "months": ["1401-12", "1402-01", "1402-02"],
        "status": "submitted",
        "submitted_at": submitted["submitted_at"],
        "decided_at": None,
    }
    assert publish_restatements(desk.sessions) == 0
    assert len(_list_restated(desk)) == 2


def test_a_proposed_decision_is_restated_as_not_decided(desk: Desk) -> None:
    desk.import_list(write_one_month(12))
    maryam = Objector(desk)
    maryam.propose(maryam.submit(DAYS)["id"], accept=True)
    _forget_months(desk)
    assert publish_restatements(desk.sessions) == 1
    [(_, data)] = _list_restated(desk)
    assert (data["status"], data["decided_at"]) == ("submitted", None)


def test_objections_of_this_code_are_never_restated(desk: Desk) -> None:
    desk.import_list(write_one_month(12))
    Objector(desk).submit(DAYS)
    assert publish_restatements(desk.sessions) == 0
    assert _list_restated(desk) == []
