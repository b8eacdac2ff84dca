"""The rows of the tables: gaps, marks, order and footnotes."""

from typing import Any

from services.kit.jalali import JalaliMonth
from services.pdfworker.letter.statement import parse_snapshot
from services.pdfworker.letter.tables import (
    AS_LISTED_NOTE,
    DISPUTED_NOTE,
    LISTS_NOTE,
    MOSTLY_AS_LISTED_NOTE,
    MonthsRow,
    Table,
    WagesOfYear,
    build_tables,
)
from tests.unit.pdfworker.statements import (
    WORKSHOPS,
    Contribution,
    build_career,
    build_letter,
    build_statement,
)

FIRST, SECOND = WORKSHOPS[0], WORKSHOPS[1]


def build_only_table(statement: dict[str, Any]) -> Table:
    (only,) = build_tables(parse_snapshot(build_letter(statement["types"]), statement))
    return only


def list_months(statement: dict[str, Any]) -> list[list[str]]:
    return [
        list(map(str, year.months))
        for year in build_only_table(statement).years
        if isinstance(year, MonthsRow)
    ]


def list_wages(statement: dict[str, Any]) -> list[WagesOfYear]:
    return [year for year in build_only_table(statement).years if isinstance(year, WagesOfYear)]


def test_tables_are_in_the_order_of_their_numbers() -> None:
    types = ("consolidated", "wages", "all")
    tables = build_tables(
        parse_snapshot(build_letter(types), build_statement(build_career("1402-01", 2), types))
    )
    assert [(table.number, table.kind) for table in tables] == [
        ("جدول ۱", "all"),
        ("جدول ۲", "wages"),
        ("جدول ۳", "consolidated"),
    ]


def test_a_table_that_was_not_chosen_is_not_printed() -> None:
    tables = build_tables(parse_snapshot(build_letter(["all"]), build_statement(build_career("1402-01", 2))))
    assert [table.kind for table in tables] == ["all"]


def test_no_list_and_a_list_with_zero_days_differ() -> None:
    contributions = [
        Contribution(JalaliMonth(1402, 1), FIRST, 0, 0),
        Contribution(JalaliMonth(1402, 3), FIRST, 9, 1),
    ]
    assert list_months(build_statement(contributions, ["all"])) == [["۰", "—", "۹", *["—"] * 9]]


def test_a_year_without_lists_shows_as_a_gap_among_the_wages() -> None:
    contributions = [
        Contribution(JalaliMonth(1400, 1), FIRST, 9, 5),
        Contribution(JalaliMonth(1402, 1), FIRST, 9, 5),
    ]
    statement = build_statement(contributions, ["wages"])
    assert [(year.year, len(year.lines), year.days, year.wage) for year in list_wages(statement)] == [
        ("۱۴۰۰", 1, "۹", "۵"),
        ("۱۴۰۱", 0, "—", "—"),
        ("۱۴۰۲", 1, "۹", "۵"),
    ]
    assert build_only_table(statement).footnotes == [AS_LISTED_NOTE, LISTS_NOTE]


def test_a_year_of_lists_with_zero_days_has_zeros() -> None:
    statement = build_statement([Contribution(JalaliMonth(1400, 1), FIRST, 0, 0)], ["wages"])
    assert [(year.days, year.wage) for year in list_wages(statement)] == [("۰", "۰")]


def test_a_correction_marks_its_workshop_among_the_wages_and_the_month_among_the_days() -> None:
    contributions = [Contribution(JalaliMonth(1402, 1), workshop, 15, 1) for workshop in (FIRST, SECOND)]
    corrections = [{"month_jalali": "1402-01", "workshop_code": SECOND[0], "tracking_number": "77"}]
    wages = build_statement(contributions, ["wages"], corrections=corrections)
    assert [str(line.days) for line in list_wages(wages)[0].lines] == ["۱۵", "۱۵<small>(۲)</small>"]
    days = build_statement(contributions, ["all"], corrections=corrections)
    assert list_months(days)[0][0] == "۳۰<small>(۲)</small>"


def test_a_footnote_names_each_objection_once_and_only_those_of_the_table() -> None:
    corrections = [
        {"month_jalali": "1402-01", "workshop_code": FIRST[0], "tracking_number": "78"},
        {"month_jalali": "1402-02", "workshop_code": FIRST[0], "tracking_number": "77"},
        {"month_jalali": "1402-02", "workshop_code": SECOND[0], "tracking_number": "77"},
        {"month_jalali": "1399-02", "workshop_code": FIRST[0], "tracking_number": "79"},
    ]
    statement = build_statement(build_career("1402-01", 2), ["all"], corrections=corrections)
    (note,) = (note for note in build_only_table(statement).footnotes if note.startswith("(۲)"))
    assert 'شماره <bdi dir="ltr">۷۷</bdi> و <bdi dir="ltr">۷۸</bdi> ثبت یا اصلاح' in note


def test_a_month_both_disputed_and_corrected_has_both_marks() -> None:
    corrections = [{"month_jalali": "1402-01", "workshop_code": FIRST[0], "tracking_number": "78"}]
    statement = build_statement(
        [Contribution(JalaliMonth(1402, 1), FIRST, 15, 1)],
        ["all"],
        disputed=["1402-01"],
        corrections=corrections,
    )
    assert list_months(statement)[0][0] == "۱۵<small>(۱،۲)</small>"
    assert DISPUTED_NOTE in build_only_table(statement).footnotes


def test_a_dispute_outside_the_table_has_no_footnote_there() -> None:
    statement = build_statement(
        [Contribution(JalaliMonth(1402, 1), FIRST, 15, 1)], ["wages"], disputed=["1402-02"]
    )
    assert DISPUTED_NOTE not in build_only_table(statement).footnotes


def format_workshop(code: str, name: str, list_number: str = "01") -> tuple[str, bool]:
    contribution = Contribution(JalaliMonth(1402, 1), (code, name), 15, 1, list_number)
    (year,) = list_wages(build_statement([contribution], ["wages"]))
    return str(year.lines[0].workshop), year.lines[0].runs_one_way


def test_a_code_with_letters_is_isolated_from_the_text_around_it() -> None:
    printed = '\u200f<bdi dir="ltr">۱۲-AB-۷</bdi> لیست <bdi dir="ltr">S-۱</bdi>، کارگاه'
    assert format_workshop("12-AB-7", "کارگاه", "S-1") == (printed, False)


def test_a_name_with_anything_but_persian_letters_and_digits_may_run_both_ways() -> None:
    printed = "\u200f۰۰۱۲۳۴۵۶۷۸ لیست ۰۱، کارگاه 2 نمونه‌ای"
    assert format_workshop("0012345678", "کارگاه 2 نمونه‌ای") == (printed, True)
    for name in ("کارگاه (نمونه)", "کارگاه ABC", "کارگاه 12/3", "کارگاه «نمونه»"):
        assert format_workshop("0012345678", name) == (f"\u200f۰۰۱۲۳۴۵۶۷۸ لیست ۰۱، {name}", False)


def test_a_month_without_a_list_differs_from_one_without_wage() -> None:
    """An accepted objection added the month: it has days but no list, no wage and maybe no code."""
    claimed = Contribution(JalaliMonth(1402, 1), ("-", "کارگاه"), 15, 0, list_number="")
    corrections = [{"month_jalali": "1402-01", "workshop_code": "-", "tracking_number": "77"}]
    statement = build_statement([claimed], ["wages"], corrections=corrections)
    (line,) = list_wages(statement)[0].lines
    assert (line.workshop, line.wage) == ("\u200fبدون لیست، کارگاه", "—")
    footnotes = [str(note) for note in build_only_table(statement).footnotes]
    assert footnotes[:2] == [MOSTLY_AS_LISTED_NOTE, LISTS_NOTE]
    assert footnotes[2].startswith("(۲)")


def test_a_rule_follows_every_fifth_year() -> None:
    years = build_only_table(build_statement(build_career("1383-01", 132), ["all"])).years
    assert [year.year for year in years if isinstance(year, MonthsRow) and year.ends_group] == [
        "۱۳۸۴",
        "۱۳۸۹",
    ]


def test_a_rule_follows_each_season_except_the_last_of_a_year() -> None:
    (year,) = list_wages(build_statement(build_career("1402-02", 8, 2), ["wages"]))
    assert [line.month for line in year.lines if line.ends_season] == ["خرداد\u00a0۱۴۰۲", "شهریور\u00a0۱۴۰۲"]
