"""Lists come in pages: what one holds, and how to read them all."""

from collections.abc import Callable, Iterator
from typing import Any, Generic, Literal, TypedDict, TypeVar

# The largest page that the API returns.
LARGEST_PAGE = 200
Item = TypeVar("Item")
Order = Literal["newest", "oldest"]


class Page(TypedDict, Generic[Item]):
    """A page of a list; `next_cursor` is None on the last one."""

    items: list[Item]
    next_cursor: str | None


def iterate(list_page: Callable[..., Page[Item]], *args: Any, **params: Any) -> Iterator[Item]:
    """Yield every item of a list: `iterate(client.inquiry.list_views, permit_id)`."""
    cursor: str | None = None
    while True:
        page = list_page(*args, **{"limit": LARGEST_PAGE, **params, "cursor": cursor})
        yield from page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return
