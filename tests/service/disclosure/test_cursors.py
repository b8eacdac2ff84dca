"""Every list of disclosure shows each of its items once, by pages of any size."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.paging import assert_paged, walk
from tests.service.disclosure.world import KARIMI, OFFICER, PUBLIC, World, citizen


def getter(
    world: World, path: str, headers: dict[str, str], **query: str
) -> Callable[[Mapping[str, Any]], TestResponse]:
    return lambda page: world.client.get(f"{PUBLIC}/{path}", query_string={**page, **query}, headers=headers)


def test_requests(world: World) -> None:
    mine = {world.asked() for _ in range(3)}
    failed = world.asked(KARIMI)
    world.fail(failed, world.claimed(failed), retriable=False)
    assert_paged(getter(world, "requests", citizen()), 3)
    assert {item["id"] for item in walk(getter(world, "requests", citizen()), 1)} == mine
    assert_paged(getter(world, "requests", OFFICER), 4)
    assert_paged(getter(world, "requests", OFFICER, status="queued"), 3)
    assert_paged(getter(world, "requests", OFFICER, status="failed"), 1)


def test_inbox_and_activity(world: World) -> None:
    letters = {world.delivered() for _ in range(3)}
    world.delivered(KARIMI)
    assert_paged(getter(world, "inbox", citizen()), 3)
    assert {item["id"] for item in walk(getter(world, "inbox", citizen()), 2)} == letters
    # Each was asked for and came.
    assert_paged(getter(world, "activity", citizen()), 6)


def test_an_item_that_comes_meanwhile_moves_no_page(world: World) -> None:
    for _ in range(2):
        world.asked()
    get = getter(world, "requests", citizen())
    first = get({"limit": 1}).get_json()
    world.asked()
    second = get({"limit": 1, "cursor": first["next_cursor"]}).get_json()
    assert second["next_cursor"] is None
    assert second["items"] != first["items"]


@pytest.mark.parametrize("path", ["requests", "inbox", "activity"])
def test_an_empty_list_is_one_empty_page(sqlite_world: World, path: str) -> None:
    assert getter(sqlite_world, path, citizen())({}).get_json() == {"items": [], "next_cursor": None}


def test_a_cursor_of_another_list_is_refused(sqlite_world: World) -> None:
    for _ in range(2):
        sqlite_world.asked()
    cursor = getter(sqlite_world, "requests", citizen())({"limit": 1}).get_json()["next_cursor"]
    refused = getter(sqlite_world, "activity", citizen())({"cursor": cursor})
    assert (refused.status_code, refused.get_json()["code"]) == (422, "validation")
    assert [error["field"] for error in refused.get_json()["errors"]] == ["cursor"]
