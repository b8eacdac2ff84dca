"""Officers see how many lists and objections each of the last seven days brought."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from services.kit.db import read_database_time
from services.kit.jalali import TEHRAN, format_jalali_date, to_tehran_date
from services.records.models import ImportedList, RefusedLists
from tests.fakes.lists import MARYAM
from tests.service.records.desk import Desk, write_files
from tests.service.records.objectors import DAYS, Objector, read_reply, write_one_month

PATH = "/api/v1/records/desk/week"
NAMES = ("lists_accepted", "lists_refused", "objections_submitted", "objections_decided")


def read_days(desk: Desk, *scopes: str) -> list[dict[str, Any]]:
    days: list[dict[str, Any]] = read_reply(desk.call_as_officer("GET", PATH, *scopes or ("lists",)))["days"]
    return days


def count_day(day: dict[str, Any]) -> list[int]:
    return [day[name] for name in NAMES]


def test_days_end_with_today_and_have_what_was_done(desk: Desk) -> None:
    maryam = Objector(desk)
    desk.import_list(write_one_month(12))
    desk.import_list(write_files(MARYAM))
    assert desk.upload(write_files(MARYAM)).status_code == 200
    for broken in ((b"", b""), (b"x", write_files(MARYAM)[1])):
        assert desk.upload(broken).status_code == 422
    maryam.decide(DAYS)
    days = read_days(desk)
    assert count_day(days[-1]) == [2, 2, 1, 1]
    assert [count_day(day) for day in days[:-1]] == [[0, 0, 0, 0]] * 6
    with desk.sessions() as session:
        today = to_tehran_date(read_database_time(session))
    assert [day["date"] for day in days] == [str(today - timedelta(days=ago)) for ago in reversed(range(7))]
    assert days[-1]["date_jalali"] == format_jalali_date(today)


def test_days_begin_at_midnight_in_tehran(desk: Desk) -> None:
    desk.import_list(write_files(MARYAM))
    with desk.sessions.begin() as session:
        today = to_tehran_date(read_database_time(session))
        session.add(RefusedLists(day=today - timedelta(days=7), count=5))
    midnight = datetime.combine(today - timedelta(days=6), time.min, TEHRAN).astimezone(UTC)
    for moment, expected in ((midnight, 1), (midnight - timedelta(microseconds=1), 0)):
        with desk.sessions.begin() as session:
            session.execute(sa.update(ImportedList).values(imported_at=moment))
        assert [day["lists_accepted"] for day in read_days(desk)] == [expected] + [0] * 6
    assert sum(day["lists_refused"] for day in read_days(desk)) == 0


def test_changed_list_is_refused_and_counted(desk: Desk) -> None:
    desk.import_list(write_one_month(12))
    assert desk.upload(write_one_month(13)).status_code == 422
    assert read_days(desk)[-1]["lists_refused"] == 1


@pytest.mark.parametrize(("scope", "status"), [("objections", 200), ("helpdesk", 403)])
def test_week_is_for_those_who_decide(desk: Desk, scope: str, status: int) -> None:
    assert desk.call_as_officer("GET", PATH, scope).status_code == status
