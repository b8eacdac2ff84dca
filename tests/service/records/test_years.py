"""The years of contributions: rows of older code move there, and a closed year is read from its index."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from services.records.models import Contribution
from services.records.store import years
from services.records.store.contributions import fetch_listed_months
from services.records.store.people import find_by_national_code
from tests.fakes.lists import HASAN, MARYAM, MEHR
from tests.plans import explain_query
from tests.service.records.desk import Desk, write_files
from tests.service.records.test_list_versions import confirm, read_figures, withdraw_list

# Years that have ended, whenever the test runs.
MONTHS = [MEHR.add_months(-12 * years_ago - month) for years_ago in (5, 2) for month in range(3)]
CODE = str(MARYAM.national_code)


def import_months(desk: Desk) -> list[dict[str, Any]]:
    rows = MARYAM, replace(HASAN, row=2)
    without_dates = [replace(row, start_date=None) for row in rows]
    return [desk.import_list(write_files(*without_dates, month=month)) for month in MONTHS]


def turn_into_older_rows(desk: Desk) -> None:
    """Leave the rows as code of before has added them: without month, workshop and number."""
    with desk.engine.begin() as connection:
        connection.execute(sa.update(Contribution).values(month=0, workshop_position=None, list_number=None))


def read_record(desk: Desk) -> list[Any]:
    """Return what a person sees of the own record: every figure, and its list."""
    paths = "me", "me/contributions?limit=100", "me/statement?type=all", "me/statement?type=wages"
    answers = [desk.get_as_citizen(CODE, f"/api/v1/records/{path}").get_json() for path in paths]
    return [{name: answer[name] for name in answer if name != "as_of"} for answer in answers]


def run(desk: Desk, *words: str) -> tuple[int, str]:
    result = desk.app.test_cli_runner().invoke(args=["years", *words])
    return result.exit_code, result.output


def test_rows_of_older_code_count_before_and_after_their_move(desk: Desk) -> None:
    import_months(desk)
    record = read_record(desk)
    assert len(record[1]["items"]) == len(MONTHS)
    assert all(item["source"]["list_id"] and item["source"]["file_sha256"] for item in record[1]["items"])
    turn_into_older_rows(desk)
    assert read_record(desk) == record
    desk.import_list(write_files(MARYAM))
    record = read_record(desk)
    assert run(desk, "move") == (0, f"{2 * len(MONTHS)} rows moved, none is left\n")
    assert read_record(desk) == record
    with desk.sessions() as session:
        assert not years.is_any_unmoved(session)
        places = session.scalars(sa.select(Contribution.month).distinct().order_by(Contribution.month)).all()
    assert places == sorted(month.year * 100 + month.month for month in (*MONTHS, MEHR))
    assert run(desk, "move") == (0, "0 rows moved, none is left\n")


def test_a_list_of_older_code_is_withdrawn(desk: Desk) -> None:
    documents = import_months(desk)
    turn_into_older_rows(desk)
    before = read_figures(desk, MARYAM)
    assert confirm(desk, withdraw_list(desk, documents[0]["id"])).status_code == 200
    [(days, wage)] = before
    assert read_figures(desk, MARYAM) == [(days - 30, wage - MARYAM.insurable)]


@pytest.fixture
def postgresql_desk(desk: Desk) -> Desk:
    if desk.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has all years in one table")
    return desk


def fetch_record(desk: Desk) -> Callable[[], object]:
    def fetch() -> object:
        with desk.sessions() as session:
            person = find_by_national_code(session, CODE)
            assert person is not None
            return fetch_listed_months(session, person)

    return fetch


def add_others(desk: Desk, year: int) -> None:
    """Add rows of other people to a year. A statement then reads only some of its pages."""
    with desk.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO contributions (person_position, list_position, row, days, wage, premium, gross,"
            f" month, workshop_position, list_number) SELECT 1000 + n / 12, 1000 + n %% 12, n, 30, 1, 1, 1,"
            f" {year}01 + n %% 12, 1, '1' FROM generate_series(0, 11999) AS n"
        )


def test_workshops_of_a_statement_are_read_from_an_index(postgresql_desk: Desk) -> None:
    desk = postgresql_desk
    import_months(desk)
    with desk.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(
            "INSERT INTO workshops (code, name, address, named_in)"
            " SELECT n, 'کارگاه ' || n, '', 140301 FROM generate_series(1, 5000) AS n"
        )
        connection.exec_driver_sql("VACUUM (ANALYZE) workshops")
    plan = explain_query(desk.engine, r"SELECT workshops\.position", fetch_record(desk))
    assert "Index Only Scan using ix_workshops_shown" in plan


def test_a_closed_year_is_read_from_its_index(postgresql_desk: Desk) -> None:
    desk = postgresql_desk
    import_months(desk)
    record = read_record(desk)
    closed = {month.year for month in MONTHS}
    for year in sorted(closed):
        add_others(desk, year)
        assert run(desk, "close", str(year))[0] == 0
    assert read_record(desk) == record
    plan = explain_query(desk.engine, r"SELECT contributions\.month", fetch_record(desk))
    covers = re.findall(r"Index Only Scan using contributions_(\d+)_cover", plan)
    # Each of them is a leaf page of a year; the lists themselves are not read at all.
    assert {int(year) for year in covers} == closed, plan
    with desk.engine.connect() as connection:
        states = {year.year: year.is_closed for year in years.list_years(connection)}
        left = connection.exec_driver_sql("SELECT indexrelid::regclass::text FROM pg_index").scalars().all()
    assert {year for year, is_closed in states.items() if is_closed} >= closed
    assert not {f"contributions_{year}_key" for year in closed} & set(left)
    # A year that is closed takes late lists and corrections as before, and can be closed again.
    document = desk.import_list(write_files(MARYAM, month=MONTHS[0], number="2"))
    assert len(read_record(desk)[1]["items"]) == len(MONTHS) + 1
    assert run(desk, "close", str(MONTHS[0].year))[0] == 0
    assert confirm(desk, withdraw_list(desk, document["id"])).status_code == 200
    assert read_record(desk)[1] == record[1]
    assert re.search(rf"{MONTHS[0].year} .* closed", run(desk, "list")[1])


def test_a_person_counts_once_in_a_list_of_any_year(postgresql_desk: Desk) -> None:
    desk = postgresql_desk
    import_months(desk)
    assert run(desk, "close", str(MONTHS[0].year))[0] == 0
    with desk.sessions() as session:
        rows = [
            {column.name: getattr(row, column.name) for column in Contribution.__table__.columns}
            for row in session.scalars(sa.select(Contribution))
        ]
    for row in rows:
        with pytest.raises(sa.exc.IntegrityError), desk.engine.begin() as connection:
            connection.execute(sa.insert(Contribution), row)


@pytest.mark.parametrize(("year", "reason"), [("1499", "has not ended"), ("1333", "has no contributions")])
def test_other_years_are_not_closed(postgresql_desk: Desk, year: str, reason: str) -> None:
    import_months(postgresql_desk)
    status, output = run(postgresql_desk, "close", year)
    assert (status, reason in output) == (1, True)
    turn_into_older_rows(postgresql_desk)
    status, output = run(postgresql_desk, "close", str(MONTHS[0].year))
    assert (status, "First run: years move" in output) == (1, True)


def test_sqlite_has_nothing_to_close(desk: Desk) -> None:
    if desk.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL has a partition for each year")
    status, output = run(desk, "close", "1390")
    assert (status, "one table" in output) == (1, True)
    assert run(desk, "list") == (0, "")


def test_an_import_of_known_people_writes_no_row_of_theirs(postgresql_desk: Desk) -> None:
    desk = postgresql_desk
    import_months(desk)
    with desk.engine.connect() as connection:
        locked = connection.exec_driver_sql("SELECT count(*) FROM people WHERE xmax <> 0").scalar_one()
    assert locked == 0
