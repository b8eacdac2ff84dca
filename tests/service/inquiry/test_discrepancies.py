"""Discrepancies that institutions report."""

import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from services.inquiry.actions.limits import REPORTS_PER_DAY
from services.inquiry.actions.peppers import load_peppers
from services.inquiry.actions.sealing import decrypt_note
from services.inquiry.models import Discrepancy
from tests.service.inquiry.desk import API, OTHER_BANK_ID, Desk, alter_code, as_clerk


def _prepare_report(desk: Desk, headers: dict[str, str] | None) -> dict[str, Any]:
    person = desk.add_person()
    response = desk.inquire(person.national_code, desk.issue_permit(person)["code"], headers=headers)
    return {
        "inquiry_id": response.get_json()["inquiry_id"],
        "month_jalali": "۱۴۰۲-۰۷",
        "text": "این ماه نادرست است",
    }


def test_an_institution_reports_a_month_to_the_person(desk: Desk) -> None:
    report = _prepare_report(desk, as_clerk())
    response = desk.client.post(f"{API}/discrepancies", json=report, headers=as_clerk())
    assert response.status_code == 201
    assert (response.get_json()["inquiry_id"], response.get_json()["month_jalali"]) == (
        report["inquiry_id"],
        "1402-07",
    )
    (event,) = desk.list_events("discrepancy.")
    assert (event.name, event.data["month_jalali"]) == ("discrepancy.reported", "1402-07")
    with desk.sessions() as session:
        stored = session.scalars(sa.select(Discrepancy)).one()
    peppers = load_peppers(desk.settings.peppers_dir)
    assert decrypt_note(peppers, stored.id, stored.text) == report["text"]


def test_institution_reports_only_its_own_answers(desk: Desk) -> None:
    by_form, report = _prepare_report(desk, None), _prepare_report(desk, as_clerk())
    others = desk.client.post(
        f"{API}/discrepancies", json=report, headers=as_clerk(institution_id=OTHER_BANK_ID)
    )
    nobodys = desk.client.post(f"{API}/discrepancies", json=by_form, headers=as_clerk())
    unknown = {**report, "inquiry_id": str(uuid.uuid4())}
    invented = desk.client.post(f"{API}/discrepancies", json=unknown, headers=as_clerk())
    assert [response.status_code for response in (others, nobodys, invented)] == [404, 404, 404]
    assert desk.client.post(f"{API}/discrepancies", json=report).status_code == 401


def test_reports_about_one_permit_are_limited_a_day(desk: Desk) -> None:
    report, other = _prepare_report(desk, as_clerk()), _prepare_report(desk, as_clerk())

    def send(fields: dict[str, Any]) -> Any:
        return desk.client.post(f"{API}/discrepancies", json=fields, headers=as_clerk())

    for _ in range(REPORTS_PER_DAY):
        # What is refused for another reason does not count.
        assert send({**report, "month_jalali": "1499-01"}).status_code == 422
        assert send(report).status_code == 201
    refused = send(report)
    assert (refused.status_code, refused.get_json()["code"]) == (429, "too-many-reports")
    assert 0 < int(refused.headers["Retry-After"]) <= 24 * 3600
    assert "فردا" in refused.get_json()["detail"] or "دیگر" in refused.get_json()["detail"]
    assert send(other).status_code == 201
    with desk.sessions() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Discrepancy)) == REPORTS_PER_DAY + 1


def test_refused_inquiry_cannot_be_reported(desk: Desk) -> None:
    person = desk.add_person()
    issued = desk.issue_permit(person)
    desk.inquire(person.national_code, alter_code(issued["code"]), headers=as_clerk())
    (view,) = desk.list_views(person, issued["id"])
    report = {"inquiry_id": view["id"], "month_jalali": "1402-07", "text": "x"}
    assert desk.client.post(f"{API}/discrepancies", json=report, headers=as_clerk()).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [{"month_jalali": "1402-13"}, {"month_jalali": "2024-01-01"}, {"text": " \u200c "}, {"text": "x" * 1001}],
)
def test_invalid_fields_are_rejected(desk: Desk, wrong: dict[str, str]) -> None:
    report = _prepare_report(desk, as_clerk()) | wrong
    response = desk.client.post(f"{API}/discrepancies", json=report, headers=as_clerk())
    assert response.status_code == 422
    assert response.get_json()["errors"][0]["field"] == next(iter(wrong))
