"""Officers find lists by workshop, month, number and the workshop's name, in any spelling."""

import pytest
import sqlalchemy as sa

from services.kit.jalali import JalaliMonth
from services.records.actions.workshops import fill_folded_names
from services.records.models import Workshop
from tests.fakes.lists import MARYAM, MEHR
from tests.paging import assert_paged
from tests.service.records.desk import LISTS, Desk, write_files
from tests.service.records.objectors import read_problem, read_reply

BAHAR, LALEH = "0012345678", "0000456789"
ABAN = MEHR.add_months(1)
ALL = {(BAHAR, "1403-07", "1"), (BAHAR, "1403-07", "2"), (BAHAR, "1403-08", "1"), (LALEH, "1403-07", "1")}


@pytest.fixture
def lists(desk: Desk) -> Desk:
    for month, number in ((MEHR, "01"), (MEHR, "02"), (ABAN, "01")):
        desk.import_list(write_files(MARYAM, month=month, number=number))
    desk.import_list(write_files(MARYAM, workshop="456789", name="هیأت مدیره‌ی لاله 100%"))
    return desk


def find_lists(desk: Desk, **query: str) -> set[tuple[str, str, str]]:
    reply = read_reply(desk.call_as_officer("GET", LISTS, "lists", query_string=query))
    places = [(one["workshop_code"], one["month_jalali"], one["list_number"]) for one in reply["items"]]
    assert len(set(places)) == len(places)
    return set(places)


CASES: list[tuple[dict[str, str], set[tuple[str, str, str]]]] = [
    ({}, ALL),
    ({"workshop": "456789"}, {(LALEH, "1403-07", "1")}),
    ({"workshop": " ۱۲۳۴۵۶۷۸ "}, {one for one in ALL if one[0] == BAHAR}),
    ({"month": "۱۴۰۳-۰۸"}, {(BAHAR, "1403-08", "1")}),
    ({"number": "000000000002"}, {(BAHAR, "1403-07", "2")}),
    ({"number": "1"}, {one for one in ALL if one[2] == "1"}),
    ({"workshop": BAHAR, "month": "1403-07", "number": "01"}, {(BAHAR, "1403-07", "1")}),
    ({"name": "نجاري"}, {one for one in ALL if one[0] == BAHAR}),
    ({"name": "هیئت مدیره ی"}, {(LALEH, "1403-07", "1")}),
    ({"name": "نجاری", "workshop": LALEH}, set()),
    ({"name": "%"}, {(LALEH, "1403-07", "1")}),
    ({"name": "_"}, set()),
    ({"name": "۱۰۰%"}, {(LALEH, "1403-07", "1")}),
    ({"workshop": "99"}, set()),
]


def test_filters_may_be_combined(lists: Desk) -> None:
    for query, expected in CASES:
        assert find_lists(lists, **query) == expected, query


def test_a_filtered_collection_is_paged(lists: Desk) -> None:
    assert_paged(
        lambda page: lists.call_as_officer("GET", LISTS, "lists", query_string={**page, "workshop": BAHAR}), 3
    )


def test_a_workshop_is_found_by_its_latest_name(lists: Desk) -> None:
    lists.import_list(write_files(MARYAM, month=JalaliMonth(1403, 9), name="کارگاه نیلوفر"))
    assert find_lists(lists, name="نجاری") == set()
    assert len(find_lists(lists, name="نیلوفر")) == 4


def test_workshops_of_older_code_are_found_after_the_housekeeping(lists: Desk) -> None:
    with lists.sessions.begin() as session:
        session.execute(sa.update(Workshop).values(folded_name=None))
    assert find_lists(lists, name="نجاری") == set()
    fill_folded_names(lists.sessions)
    assert len(find_lists(lists, name="نجاری")) == 3


@pytest.mark.parametrize(
    ("query", "field"),
    [({"month": "1403-13"}, "month"), ({"name": "ن" * 101}, "name"), ({"workshop": "1" * 11}, "workshop")],
)
def test_a_filter_that_cannot_be_read_is_refused(desk: Desk, query: dict[str, str], field: str) -> None:
    response = desk.call_as_officer("GET", LISTS, "lists", query_string=query)
    assert read_problem(response) == (422, "validation")
    assert [error["field"] for error in response.get_json()["errors"]] == [field]
