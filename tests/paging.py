"""Walking a list of the public contract page by page, as its callers do."""

from collections.abc import Callable, Mapping
from typing import Any

from werkzeug.test import TestResponse

# More pages than any list of a test has.
MOST_PAGES = 100


def walk(get: Callable[[Mapping[str, Any]], TestResponse], limit: int) -> list[Any]:
    """All items of a list, fetched `limit` at a time; every page but the last must be full."""
    items: list[Any] = []
    query: dict[str, Any] = {"limit": limit}
    for _ in range(MOST_PAGES):
        answer = get(query)
        assert answer.status_code == 200, answer.text
        page = answer.get_json()
        assert page.keys() >= {"items", "next_cursor"}
        items += page["items"]
        if page["next_cursor"] is None:
            assert len(page["items"]) <= limit
            return items
        assert len(page["items"]) == limit
        query["cursor"] = page["next_cursor"]
    raise AssertionError("the list does not end")


def assert_paged(get: Callable[[Mapping[str, Any]], TestResponse], count: int) -> None:
    """Check that pages of any size show `count` different items, each once and in one order."""
    at_once = get({}).get_json()["items"]
    assert len(at_once) == count
    assert all(at_once.count(item) == 1 for item in at_once)
    for limit in range(1, count + 2):
        assert walk(get, limit) == at_once
