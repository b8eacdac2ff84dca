"""The statement's arithmetic, compared with a count through the calendar day by day."""

import json
import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
from hypothesis import given
from hypothesis import strategies as st
from persiantools.jdatetime import JalaliDate

from services.kit.jalali import JalaliMonth
from services.kit.statement_types import StatementType
from services.records.actions.statements import compose_statement
from services.records.models import Person, Sex
from services.records.store.contributions import ListedMonth
from services.records.store.objections import UNNAMED

AS_OF = datetime(2026, 11, 22, 21, 0, tzinfo=UTC)
PERSON = Person(
    national_code="0012345679",
    insurance_number="12345678",
    first_name="مریم",
    last_name="رضایی",
    father_name=None,
    birth_date=date(1981, 5, 1),
    sex=Sex.FEMALE,
)
CONTRACTS = Path(__file__).parents[3] / "contracts"
SCHEMA = json.loads((CONTRACTS / "statement.schema.json").read_text("utf-8"))
SCHEMA_V1 = json.loads((CONTRACTS / "statement.v1.schema.json").read_text("utf-8"))
DAYS = [JalaliDate(date(2019, 3, 21) + timedelta(days=n)) for n in range(7 * 366)]  # type: ignore[no-untyped-call]
MONTH_OF_EACH_DAY = [(day.year, day.month) for day in DAYS]


def build_row(
    month: JalaliMonth, days: int, *, workshop: str = "0000000001", number: str = "01", wage: int = 0
) -> ListedMonth:
    return ListedMonth(month, workshop, number, 1, "کارگاه", days, wage, 0, 0, uuid.uuid4(), "0" * 64)


def build_unlisted_row(month: JalaliMonth, days: int, name: str, code: str = UNNAMED) -> ListedMonth:
    """Return a month that an accepted objection added."""
    row = build_row(month, days, workshop=code, number="")
    return row._replace(
        workshop_name=name, list_id=None, workers_sha256=None, objection_id=uuid.uuid4(), tracking_number="1"
    )


def compose(rows: Sequence[ListedMonth], version: int = 2) -> dict[str, Any]:
    return compose_statement(PERSON, sorted(rows), StatementType, AS_OF, version=version)


@st.composite
def records(draw: st.DrawFn) -> list[ListedMonth]:
    """Return rows of up to three workshops, main and supplementary lists, around two leap years."""
    start = JalaliMonth(1398, 7)
    places = draw(
        st.lists(
            st.tuples(st.integers(0, 70), st.sampled_from("123"), st.sampled_from(["01", "02"])),
            unique=True,
            max_size=40,
        )
    )
    return [
        build_row(
            month,
            draw(st.integers(0, month.days)),
            workshop=f"000000000{workshop}",
            number=number,
            wage=draw(st.integers(0, 10**12 - 1)),
        )
        for months, workshop, number in places
        for month in [start.add_months(months)]
    ]


def count_day_by_day(rows: Sequence[ListedMonth]) -> dict[tuple[int, int], int]:
    """Return the days that count: each calendar day takes one of its month's listed days."""
    left: Counter[tuple[int, int]] = Counter()
    for row in rows:
        left[row.month.year, row.month.month] += row.days
    counted = dict.fromkeys(left, 0)
    for month in MONTH_OF_EACH_DAY:
        if left[month] > 0:
            left[month] -= 1
            counted[month] += 1
    return counted


def split_days(days: int) -> dict[str, int]:
    """Return years, months and days by subtracting 360 and 30 repeatedly."""
    years = months = 0
    while days >= 360:
        years, days = years + 1, days - 360
    while days >= 30:
        months, days = months + 1, days - 30
    return {"years": years, "months": months, "days": days}


def list_days(years: Sequence[dict[str, Any]]) -> dict[tuple[int, int], int]:
    """Return the days of each month of a table that has a list."""
    return {
        (year["year"], number): days
        for year in years
        for number, days in enumerate(year["months"], 1)
        if days is not None
    }


@given(records())
def test_days_of_each_workshop_agree_with_a_count_day_by_day(rows: list[ListedMonth]) -> None:
    table = compose(rows)["tables"]["all"]
    codes = [workshop["workshop_code"] for workshop in table["workshops"]]
    first_months = {code: min(row.month for row in rows if row.workshop_code == code) for code in codes}
    assert sorted(codes) == sorted({row.workshop_code for row in rows})
    assert codes == sorted(codes, key=lambda code: (first_months[code], code))
    for workshop in table["workshops"]:
        own = [row for row in rows if row.workshop_code == workshop["workshop_code"]]
        counted = count_day_by_day(own)
        assert list_days(workshop["years"]) == counted
        assert workshop["total_days"] == sum(counted.values())
        assert [year["total_days"] for year in workshop["years"]] == [
            sum(days for (y, _), days in counted.items() if y == year["year"]) for year in workshop["years"]
        ]
        years = {row.month.year for row in own}
        assert [year["year"] for year in workshop["years"]] == list(range(min(years), max(years) + 1))
        assert workshop["workshop_name"] == "کارگاه"
    assert table["total_days"] == sum(count_day_by_day(rows).values())


@given(records())
def test_days_agree_with_a_count_day_by_day(rows: list[ListedMonth]) -> None:
    counted = count_day_by_day(rows)
    statement = compose(rows)
    assert list_days(statement["tables"]["consolidated"]["years"]) == counted
    total = sum(counted.values())
    assert statement["tables"]["all"]["total_days"] == total
    assert statement["summary"]["total_days"] == total
    assert statement["summary"]["duration"] == split_days(total)
    assert statement["summary"]["workshop_count"] == len({row.workshop_code for row in rows})


@given(records())
def test_consolidated_table_has_running_sums(rows: list[ListedMonth]) -> None:
    counted = count_day_by_day(rows)
    table = compose(rows)["tables"]["consolidated"]
    for year in table["years"]:
        of_year = sum(days for (y, _), days in counted.items() if y == year["year"])
        so_far = sum(days for (y, _), days in counted.items() if y <= year["year"])
        assert (year["total_days"], year["duration"]) == (of_year, split_days(of_year))
        assert (year["running_days"], year["running_duration"]) == (so_far, split_days(so_far))
    assert (table["total_days"], table["duration"]) == (
        sum(counted.values()),
        split_days(table["total_days"]),
    )


@given(records())
def test_wages_are_as_listed(rows: list[ListedMonth]) -> None:
    table = compose(rows)["tables"]["wages"]
    as_listed = {(str(r.month), r.workshop_code, r.list_number): (r.days, r.wage) for r in rows}
    keys = [(r["month_jalali"], r["workshop_code"], r["list_number"]) for r in table["rows"]]
    assert {key: (r["days"], r["wage"]) for key, r in zip(keys, table["rows"], strict=True)} == as_listed
    assert keys == sorted(keys)
    for year in table["years"]:
        of_year = [r for r in rows if r.month.year == year["year"]]
        assert year["days"] == sum(r.days for r in of_year)
        assert year["wage"] == sum(r.wage for r in of_year)
    assert table["total_days"] == sum(r.days for r in rows)
    assert table["total_wage"] == sum(r.wage for r in rows)


@given(records())
def test_years_are_without_gaps_and_valid_by_the_schema(rows: list[ListedMonth]) -> None:
    statement = compose(rows)
    jsonschema.validate(statement, SCHEMA)
    years = {row.month.year for row in rows}
    expected = list(range(min(years), max(years) + 1)) if years else []
    for kind in ("wages", "consolidated"):
        assert [year["year"] for year in statement["tables"][kind]["years"]] == expected
    months = sorted(str(row.month) for row in rows)
    assert statement["summary"]["first_month_jalali"] == (months[0] if months else None)
    assert statement["summary"]["last_month_jalali"] == (months[-1] if months else None)


def test_zero_days_are_not_a_missing_list() -> None:
    statement = compose([build_row(JalaliMonth(1402, 1), 31), build_row(JalaliMonth(1402, 3), 0)])
    (workshop,) = statement["tables"]["all"]["workshops"]
    (year,) = workshop["years"]
    assert year == {"year": 1402, "months": [31, None, 0] + [None] * 9, "total_days": 31}
    assert statement["summary"]["last_month_jalali"] == "1402-03"


def test_esfand_is_capped_at_its_length_of_that_year() -> None:
    rows = [
        build_row(JalaliMonth(year, 12), 29, workshop=workshop)
        for year in (1402, 1403)
        for workshop in ("1", "2")
    ]
    tables = compose(rows)["tables"]
    assert [year["months"][11] for year in tables["consolidated"]["years"]] == [29, 30]
    assert [workshop["total_days"] for workshop in tables["all"]["workshops"]] == [58, 58]
    assert tables["all"]["total_days"] == 59


def test_a_supplementary_list_adds_days_and_money() -> None:
    rows = [
        build_row(JalaliMonth(1403, 7), 20, wage=2_000_000),
        build_row(JalaliMonth(1403, 7), 4, number="90", wage=500_000),
    ]
    tables = compose(rows)["tables"]
    assert tables["all"]["total_days"] == 24
    assert tables["wages"]["years"] == [{"year": 1403, "days": 24, "wage": 2_500_000}]
    assert [row["list_number"] for row in tables["wages"]["rows"]] == ["01", "90"]


def test_supplementary_lists_of_one_workshop_are_capped_too() -> None:
    rows = [build_row(JalaliMonth(1403, 7), 30), build_row(JalaliMonth(1403, 7), 4, number="90")]
    (workshop,) = compose(rows)["tables"]["all"]["workshops"]
    assert (workshop["years"][0]["months"][6], workshop["total_days"]) == (30, 30)


def test_workshops_without_a_code_are_apart_by_their_names() -> None:
    rows = [
        build_row(JalaliMonth(1402, 5), 9),
        build_unlisted_row(JalaliMonth(1402, 1), 10, "کارگاه آشنا"),
        build_unlisted_row(JalaliMonth(1402, 6), 4, "کارگاه آشنا"),
        build_unlisted_row(JalaliMonth(1402, 1), 5, "چاپخانه"),
    ]
    statement = compose(rows)
    jsonschema.validate(statement, SCHEMA)
    workshops = statement["tables"]["all"]["workshops"]
    assert [(one["workshop_code"], one["workshop_name"], one["total_days"]) for one in workshops] == [
        ("-", "چاپخانه", 5),
        ("-", "کارگاه آشنا", 14),
        ("0000000001", "کارگاه", 9),
    ]
    assert statement["summary"]["workshop_count"] == 3


def test_a_workshop_has_the_name_of_its_lists() -> None:
    month = JalaliMonth(1402, 5)
    rows = [build_row(month, 9), build_unlisted_row(month.add_months(1), 4, "نام دیگر", "0000000001")]
    (workshop,) = compose(rows)["tables"]["all"]["workshops"]
    assert (workshop["workshop_name"], workshop["total_days"]) == ("کارگاه", 13)


def test_a_job_title_is_as_listed() -> None:
    rows = [build_row(JalaliMonth(1402, month), 9) for month in (1, 2)]
    rows[1] = rows[1]._replace(job_title="حسابدار")
    assert [row["job_title"] for row in compose(rows)["tables"]["wages"]["rows"]] == ["", "حسابدار"]


@given(records())
def test_the_first_version_is_still_made(rows: list[ListedMonth]) -> None:
    """A caller of the previous release reads no other."""
    statement, present = compose(rows, version=1), compose(rows)
    jsonschema.validate(statement, SCHEMA_V1)
    counted = count_day_by_day(rows)
    assert list_days(statement["tables"]["all"]["years"]) == counted
    assert statement["tables"]["all"]["total_days"] == sum(counted.values())
    assert statement["summary"] == present["summary"]
    assert statement["tables"]["consolidated"] == present["tables"]["consolidated"]


def test_a_person_without_lists_has_empty_tables() -> None:
    statement = compose([])
    jsonschema.validate(statement, SCHEMA)
    assert statement["summary"] == {
        "total_days": 0,
        "duration": {"years": 0, "months": 0, "days": 0},
        "first_month_jalali": None,
        "last_month_jalali": None,
        "workshop_count": 0,
    }
    assert statement["tables"]["wages"] == {"rows": [], "years": [], "total_days": 0, "total_wage": 0}


def test_only_requested_tables_are_present_in_order() -> None:
    chosen = [StatementType.CONSOLIDATED, StatementType.ALL]
    statement = compose_statement(PERSON, [], chosen, AS_OF)
    assert statement["types"] == list(statement["tables"]) == ["all", "consolidated"]


def test_moment_of_the_statement_has_microseconds() -> None:
    # A change of the same second, before this moment, must not look like one after it.
    moment = AS_OF.replace(microsecond=123456)
    as_of = compose_statement(PERSON, [], [StatementType.ALL], moment)["as_of"]
    assert datetime.fromisoformat(as_of) == moment


def test_date_of_the_statement_is_in_tehran() -> None:
    statement = compose([])
    assert statement["as_of"] == "2026-11-22T21:00:00.000000Z"
    assert statement["as_of_jalali"] == "1405-09-02"
    assert statement["person"]["birth_date_jalali"] == "1360-02-11"
    assert statement["person"]["father_name"] is None
