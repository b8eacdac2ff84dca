"""Days and months that do not exist or have not come yet, in the Jalali calendar: refused by every call."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from services.kit.jalali import JalaliMonth, to_tehran_date
from tests.contract.services import OBJECTIONS, Served
from tests.fakes.lists import MARYAM, MEHR
from tests.service.inquiry.desk import API, Desk, as_clerk
from tests.service.kit.calls import read_problem
from tests.service.records.desk import Desk as RecordsDesk
from tests.service.records.desk import write_files
from tests.tokens import mint

NO_DAYS = [
    *("1402-12-30", "1403-12-31", "1403-07-31", "1403-06-32", "1403-01-00", "1403-00-10", "1403-13-01"),
    *("1403/07-15", "1403-7-15", "14030715", "2024-10-06", "0000-01-01", "9999-12-29", "-1403-01-01", ""),
]
NO_MONTHS = ["1403-00", "1403-13", "1403-7", "140307", "1403", "2024-10", "-403-01", "1403-07-01", "مهر", ""]
ABSENT = str(uuid.UUID(int=5))


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Return a SQLite database: refused calls never reach it, so one kind is enough."""
    return sqlite_url


def get_current_month() -> JalaliMonth:
    return JalaliMonth.from_date(to_tehran_date(datetime.now(UTC)))


def list_refused_fields(served: Served, role: str | None, method: str, path: str, **kw: Any) -> list[str]:
    headers = served.build_headers(role, audience=served.name, manager=True) if role else {}
    response = served.app.test_client().open(path, method=method, headers=headers, **kw)
    return [error["field"] for error in read_problem(response, 422, "validation")["errors"]]


@pytest.mark.parametrize("day", NO_DAYS)
def test_a_day_that_does_not_exist_is_refused(served: Served, day: str) -> None:
    person = {"national_code": MARYAM.national_code, "birth_date_jalali": day}
    if served.name == "auth":
        for path, body in (
            ("registrations", person | {"mobile": "09120000000"}),
            ("password-resets", person),
        ):
            refused = list_refused_fields(served, None, "POST", f"/api/v1/auth/{path}", json=body)
            assert refused == ["birth_date_jalali"]
    if served.name == "records":
        refused = list_refused_fields(served, "service", "POST", "/internal/people/match", json=person)
        assert refused == ["birth_date_jalali"]


@pytest.mark.parametrize("month", NO_MONTHS)
def test_a_month_that_does_not_exist_is_refused(served: Served, month: str) -> None:
    if served.name == "records":
        for name in ("from", "to"):
            path = f"/api/v1/records/me/contributions?{name}={month}"
            assert list_refused_fields(served, "citizen", "GET", path) == [name]
    if served.name == "inquiry":
        report = {"inquiry_id": ABSENT, "month_jalali": month, "text": "x"}
        refused = list_refused_fields(served, "institution", "POST", f"{API}/discrepancies", json=report)
        assert refused == ["month_jalali"]


def test_a_span_that_ends_before_it_begins_is_refused(served: Served) -> None:
    if served.name == "records":
        path = "/api/v1/records/me/contributions?from=1403-07&to=1403-06"
        assert list_refused_fields(served, "citizen", "GET", path) == ["to"]


@pytest.mark.parametrize("months", [1, 12, 60])
def test_discrepancy_in_a_future_month_is_refused(inquiry_desk: Desk, months: int) -> None:
    person = inquiry_desk.add_person()
    response = inquiry_desk.inquire(
        person.national_code, inquiry_desk.issue_permit(person)["code"], headers=as_clerk()
    )
    report = {"inquiry_id": response.get_json()["inquiry_id"], "text": "این ماه نیامده است"}

    def send(month: JalaliMonth) -> Any:
        body = report | {"month_jalali": str(month)}
        return inquiry_desk.client.post(f"{API}/discrepancies", json=body, headers=as_clerk())

    document = read_problem(send(get_current_month().add_months(months)), 422, "validation")
    assert [error["field"] for error in document["errors"]] == ["month_jalali"]
    assert inquiry_desk.list_events("discrepancy.") == []
    assert send(get_current_month()).status_code == 201


@pytest.mark.parametrize("months", [1, 12, 60])
def test_list_of_a_future_month_is_refused(records_desk: RecordsDesk, months: int) -> None:
    before = records_desk.count_rows()
    document = read_problem(
        records_desk.upload(write_files(MARYAM, month=get_current_month().add_months(months))),
        422,
        "list-refused",
    )
    assert [(finding["field"], finding["code"]) for finding in document["findings"]] == [
        ("DSK_MM", "period-differs")
    ]
    assert records_desk.count_rows() == before
    records_desk.import_list(write_files(MARYAM, month=get_current_month()))


@pytest.mark.parametrize(
    ("month", "longest"), [("1403-06", 31), ("1403-07", 30), ("1402-12", 29), ("1403-12", 30)]
)
def test_no_list_has_more_days_than_its_month(records_desk: RecordsDesk, month: str, longest: int) -> None:
    def write_days(days: int) -> tuple[bytes, bytes]:
        return write_files(replace(MARYAM, days=days), month=JalaliMonth.parse(month))

    document = read_problem(records_desk.upload(write_days(longest + 1)), 422, "list-refused")
    errors = [finding["code"] for finding in document["findings"] if finding["severity"] == "error"]
    assert errors == ["days-out-of-range"]
    assert records_desk.count_rows() == [0, 0, 0, 0, 0]
    records_desk.import_list(write_days(longest))


@pytest.mark.parametrize(("days", "month"), [(31, MEHR), (29, MEHR.add_months(1)), (-1, MEHR), (10**9, MEHR)])
def test_objection_outside_the_month_is_refused(
    records_desk: RecordsDesk, days: int, month: JalaliMonth
) -> None:
    imported = records_desk.import_list(write_files(MARYAM))
    claimed = {"month_jalali": str(month), "workshop_code": imported["workshop_code"], "days": days}
    body = {"kind": "days", "months": [claimed], "text": "نادرست است"}
    token = mint("citizen", records_desk.find_person_id(MARYAM.national_code or ""), scopes=["self"])
    response = records_desk.call("POST", OBJECTIONS, token, json=body)
    document = read_problem(response, 422, "validation")
    assert document["errors"][0]["field"].startswith("months.0.")
    assert records_desk.count_rows(["objections"]) == [0]
