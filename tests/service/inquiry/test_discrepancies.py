"""What institutions say does not fit."""

import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from services.inquiry.actions.peppers import load_peppers
from services.inquiry.actions.sealing import decrypt_note
from services.inquiry.models import Discrepancy
from tests.service.inquiry.desk import API, Desk, clerk, wrong_code

OTHER_BANK = "5b0e6d4c-2222-4b5e-9c33-0d1f5e3a7c02"


def _answered(desk: Desk, headers: dict[str, str] | None) -> dict[str, Any]:
    person = desk.person()
    answer = desk.inquire(person.national_code, desk.permit(person)["code"], headers=headers)
    return {
        "inquiry_id": answer.get_json()["inquiry_id"],
        "month_jalali": "۱۴۰۲-۰۷",
        "text": "این ماه نادرست است",
    }


def test_an_institution_reports_a_month_to_the_person(desk: Desk) -> None:
    report = _answered(desk, clerk())
    answer = desk.client.post(f"{API}/discrepancies", json=report, headers=clerk())
    assert answer.status_code == 201
    assert (answer.get_json()["inquiry_id"], answer.get_json()["month_jalali"]) == (
        report["inquiry_id"],
        "1402-07",
    )
    (event,) = desk.events("discrepancy.")
    assert (event.name, event.data["month_jalali"]) == ("discrepancy.reported", "1402-07")
    with desk.sessions() as session:
        kept = session.scalars(sa.select(Discrepancy)).one()
    peppers = load_peppers(desk.settings.peppers_dir)
    assert decrypt_note(peppers, kept.id, kept.text) == report["text"]


def test_only_what_this_institution_was_answered_is_reported(desk: Desk) -> None:
    by_form, report = _answered(desk, None), _answered(desk, clerk())
    others = desk.client.post(f"{API}/discrepancies", json=report, headers=clerk(institution_id=OTHER_BANK))
    nobodys = desk.client.post(f"{API}/discrepancies", json=by_form, headers=clerk())
    unknown = {**report, "inquiry_id": str(uuid.uuid4())}
    invented = desk.client.post(f"{API}/discrepancies", json=unknown, headers=clerk())
    assert [answer.status_code for answer in (others, nobodys, invented)] == [404, 404, 404]
    assert desk.client.post(f"{API}/discrepancies", json=report).status_code == 401


def test_a_refused_inquiry_is_no_ground_for_a_report(desk: Desk) -> None:
    person = desk.person()
    issued = desk.permit(person)
    desk.inquire(person.national_code, wrong_code(issued["code"]), headers=clerk())
    (view,) = desk.views(person, issued["id"])
    report = {"inquiry_id": view["id"], "month_jalali": "1402-07", "text": "x"}
    assert desk.client.post(f"{API}/discrepancies", json=report, headers=clerk()).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [{"month_jalali": "1402-13"}, {"month_jalali": "2024-01-01"}, {"text": " \u200c "}, {"text": "x" * 1001}],
)
def test_fields_are_checked(desk: Desk, wrong: dict[str, str]) -> None:
    answer = desk.client.post(f"{API}/discrepancies", json=_answered(desk, clerk()) | wrong, headers=clerk())
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["field"] == next(iter(wrong))
