"""Every list of records shows each of its items once, by pages of any size."""

from collections.abc import Callable, Mapping
from typing import Any

from werkzeug.test import TestResponse

from services.kit.jalali import JalaliMonth
from tests.paging import assert_paged, walk
from tests.service.records.callers import LISTS, Records, files_of
from tests.service.records.objecting import DAYS, PERIOD, Objecting, listed
from tests.unit.records.lists.lists import MARYAM

CONTRIBUTIONS = "/api/v1/records/me/contributions"


def fill(records: Records) -> str:
    """Import a person's three months, two lists in one of them; returns the national code."""
    for month, number in ((6, "01"), (7, "01"), (7, "02"), (8, "01")):
        records.accept(files_of(MARYAM, month=JalaliMonth(1403, month), number=number))
    assert MARYAM.national_code
    return MARYAM.national_code


def test_lists(records: Records) -> None:
    fill(records)

    def get(page: Mapping[str, Any]) -> TestResponse:
        return records.as_officer("GET", LISTS, "lists", query_string=page)

    assert_paged(get, 4)


def contributions(
    records: Records, national_code: str, **query: str
) -> Callable[[Mapping[str, Any]], TestResponse]:
    return lambda page: records.as_citizen(national_code, CONTRIBUTIONS, query_string={**page, **query})


def test_contributions(records: Records) -> None:
    national_code = fill(records)
    assert_paged(contributions(records, national_code), 4)
    assert_paged(contributions(records, national_code, **{"from": "1403-07", "to": "1403-07"}), 2)
    months = [item["month_jalali"] for item in walk(contributions(records, national_code), 1)]
    assert months == sorted(months)


def test_objections(records: Records) -> None:
    fill(records)
    maryam = Objecting(records)
    records.accept(listed(20))
    for _ in range(2):
        maryam.decided(PERIOD, accept=False)
    maryam.submitted(DAYS)
    draft = maryam.drafted(PERIOD)

    def own(page: Mapping[str, Any]) -> TestResponse:
        return maryam.me("GET", query_string=page)

    def everybodys(page: Mapping[str, Any]) -> TestResponse:
        return maryam.officer("GET", query_string=page)

    assert_paged(own, 4)
    assert walk(own, 1)[0]["id"] == draft["id"]
    assert_paged(everybodys, 3)
    assert_paged(lambda page: maryam.officer("GET", query_string={**page, "status": "rejected"}), 2)
