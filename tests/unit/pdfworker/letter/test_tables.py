"""The rows of the tables: gaps, marks, order and footnotes."""

from typing import Any

import pytest
from markupsafe import Markup

from services.kit.jalali import JalaliMonth
from services.pdfworker.letter.marks import DISPUTED_NOTE
from services.pdfworker.letter.statement import parse_snapshot
from services.pdfworker.letter.tables import (
    AS_LISTED_NOTE,
    CONCURRENT_NOTE,
    LISTS_NOTE,
    MOSTLY_AS_LISTED_NOTE,
    MonthsRow,
    Table,
    build_tables,
)
from services.pdfworker.letter.wage_rows import WagesOfYear
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


def list_years(table: Table) -> list[MonthsRow]:
    """Return the years of all workshops."""
    return [year for workshop in table.workshops for year in workshop.years]


def list_months(statement: dict[str, Any]) -> list[list[str]]:
    return [list(map(str, year.months)) for year in list_years(build_only_table(statement))]


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
    assert [months[0] for months in list_months(days)] == ["۱۵", "۱۵<small>(۲)</small>"]
    together = build_statement(contributions, ["all"], corrections=corrections, version=1)
    assert list_months(together)[0][0] == "۳۰<small>(۲)</small>"


def test_a_footnote_names_the_objection_of_its_own_month() -> None:
    corrections = [
        {"month_jalali": "1402-01", "workshop_code": FIRST[0], "tracking_number": "78"},
        {"month_jalali": "1402-02", "workshop_code": FIRST[0], "tracking_number": "77"},
        {"month_jalali": "1402-02", "workshop_code": SECOND[0], "tracking_number": "77"},
        {"month_jalali": "1399-02", "workshop_code": FIRST[0], "tracking_number": "79"},
    ]
    statement = build_statement(build_career("1402-01", 2, 2), ["all"], corrections=corrections)
    marked = [[figure.partition("<small>")[2] for figure in months[:2]] for months in list_months(statement)]
    assert marked == [["(۳)</small>", "(۴)</small>"], ["", "(۴)</small>"]]
    notes = [str(note).replace("\u00a0", " ") for note in build_only_table(statement).footnotes[2:]]
    assert [note.partition(" ثبت یا اصلاح")[0] for note in notes] == [
        '(۳) فروردین ۱۴۰۲: این رقم بر اساس تصمیم درباره اعتراض شماره <bdi dir="ltr">۷۸</bdi>',
        '(۴) اردیبهشت ۱۴۰۲: این رقم بر اساس تصمیم درباره اعتراض شماره <bdi dir="ltr">۷۷</bdi>',
    ]


def test_each_workshop_without_a_code_has_the_mark_of_its_own_objection() -> None:
    """The statement has corrections in the order of the rows, and a letter numbers objections by month."""
    first, second = ("-", "کارگاه نرگس"), ("-", "کارگاه لاله")
    places = [
        ("1402-01", first, "88"),
        ("1402-02", first, "88"),
        ("1402-02", second, "77"),
        ("1402-03", second, "77"),
    ]
    contributions = [
        Contribution(JalaliMonth.parse(month), workshop, 10, 0, list_number="")
        for month, workshop, _ in places
    ]
    corrections = [
        {"month_jalali": month, "workshop_code": "-", "tracking_number": number}
        for month, _, number in places
    ]
    wages = build_statement(contributions, ["wages"], corrections=corrections)
    marks = [str(line.days).partition("<small>")[2] for line in list_wages(wages)[0].lines]
    assert marks == ["(۲)</small>", "(۲)</small>", "(۳)</small>", "(۳)</small>"]
    days = list_months(build_statement(contributions, ["all"], corrections=corrections))
    marked = [[figure.partition("<small>")[2] for figure in months[:3]] for months in days]
    assert marked == [["(۲)</small>", "(۲)</small>", ""], ["", "(۳)</small>", "(۳)</small>"]]
    sums = build_statement(contributions, ["consolidated"], corrections=corrections)
    (year,) = build_only_table(sums).years
    assert isinstance(year, MonthsRow)
    assert str(year.months[1]).endswith("<small>(۲،۳)</small>")


def test_a_month_that_two_objections_corrected_has_both_marks_in_a_sum() -> None:
    corrections = [
        {"month_jalali": "1402-01", "workshop_code": workshop[0], "tracking_number": number}
        for workshop, number in ((FIRST, "78"), (SECOND, "77"))
    ]
    statement = build_statement(build_career("1402-01", 1, 2), ["consolidated"], corrections=corrections)
    (year,) = build_only_table(statement).years
    assert isinstance(year, MonthsRow)
    assert str(year.months[0]).endswith("<small>(۲،۳)</small>")


def test_each_workshop_has_its_years_and_its_sum() -> None:
    contributions = [
        Contribution(JalaliMonth(1402, 1), SECOND, 20, 1),
        Contribution(JalaliMonth(1402, 2), FIRST, 31, 1),
        Contribution(JalaliMonth(1402, 2), SECOND, 30, 1),
        Contribution(JalaliMonth(1403, 1), FIRST, 1, 1),
    ]
    table = build_only_table(build_statement(contributions, ["all"]))
    assert [(Markup(one.heading).striptags(), one.sum) for one in table.workshops] == [
        ("شرکت مهندسی آفتاب شرق، کد کارگاه ۰۰۲۳۴۵۶۷۸۹", "۵۰"),
        ("کارگاه تولیدی نمونه، کد کارگاه ۰۰۱۲۳۴۵۶۷۸", "۳۲"),
    ]
    assert [[year.year for year in one.years] for one in table.workshops] == [["۱۴۰۲"], ["۱۴۰۲", "۱۴۰۳"]]
    assert table.totals == ["۵۲"]
    assert table.footnotes == [LISTS_NOTE, CONCURRENT_NOTE]


def test_a_total_without_concurrent_days_needs_no_note() -> None:
    contributions = [
        Contribution(JalaliMonth(1402, 1), FIRST, 9, 1),
        Contribution(JalaliMonth(1402, 1), SECOND, 9, 1),
    ]
    assert build_only_table(build_statement(contributions, ["all"])).footnotes == [LISTS_NOTE]


@pytest.mark.parametrize(
    ("code", "name", "heading"),
    [
        ("-", "کارگاه آشنا", "کارگاه آشنا، بدون کد کارگاه"),
        ("12-AB", "", 'کارگاه بی‌نام، کد\xa0کارگاه\xa0<bdi dir="ltr">۱۲-AB</bdi>'),
    ],
)
def test_a_workshop_without_a_code_or_a_name_has_a_heading(code: str, name: str, heading: str) -> None:
    contribution = Contribution(JalaliMonth(1402, 1), (code, name), 15, 1)
    (workshop,) = build_only_table(build_statement([contribution], ["all"])).workshops
    assert str(workshop.heading) == heading


def test_the_first_version_has_one_table_of_all_workshops() -> None:
    statement = build_statement(build_career("1402-01", 2, 2), ["all"], version=1)
    (together,) = build_only_table(statement).workshops
    assert (together.heading, [year.year for year in together.years]) == ("", ["۱۴۰۲"])
    assert build_tables(parse_snapshot(build_letter(["all"]), build_statement([], ["all"], version=1))) == []


def test_a_disputed_month_is_marked_where_it_has_a_list() -> None:
    contributions = [
        Contribution(JalaliMonth(1402, 1), FIRST, 9, 1),
        Contribution(JalaliMonth(1402, 2), SECOND, 9, 1),
    ]
    statement = build_statement(contributions, ["all"], disputed=["1402-01", "1402-03"])
    assert [months[:3] for months in list_months(statement)] == [
        ["۹<small>(۱)</small>", "—", "—<small>(۱)</small>"],
        ["—", "۹", "—<small>(۱)</small>"],
    ]


def test_a_table_without_job_titles_has_no_column_for_them() -> None:
    contributions = [Contribution(JalaliMonth(1402, 1), FIRST, 9, 1)]
    assert not build_only_table(build_statement(contributions, ["wages"])).has_job_titles
    contributions.append(Contribution(JalaliMonth(1402, 2), FIRST, 9, 1, job_title="حسابدار (CPA)"))
    statement = build_statement(contributions, ["wages"])
    assert build_only_table(statement).has_job_titles
    (year,) = list_wages(statement)
    assert [(line.job_title, line.has_one_way_title) for line in year.lines] == [
        ("", True),
        ("حسابدار (CPA)", False),
    ]


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
    years = list_years(build_only_table(build_statement(build_career("1383-01", 132), ["all"])))
    assert [year.year for year in years if year.ends_group] == ["۱۳۸۴", "۱۳۸۹"]


def test_a_rule_follows_each_season_except_the_last_of_a_year() -> None:
    (year,) = list_wages(build_statement(build_career("1402-02", 8, 2), ["wages"]))
    assert [line.month for line in year.lines if line.ends_season] == ["خرداد\u00a0۱۴۰۲", "شهریور\u00a0۱۴۰۲"]
