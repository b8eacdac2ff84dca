"""Cursors on lists: keyset paging, the same on every list.

A cursor contains its list and the last row's key; a changed one, or one of another list, is rejected.
"""

import base64
import hashlib
import json
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

import marshmallow as ma
import sqlalchemy as sa
from marshmallow import validate
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.kit.problems import Text, ValidationFailed
from services.kit.validation import INT64

Row = TypeVar("Row")
DEFAULT_LIMIT, MAX_LIMIT = 50, 200
CURSOR_WRONG = Text("نشانگر صفحه درست نیست.", "Not a cursor of this list.")


class PageQuery(ma.Schema):
    """``?limit=&cursor=`` of every list."""

    limit = ma.fields.Integer(load_default=DEFAULT_LIMIT, validate=validate.Range(1, MAX_LIMIT))
    cursor = ma.fields.String(load_default=None, validate=validate.Length(max=500))


class OrderedQuery(PageQuery):
    """``?order=`` of lists that are also worked through from the oldest on."""

    order = ma.fields.String(load_default="newest", validate=validate.OneOf(["newest", "oldest"]))

    @ma.post_load
    def _choose_order(self, data: dict[str, Any], **_kw: Any) -> dict[str, Any]:
        return data | {"newest_first": data.pop("order") == "newest"}


def _check(body: bytes) -> bytes:
    # Detects a changed cursor. It is not a secret: a cursor never contains what a caller may not see.
    return hashlib.sha256(b"govah-cursor" + body).digest()[:6]


def _encode(name: str, key: int | str) -> str:
    body = json.dumps([name, key]).encode()
    return base64.urlsafe_b64encode(_check(body) + body).decode().rstrip("=")


def _decode(name: str, cursor: str) -> int | str:
    refused = ValidationFailed(("cursor", CURSOR_WRONG))
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        list_name, key = json.loads(raw[6:])
    except (ValueError, TypeError) as error:
        raise refused from error
    if raw[:6] != _check(raw[6:]) or list_name != name or not isinstance(key, int | str):
        raise refused
    if isinstance(key, int) and key not in INT64:
        raise refused
    return key


def fetch_page(
    session: Session,
    query: sa.Select[Row],
    key: InstrumentedAttribute[int],
    *,
    name: str,
    limit: int,
    cursor: str | None,
    newest_first: bool = True,
) -> tuple[Sequence[Row], str | None]:
    """Return one page of a query, ordered by a growing integer key, and the cursor of the next page."""
    if cursor is not None:
        last = _decode(name, cursor)
        if not isinstance(last, int):
            raise ValidationFailed(("cursor", CURSOR_WRONG))
        query = query.where(key < last if newest_first else key > last)
    ordered = query.order_by(key.desc() if newest_first else key.asc()).limit(limit + 1)
    rows = session.scalars(ordered).all()
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], _encode(name, getattr(rows[limit - 1], key.key))


def fetch_page_by_moment(
    session: Session,
    query: sa.Select[Row],
    at: InstrumentedAttribute[datetime],
    key: InstrumentedAttribute[uuid.UUID],
    *,
    name: str,
    limit: int,
    cursor: str | None,
) -> tuple[Sequence[Row], str | None]:
    """Return one page of a query, newest first by a moment and an id, and the cursor of the next page.

    For tables without a growing key. Rows are shown once even if many have the same moment.
    """
    if cursor is not None:
        last_at, last_id = _decode_moment(name, cursor)
        query = query.where(sa.or_(at < last_at, sa.and_(at == last_at, key < last_id)))
    rows = session.scalars(query.order_by(at.desc(), key.desc()).limit(limit + 1)).all()
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]
    return rows[:limit], _encode(name, f"{getattr(last, at.key).isoformat()} {getattr(last, key.key)}")


def _decode_moment(name: str, cursor: str) -> tuple[datetime, uuid.UUID]:
    try:
        moment, _, identity = str(_decode(name, cursor)).partition(" ")
        at, last_id = datetime.fromisoformat(moment), uuid.UUID(identity)
    except ValueError as error:
        raise ValidationFailed(("cursor", CURSOR_WRONG)) from error
    if at.tzinfo is None:
        raise ValidationFailed(("cursor", CURSOR_WRONG))
    return at, last_id


def slice_page(
    items: Sequence[Row], *, name: str, limit: int, cursor: str | None
) -> tuple[Sequence[Row], str | None]:
    """Return one page of a list in memory, such as one person's months, and the cursor of the next page."""
    start = _decode(name, cursor) if cursor is not None else 0
    if not isinstance(start, int) or not 0 <= start <= len(items):
        raise ValidationFailed(("cursor", CURSOR_WRONG))
    end = start + limit
    return items[start:end], _encode(name, end) if end < len(items) else None


def build_page(items: Sequence[Row], next_cursor: str | None, dump: Callable[[Row], Any]) -> dict[str, Any]:
    """Return the reply of a list: ``{"items": [...], "next_cursor": …}``."""
    return {"items": [dump(item) for item in items], "next_cursor": next_cursor}
