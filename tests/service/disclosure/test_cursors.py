"""Every list of disclosure has each of its items once, in pages of any size."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.paging import assert_paged, walk
from tests.service.disclosure.desk import API, KARIMI, OFFICER, Desk, authorise


def build_getter(
    desk: Desk, path: str, headers: dict[str, str], **query: str
) -> Callable[[Mapping[str, Any]], TestResponse]:
    return lambda page: desk.client.get(f"{API}/{path}", query_string={**page, **query}, headers=headers)


def test_requests_are_paged(desk: Desk) -> None:
    mine = {desk.create_request() for _ in range(3)}
    failed = desk.create_request(KARIMI)
    desk.report_failure(failed, desk.start_attempt(failed), retriable=False)
    assert_paged(build_getter(desk, "requests", authorise()), 3)
    assert {item["id"] for item in walk(build_getter(desk, "requests", authorise()), 1)} == mine
    assert_paged(build_getter(desk, "requests", OFFICER), 4)
    assert_paged(build_getter(desk, "requests", OFFICER, status="queued"), 3)
    assert_paged(build_getter(desk, "requests", OFFICER, status="failed"), 1)


def test_inbox_and_activity_are_paged(desk: Desk) -> None:
    letters = {desk.deliver_letter() for _ in range(3)}
    desk.deliver_letter(KARIMI)
    assert_paged(build_getter(desk, "inbox", authorise()), 3)
    assert {item["id"] for item in walk(build_getter(desk, "inbox", authorise()), 2)} == letters
    # Each letter has an event of its request, too.
    assert_paged(build_getter(desk, "activity", authorise()), 6)


def test_new_item_does_not_move_pages(desk: Desk) -> None:
    for _ in range(2):
        desk.create_request()
    get = build_getter(desk, "requests", authorise())
    first = get({"limit": 1}).get_json()
    desk.create_request()
    second = get({"limit": 1, "cursor": first["next_cursor"]}).get_json()
    assert second["next_cursor"] is None
    assert second["items"] != first["items"]


@pytest.mark.parametrize("path", ["requests", "inbox", "activity"])
def test_empty_list_is_one_empty_page(sqlite_desk: Desk, path: str) -> None:
    page = build_getter(sqlite_desk, path, authorise())({}).get_json()
    assert {name: page[name] for name in ("items", "next_cursor")} == {"items": [], "next_cursor": None}


def test_cursor_of_another_list_is_rejected(sqlite_desk: Desk) -> None:
    for _ in range(2):
        sqlite_desk.create_request()
    cursor = build_getter(sqlite_desk, "requests", authorise())({"limit": 1}).get_json()["next_cursor"]
    response = build_getter(sqlite_desk, "activity", authorise())({"cursor": cursor})
    assert (response.status_code, response.get_json()["code"]) == (422, "validation")
    assert [error["field"] for error in response.get_json()["errors"]] == ["cursor"]
