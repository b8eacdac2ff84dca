"""The rows of the tables: gaps, marks, order and the footnotes that belong to them."""

from typing import Any

from services.kit.jalali import JalaliMonth
from services.pdfworker.letter.statement import check
from services.pdfworker.letter.tables import (
    AS_LISTED_NOTE,
    DISPUTED_NOTE,
    LISTS_NOTE,
    MOSTLY_AS_LISTED_NOTE,
    MonthsRow,
    Table,
    WagesOfYear,
    tables_of,
)
from tests.unit.pdfworker.statements import WORKSHOPS, Contribution, career, letter_of, statement_of

FIRST, SECOND = WORKSHOPS[0], WORKSHOPS[1]


def table(statement: dict[str, Any]) -> Table:
    (only,) = tables_of(check(letter_of(statement["types"]), statement))
    return only


def months_of(statement: dict[str, Any]) -> list[list[str]]:
    return [list(map(str, year.months)) for year in table(statement).years if isinstance(year, MonthsRow)]


def wages_of(statement: dict[str, Any]) -> list[WagesOfYear]:
    return [year for year in table(statement).years if isinstance(year, WagesOfYear)]


def test_tables_stand_in_the_order_of_their_numbers() -> None:
    types = ("consolidated", "wages", "all")
    tables = tables_of(check(letter_of(types), statement_of(career("1402-01", 2), types)))
    assert [(table.number, table.kind) for table in tables] == [
        ("جدول ۱", "all"),
        ("جدول ۲", "wages"),
        ("جدول ۳", "consolidated"),
    ]


def test_a_table_that_was_not_chosen_is_not_printed_even_if_it_is_there() -> None:
    tables = tables_of(check(letter_of(["all"]), statement_of(career("1402-01", 2))))
    assert [table.kind for table in tables] == ["all"]


def test_no_list_and_a_list_with_zero_days_differ() -> None:
    contributions = [
        Contribution(JalaliMonth(1402, 1), FIRST, 0, 0),
        Contribution(JalaliMonth(1402, 3), FIRST, 9, 1),
    ]
    assert months_of(statement_of(contributions, ["all"])) == [["۰", "—", "۹", *["—"] * 9]]


def test_a_year_without_lists_shows_as_a_gap_among_the_wages() -> None:
    contributions = [
        Contribution(JalaliMonth(1400, 1), FIRST, 9, 5),
        Contribution(JalaliMonth(1402, 1), FIRST, 9, 5),
    ]
    statement = statement_of(contributions, ["wages"])
    assert [(year.year, len(year.lines), year.days, year.wage) for year in wages_of(statement)] == [
        ("۱۴۰۰", 1, "۹", "۵"),
        ("۱۴۰۱", 0, "—", "—"),
        ("۱۴۰۲", 1, "۹", "۵"),
    ]
    assert table(statement).footnotes == [AS_LISTED_NOTE, LISTS_NOTE]


def test_a_year_of_lists_with_zero_days_is_no_gap() -> None:
    statement = statement_of([Contribution(JalaliMonth(1400, 1), FIRST, 0, 0)], ["wages"])
    assert [(year.days, year.wage) for year in wages_of(statement)] == [("۰", "۰")]


def test_a_correction_marks_its_workshop_among_the_wages_and_the_month_among_the_days() -> None:
    contributions = [Contribution(JalaliMonth(1402, 1), workshop, 15, 1) for workshop in (FIRST, SECOND)]
    corrections = [{"month_jalali": "1402-01", "workshop_code": SECOND[0], "tracking_number": "77"}]
    wages = statement_of(contributions, ["wages"], corrections=corrections)
    assert [str(line.days) for line in wages_of(wages)[0].lines] == ["۱۵", "۱۵<small>(۲)</small>"]
    days = statement_of(contributions, ["all"], corrections=corrections)
    assert months_of(days)[0][0] == "۳۰<small>(۲)</small>"


def test_a_footnote_names_each_objection_once_and_only_those_of_the_table() -> None:
    corrections = [
        {"month_jalali": "1402-01", "workshop_code": FIRST[0], "tracking_number": "78"},
        {"month_jalali": "1402-02", "workshop_code": FIRST[0], "tracking_number": "77"},
        {"month_jalali": "1402-02", "workshop_code": SECOND[0], "tracking_number": "77"},
        {"month_jalali": "1399-02", "workshop_code": FIRST[0], "tracking_number": "79"},
    ]
    statement = statement_of(career("1402-01", 2), ["all"], corrections=corrections)
    (note,) = (note for note in table(statement).footnotes if note.startswith("(۲)"))
    assert 'شماره <bdi dir="ltr">۷۷</bdi> و <bdi dir="ltr">۷۸</bdi> ثبت یا اصلاح' in note


def test_a_month_both_disputed_and_corrected_has_both_marks() -> None:
    corrections = [{"month_jalali": "1402-01", "workshop_code": FIRST[0], "tracking_number": "78"}]
    statement = statement_of(
        [Contribution(JalaliMonth(1402, 1), FIRST, 15, 1)],
        ["all"],
        disputed=["1402-01"],
        corrections=corrections,
    )
    assert months_of(statement)[0][0] == "۱۵<small>(۱،۲)</small>"
    assert DISPUTED_NOTE in table(statement).footnotes


def test_a_dispute_outside_the_table_has_no_footnote_there() -> None:
    statement = statement_of(
        [Contribution(JalaliMonth(1402, 1), FIRST, 15, 1)], ["wages"], disputed=["1402-02"]
    )
    assert DISPUTED_NOTE not in table(statement).footnotes


def workshop_of(code: str, name: str, list_number: str = "01") -> tuple[str, bool]:
    contribution = Contribution(JalaliMonth(1402, 1), (code, name), 15, 1, list_number)
    (year,) = wages_of(statement_of([contribution], ["wages"]))
    return str(year.lines[0].workshop), year.lines[0].runs_one_way


def test_a_code_that_is_more_than_digits_is_kept_from_turning_round() -> None:
    printed = '\u200f<bdi dir="ltr">۱۲-AB-۷</bdi> لیست <bdi dir="ltr">S-۱</bdi>، کارگاه'
    assert workshop_of("12-AB-7", "کارگاه", "S-1") == (printed, False)


def test_a_name_with_anything_but_persian_letters_and_digits_may_run_both_ways() -> None:
    printed = "\u200f۰۰۱۲۳۴۵۶۷۸ لیست ۰۱، کارگاه 2 نمونه‌ای"
    assert workshop_of("0012345678", "کارگاه 2 نمونه‌ای") == (printed, True)
    for name in ("کارگاه (نمونه)", "کارگاه ABC", "کارگاه 12/3", "کارگاه «نمونه»"):
        assert workshop_of("0012345678", name) == (f"\u200f۰۰۱۲۳۴۵۶۷۸ لیست ۰۱، {name}", False)


def test_a_month_that_no_list_has_is_told_from_one_without_wage() -> None:
    """An accepted objection brought it in: it has days, and neither a list nor a wage, and maybe no code."""
    claimed = Contribution(JalaliMonth(1402, 1), ("-", "کارگاه"), 15, 0, list_number="")
    corrections = [{"month_jalali": "1402-01", "workshop_code": "-", "tracking_number": "77"}]
    statement = statement_of([claimed], ["wages"], corrections=corrections)
    (line,) = wages_of(statement)[0].lines
    assert (line.workshop, line.wage) == ("\u200fبدون لیست، کارگاه", "—")
    footnotes = [str(note) for note in table(statement).footnotes]
    assert footnotes[:2] == [MOSTLY_AS_LISTED_NOTE, LISTS_NOTE]
    assert footnotes[2].startswith("(۲)")


def test_a_rule_leads_the_eye_every_five_years() -> None:
    years = table(statement_of(career("1383-01", 132), ["all"])).years
    assert [year.year for year in years if isinstance(year, MonthsRow) and year.ends_group] == [
        "۱۳۸۴",
        "۱۳۸۹",
    ]


def test_a_rule_ends_a_season_that_another_follows_in_the_year() -> None:
    (year,) = wages_of(statement_of(career("1402-02", 8, 2), ["wages"]))
    assert [line.month for line in year.lines if line.ends_season] == ["خرداد\u00a0۱۴۰۲", "شهریور\u00a0۱۴۰۲"]
