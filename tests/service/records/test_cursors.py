"""Every collection of records has each of its items once, in pages of any size."""

from collections.abc import Callable, Mapping
from typing import Any

from werkzeug.test import TestResponse

from services.kit.jalali import JalaliMonth
from tests.fakes.lists import MARYAM
from tests.paging import assert_paged, walk
from tests.service.records.desk import LISTS, Desk, write_files
from tests.service.records.objectors import DAYS, PERIOD, Objector, write_one_month

CONTRIBUTIONS = "/api/v1/records/me/contributions"


def fill(desk: Desk) -> str:
    """Return the national code of a person with three months, one of them with two lists."""
    for month, number in ((6, "01"), (7, "01"), (7, "02"), (8, "01")):
        desk.import_list(write_files(MARYAM, month=JalaliMonth(1403, month), number=number))
    assert MARYAM.national_code
    return MARYAM.national_code


def test_lists(desk: Desk) -> None:
    fill(desk)

    def get(page: Mapping[str, Any]) -> TestResponse:
        return desk.call_as_officer("GET", LISTS, "lists", query_string=page)

    assert_paged(get, 4)


def build_reader(desk: Desk, national_code: str, **query: str) -> Callable[[Mapping[str, Any]], TestResponse]:
    return lambda page: desk.get_as_citizen(national_code, CONTRIBUTIONS, query_string={**page, **query})


def test_contributions(desk: Desk) -> None:
    national_code = fill(desk)
    assert_paged(build_reader(desk, national_code), 4)
    assert_paged(build_reader(desk, national_code, **{"from": "1403-07", "to": "1403-07"}), 2)
    months = [item["month_jalali"] for item in walk(build_reader(desk, national_code), 1)]
    assert months == sorted(months)


def test_objections(desk: Desk) -> None:
    fill(desk)
    maryam = Objector(desk)
    desk.import_list(write_one_month(20))
    for _ in range(2):
        maryam.decide(PERIOD, accept=False)
    maryam.submit(DAYS)
    draft = maryam.create_draft(PERIOD)

    def list_own(page: Mapping[str, Any]) -> TestResponse:
        return maryam.call("GET", query_string=page)

    def list_all(page: Mapping[str, Any]) -> TestResponse:
        return maryam.call_as_officer("GET", query_string=page)

    assert_paged(list_own, 4)
    assert walk(list_own, 1)[0]["id"] == draft["id"]
    assert_paged(list_all, 3)
    assert_paged(lambda page: maryam.call_as_officer("GET", query_string={**page, "status": "rejected"}), 2)
    oldest_first = walk(
        lambda page: maryam.call_as_officer("GET", query_string={**page, "order": "oldest"}), 1
    )
    assert oldest_first == walk(list_all, 3)[::-1]
