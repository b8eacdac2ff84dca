"""The years of contributions: closed ones, and the move of rows that older code has added."""

import time
from collections.abc import Iterator, Sequence
from typing import cast

import sqlalchemy as sa
import structlog

from services.kit.db import Sessions, read_database_time
from services.kit.jalali import JalaliMonth, to_tehran_date
from services.kit.postgresql import BoundedConnection
from services.records.store import years

# Rows of one transaction. Others wait for it only if they replace one of its lists or merge its people.
BATCH = 5_000

log = structlog.get_logger()


class YearUnsuitable(Exception):
    """A year cannot be closed; the message says why and what to do."""


def move_contributions(sessions: Sessions, limit: int = BATCH) -> int:
    """Return how many rows of older code were moved to their years; the housekeeping moves a batch a step."""
    with sessions.begin() as session:
        moved = years.move_rows(session, limit)
    if moved:
        log.info("contributions.moved", rows=moved)
    return moved


def move_all_contributions(sessions: Sessions) -> Iterator[int]:
    """Move all rows of older code, and yield the number moved so far after each batch."""
    total = 0
    while moved := move_contributions(sessions):
        total += moved
        yield total


def list_years(engine: sa.Engine) -> Sequence[years.Year]:
    """Return the years that have a partition; none on SQLite, which has one table."""
    with engine.connect() as connection:
        return years.list_years(connection)


def close_year(engine: sa.Engine, sessions: Sessions, year: int) -> float:
    """Order a year by person while others read and write it. Return the seconds that it took.

    Raises YearUnsuitable.
    """
    if engine.dialect.name != "postgresql":
        raise YearUnsuitable(
            "SQLite همه سال‌ها را در یک جدول دارد و چیزی برای بستن نیست.\n"
            "SQLite has all years in one table; there is nothing to close."
        )
    _check_ended(sessions, year)
    if year not in {one.year for one in list_years(engine)}:
        raise YearUnsuitable(
            f"سال {year} هیچ سابقه‌ای ندارد. فهرست سال‌ها: years list\n"
            f"The year {year} has no contributions. The years there are: years list"
        )
    begun = time.monotonic()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # An index of 200 million rows takes long.
        cast("BoundedConnection", connection.connection.dbapi_connection).answer_within = None
        try:
            years.close_year(connection, year)
        finally:
            connection.invalidate()
    seconds = time.monotonic() - begun
    log.info("year.closed", year=year, seconds=round(seconds, 1))
    return seconds


def _check_ended(sessions: Sessions, year: int) -> None:
    with sessions() as session:
        now = read_database_time(session)
        is_any_unmoved = years.is_any_unmoved(session)
    if year >= JalaliMonth.from_date(to_tehran_date(now)).year:
        raise YearUnsuitable(
            f"سال {year} تمام نشده است. سالی را ببندید که لیست‌های آن رسیده است.\n"
            f"The year {year} has not ended. Close a year whose lists have come."
        )
    if is_any_unmoved:
        raise YearUnsuitable(
            "سابقه‌هایی از نسخه پیشین هنوز به سال خود نرفته‌اند. نخست اجرا کنید: years move\n"
            "Contributions of the version before are not in their years yet. First run: years move"
        )
