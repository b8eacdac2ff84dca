"""The validation of a letter's input: an invalid field is named, and its value never shown."""

from collections.abc import Callable
from typing import Any

import pytest

from services.pdfworker.letter.statement import (
    MAX_WAGE_ROWS,
    MAX_WORKSHOP_YEARS,
    MAX_YEARS,
    LetterInputInvalid,
    parse_snapshot,
)
from tests.unit.pdfworker.statements import build_career, build_letter, build_person, build_statement

Json = dict[str, Any]


def get_error(change: Callable[[Json, Json], object]) -> str:
    letter, statement = build_letter(), build_statement(build_career("1402-01", 14, 2))
    change(letter, statement)
    with pytest.raises(LetterInputInvalid) as caught:
        parse_snapshot(letter, statement)
    return str(caught.value)


def test_valid_input_is_accepted() -> None:
    snapshot = parse_snapshot(build_letter(), build_statement(build_career("1402-01", 14, 2)))
    assert snapshot.statement.summary.workshop_count == 2
    assert str(snapshot.statement.summary.last_month_jalali) == "1403-02"


def test_unknown_fields_are_ignored() -> None:
    statement = build_statement([]) | {"added_later": {"any": "thing"}}
    assert parse_snapshot(build_letter(), statement).statement.summary.total_days == 0


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("letter.serial", lambda letter, _: letter.update(serial='1" }')),
        ("letter.issued_at", lambda letter, _: letter.update(issued_at="2026-11-22T20:45:10")),
        ("letter.types", lambda letter, _: letter.update(types=[])),
        ("letter.types.0", lambda letter, _: letter.update(types=["everything"])),
        ("letter.agreement", lambda letter, _: letter.pop("agreement")),
        ("statement.person.first_name", lambda _, s: s["person"].update(first_name="ن" * 101)),
        ("statement.person.last_name", lambda _, s: s["person"].update(last_name="")),
        ("statement.person.last_name", lambda _, s: s["person"].update(last_name="\u202e\x07 ")),
        ("statement.person.national_code", lambda _, s: s["person"].update(national_code=12345679)),
        ("statement.person.sex", lambda _, s: s["person"].update(sex="x")),
        (
            "statement.person.birth_date_jalali",
            lambda _, s: s["person"].update(birth_date_jalali="1360-13-01"),
        ),
        ("statement.as_of_jalali", lambda _, s: s.update(as_of_jalali=1405)),
        ("statement.summary.total_days", lambda _, s: s["summary"].update(total_days=-1)),
        ("statement.summary.duration.days", lambda _, s: s["summary"]["duration"].update(days=1.5)),
        ("statement.summary", lambda _, s: s["summary"].update(first_month_jalali=None)),
        ("statement.disputed_months.0", lambda _, s: s.update(disputed_months=["1402-00"])),
        ("statement.disputed_months.0", lambda _, s: s.update(disputed_months=[140207])),
        (
            "statement.tables.all.workshops.0.years.0.months",
            lambda _, s: s["tables"]["all"]["workshops"][0]["years"][0]["months"].pop(),
        ),
        (
            "statement.tables.all.workshops.0.years",
            lambda _, s: s["tables"]["all"]["workshops"][0].update(years=[]),
        ),
        ("statement.schema_version", lambda _, s: s.update(schema_version=3)),
        ("statement.schema_version", lambda _, s: s.pop("schema_version")),
        ("statement", lambda _, s: s.update(schema_version=1)),
        ("statement", lambda _, s: s["tables"]["all"].pop("workshops")),
        ("statement.tables.wages.rows.0.wage", lambda _, s: s["tables"]["wages"]["rows"][0].update(wage="1")),
        ("statement.tables.wages.rows.0.days", lambda _, s: s["tables"]["wages"]["rows"][0].update(days=32)),
        ("statement.tables.wages", lambda _, s: s["tables"]["wages"]["years"].pop()),
    ],
)
def test_an_invalid_field_is_named(field: str, change: Callable[[Json, Json], object]) -> None:
    assert f" {field} (" in get_error(change)


def test_a_chosen_type_needs_its_table() -> None:
    assert "value_error" in get_error(lambda _, statement: statement["tables"].pop("wages"))


def test_too_many_rows_are_rejected() -> None:
    def fill_rows(_: Json, statement: Json) -> None:
        wages = statement["tables"]["wages"]
        wages["rows"] = [wages["rows"][0]] * (MAX_WAGE_ROWS + 1)

    assert "statement.tables.wages.rows (too_long)" in get_error(fill_rows)


def test_too_many_years_of_workshops_are_rejected() -> None:
    def fill_years(_: Json, statement: Json) -> None:
        table = statement["tables"]["all"]
        workshop = {**table["workshops"][0], "years": table["workshops"][0]["years"][:1] * MAX_YEARS}
        table["workshops"] = [workshop] * (MAX_WORKSHOP_YEARS // MAX_YEARS + 1)

    assert "statement.tables.all (value_error)" in get_error(fill_years)


def test_the_first_version_is_read() -> None:
    statement = build_statement(build_career("1402-01", 14, 2), version=1)
    table = parse_snapshot(build_letter(), statement).statement.tables.all
    assert table
    assert (table.workshops, len(table.years or ())) == (None, 2)


def test_the_message_never_shows_a_value() -> None:
    person = build_person(first_name="نام‌محرمانه" * 20, national_code="9876x")
    with pytest.raises(LetterInputInvalid) as caught:
        parse_snapshot(build_letter(), build_statement([], person=person))
    message = str(caught.value)
    assert "محرمانه" not in message
    assert "9876" not in message
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
