"""An objection names the reports of institutions that it came of, in its document and in its events."""

import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.records.models import Outbox
from tests.service.records.desk import Desk
from tests.service.records.objectors import (
    DAYS,
    OWN,
    PERIOD,
    Objector,
    read_problem,
    read_reply,
    write_one_month,
)

MANY = [str(uuid.UUID(int=number)) for number in range(21)]
FIRST, SECOND = (str(uuid.UUID(int=number)) for number in (1, 2))


@pytest.fixture
def maryam(desk: Desk) -> Objector:
    """Maryam, who has twelve listed days in Mehr 1402."""
    desk.import_list(write_one_month(12))
    return Objector(desk)


def read_event(objector: Objector, name: str) -> dict[str, Any]:
    """Return the data of the only event of that name."""
    with Session(objector.desk.engine) as session:
        return session.scalars(sa.select(Outbox).where(Outbox.name == name)).one().data


def test_reports_are_in_the_document_and_in_every_event(maryam: Objector) -> None:
    submitted = maryam.submit({**DAYS, "discrepancy_ids": [FIRST, SECOND, FIRST]})
    assert submitted["discrepancy_ids"] == [FIRST, SECOND]
    opened = read_reply(maryam.open(submitted["id"]))["objection"]
    assert opened["discrepancy_ids"] == [FIRST, SECOND]
    read_reply(maryam.call("POST", f"{OWN}/{submitted['id']}/withdrawal"))
    for name in ("objection.submitted", "objection.withdrawn"):
        assert read_event(maryam, name)["discrepancy_ids"] == [FIRST, SECOND]


@pytest.mark.parametrize("claim", [DAYS, PERIOD, {**DAYS, "discrepancy_ids": []}])
def test_objection_without_a_report_has_none_in_its_events(maryam: Objector, claim: dict[str, Any]) -> None:
    assert maryam.submit(claim)["discrepancy_ids"] == []
    assert "discrepancy_ids" not in read_event(maryam, "objection.submitted")


def test_draft_names_other_reports_when_it_is_replaced(maryam: Objector) -> None:
    draft = read_reply(maryam.call("POST", json={**PERIOD, "discrepancy_ids": [FIRST]}), 201)
    url = f"{OWN}/{draft['id']}"
    changed = read_reply(maryam.call("PUT", url, json={**PERIOD, "discrepancy_ids": [SECOND]}))
    assert changed["discrepancy_ids"] == [SECOND]
    assert read_reply(maryam.call("PUT", url, json=PERIOD))["discrepancy_ids"] == []


@pytest.mark.parametrize(
    ("claim", "reports"),
    [
        (DAYS, ["x"]),
        (DAYS, MANY),
        (DAYS, None),
        ({"kind": "identity", "fields": {"first_name": "مریم"}, "text": "x"}, [FIRST]),
    ],
)
def test_invalid_reports_are_rejected(maryam: Objector, claim: dict[str, Any], reports: Any) -> None:
    response = maryam.call("POST", json={**claim, "discrepancy_ids": reports})
    assert read_problem(response) == (422, "validation")
    assert response.get_json()["errors"][0]["field"].startswith("discrepancy_ids")
