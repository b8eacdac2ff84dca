"""Cursors: every row once, in order, and no cursor that was made or changed by somebody else."""

import base64
import hashlib
import json
import re
import string
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from services.kit.paging import MAX_LIMIT, PageQuery, build_page, fetch_page, slice_page
from services.kit.problems import ValidationFailed


class Base(DeclarativeBase):
    pass


class Row(Base):
    __tablename__ = "rows"

    position: Mapped[int] = mapped_column(primary_key=True)


def open_rows(positions: set[int]) -> Session:
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    Base.metadata.create_all(engine)
    session = Session(engine)
    session.add_all(Row(position=position) for position in positions)
    session.flush()
    return session


def list_all_pages(session: Session, limit: int, newest_first: bool) -> list[int]:
    seen: list[int] = []
    cursor = None
    while True:
        rows, cursor = fetch_page(
            session,
            sa.select(Row),
            Row.position,
            name="rows",
            limit=limit,
            cursor=cursor,
            newest_first=newest_first,
        )
        seen += [row.position for row in rows]
        if cursor is None:
            return seen
        assert len(rows) == limit
        assert re.fullmatch("[A-Za-z0-9_-]+", cursor)


@given(st.sets(st.integers(0, 2**62), max_size=30), st.integers(1, 7), st.booleans())
def test_pages_hold_every_row_once_and_in_order(positions: set[int], limit: int, newest_first: bool) -> None:
    with open_rows(positions) as session:
        assert list_all_pages(session, limit, newest_first) == sorted(positions, reverse=newest_first)


@given(st.lists(st.integers(), max_size=30), st.integers(1, 7))
def test_slices_hold_every_item_once_and_in_order(items: list[int], limit: int) -> None:
    seen: list[int] = []
    cursor = None
    while True:
        page, cursor = slice_page(items, name="months", limit=limit, cursor=cursor)
        seen += page
        if cursor is None:
            break
    assert seen == items


def test_a_row_added_meanwhile_does_not_move_the_pages() -> None:
    with open_rows({1, 2, 3}) as session:
        _, cursor = fetch_page(session, sa.select(Row), Row.position, name="rows", limit=2, cursor=None)
        session.add(Row(position=4))
        session.flush()
        rows, _ = fetch_page(session, sa.select(Row), Row.position, name="rows", limit=2, cursor=cursor)
        assert [row.position for row in rows] == [1]


def encode_cursor(body: Any) -> str:
    """Return a cursor with a right check over any body."""
    raw = json.dumps(body).encode()
    check = hashlib.sha256(b"govah-cursor" + raw).digest()[:6]
    return base64.urlsafe_b64encode(check + raw).decode().rstrip("=")


ODD = [
    ["rows", 2**63],
    ["rows", -(2**63) - 1],
    ["rows", "1"],
    ["rows", None],
    ["rows", 1.5],
    ["other", 1],
    ["rows"],
    7,
    {},
]


@pytest.mark.parametrize("body", ODD, ids=repr)
def test_a_cursor_of_another_list_or_kind_is_refused(body: Any) -> None:
    refuse(encode_cursor(body))


@given(st.text(max_size=60) | st.text(string.ascii_letters + string.digits + "_-", max_size=60))
def test_a_made_up_cursor_is_refused(cursor: str) -> None:
    refuse(cursor)


@given(st.data())
def test_a_changed_cursor_is_refused(data: st.DataObject) -> None:
    _, cursor = slice_page(range(9), name="rows", limit=3, cursor=None)
    assert cursor is not None
    place = data.draw(st.integers(0, len(cursor) - 2))
    letter = data.draw(st.sampled_from(sorted(set(string.ascii_letters) - {cursor[place]})))
    refuse(cursor[:place] + letter + cursor[place + 1 :])


def refuse(cursor: str) -> None:
    with open_rows({1}) as session, pytest.raises(ValidationFailed):
        fetch_page(session, sa.select(Row), Row.position, name="rows", limit=1, cursor=cursor)
    if cursor != encode_cursor(["rows", "1"]):
        with pytest.raises(ValidationFailed):
            slice_page([1], name="rows", limit=1, cursor=cursor)


@pytest.mark.parametrize("limit", ["0", str(MAX_LIMIT + 1), "-1", "x", "1.5", "9" * 5000])
def test_a_limit_out_of_bounds_is_refused(limit: str) -> None:
    assert PageQuery().validate({"limit": limit}).keys() == {"limit"}


def test_a_page_without_parameters_has_the_default_size() -> None:
    assert PageQuery().load({}) == {"limit": 50, "cursor": None}


def test_a_list_has_one_shape() -> None:
    assert build_page([1, 2], "next", str) == {"items": ["1", "2"], "next_cursor": "next"}
