"""A statement as CSV and as XLSX, for people who go on working with its figures. Called by pages.

Numbers are numbers. Texts that a spreadsheet would take for a formula are neutralised: names of workshops
come from employers' lists.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response
from flask_babel import gettext
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from gateway.portal.show import format_types, get_month_name, is_persian
from gateway.portal.statement_years import list_years_of_days

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS = ("csv", "xlsx")
# Beginnings that spreadsheets take for a formula (CWE-1236), also behind spaces and in full width; and behind
# what separates cells in some countries, which makes a cell of its own there.
FORMULA = re.compile(r"^(?=[\t\r\n]|\s*[=+\-@＝＋－＠])|(?<=\S)[;؛\t|](?=\s*[=+\-@＝＋－＠])")
WIDEST, LONGEST_TITLE = 60, 31
# Not allowed in the name of a sheet.
RESERVED = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
Cell = str | int | None


@dataclass(frozen=True)
class Table:
    """A table with its title, the heads of its columns and its rows."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def build_download(statement: Mapping[str, Any], kind: str, name: str) -> Response:
    """Return a statement as a file to save: `csv` has its most detailed table, `xlsx` has all of them."""
    tables = list_tables(statement)
    if kind == "xlsx":
        content, media_type = write_workbook([build_summary(statement), *tables]), XLSX
    else:
        content, media_type = write_csv(_choose_detailed(tables, statement)), "text/csv; charset=utf-8"
    response = Response(content, content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def list_tables(statement: Mapping[str, Any]) -> list[Table]:
    """Return the tables of a statement, in the order of pages and letters."""
    builders = {"all": _build_days, "wages": _build_wages, "consolidated": _build_days}
    return [builders[kind](statement, kind) for kind in builders if statement["tables"].get(kind) is not None]


def build_summary(statement: Mapping[str, Any]) -> Table:
    """Return who the statement is about and its sums."""
    person, summary = statement["person"], statement["summary"]
    rows: list[tuple[str, Cell]] = [
        (gettext("نام"), f"{person['first_name']} {person['last_name']}"),
        (gettext("نام پدر"), person["father_name"]),
        (gettext("کد ملی"), person["national_code"]),
        (gettext("شماره بیمه"), person["insurance_number"]),
        (gettext("تاریخ تولد"), person["birth_date_jalali"]),
        (gettext("جمع سابقه (روز)"), summary["total_days"]),
        (gettext("اولین ماه"), summary["first_month_jalali"]),
        (gettext("آخرین ماه"), summary["last_month_jalali"]),
        (gettext("کارگاه‌ها"), summary["workshop_count"]),
        (gettext("تاریخ مبنا"), statement["as_of_jalali"]),
    ]
    return Table(gettext("خلاصه"), (gettext("عنوان"), gettext("مقدار")), rows)


def write_csv(table: Table) -> bytes:
    """Return a table as UTF-8 with the mark by which spreadsheets recognise it."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows(map(_escape_row, [table.heads, *table.rows]))
    return text.getvalue().encode("utf-8-sig")


def write_workbook(tables: Iterable[Table]) -> bytes:
    """Return a workbook with a sheet for each table, from right to left in Persian."""
    workbook = Workbook()
    workbook.remove(workbook.active)
    for table in tables:
        sheet = workbook.create_sheet(table.title.translate(RESERVED)[:LONGEST_TITLE])
        sheet.sheet_view.rightToLeft = is_persian()
        sheet.freeze_panes = "A2"
        for row in (table.heads, *table.rows):
            sheet.append(_escape_row(row))
        _format_sheet(sheet, table)
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()


def _format_sheet(sheet: Worksheet, table: Table) -> None:
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            # Whole rials by thousands; a year has no separator.
            cell.number_format = "#,##0" if isinstance(cell.value, int) and cell.value > 9999 else "General"
    for number, cells in enumerate(zip(table.heads, *table.rows, strict=True), 1):
        longest = max(len(str(cell)) for cell in cells if cell is not None)
        sheet.column_dimensions[get_column_letter(number)].width = min(longest + 2, WIDEST)


def _build_days(statement: Mapping[str, Any], kind: str) -> Table:
    months = [get_month_name(number) for number in range(1, 13)]
    heads = (gettext("سال"), gettext("کد کارگاه"), gettext("کارگاه"), *months, gettext("جمع"))
    rows: list[Sequence[Cell]] = [
        (year.year, workshop.code, workshop.name, *workshop.months, workshop.total_days)
        for year in list_years_of_days(statement, kind)
        for workshop in year.workshops
    ]
    if all(row[1] is None for row in rows):
        heads = (heads[0], *heads[3:])
        rows = [(row[0], *row[3:]) for row in rows]
    return Table(format_types([kind]), heads, rows)


def _build_wages(statement: Mapping[str, Any], kind: str) -> Table:
    heads = (
        *(gettext("سال"), gettext("ماه"), gettext("نام ماه"), gettext("کد کارگاه"), gettext("کارگاه")),
        *(gettext("شماره لیست"), gettext("عنوان شغل"), gettext("روزها"), gettext("دستمزد (ریال)")),
    )
    rows = []
    for row in statement["tables"][kind]["rows"]:
        year, month = map(int, row["month_jalali"].split("-"))
        place = (row["workshop_code"], row["workshop_name"], row["list_number"], row.get("job_title"))
        rows.append((year, month, get_month_name(month), *place, row["days"], row["wage"]))
    return Table(format_types([kind]), heads, rows)


def _choose_detailed(tables: Sequence[Table], statement: Mapping[str, Any]) -> Table:
    present = [kind for kind in ("all", "wages", "consolidated") if kind in statement["tables"]]
    return tables[present.index("wages")] if "wages" in present else tables[0]


def _escape_row(row: Iterable[Cell]) -> list[Cell]:
    return [_escape_formula(cell) if isinstance(cell, str) else cell for cell in row]


def _escape_formula(text: str) -> str:
    return escape_formulas(ILLEGAL_CHARACTERS_RE.sub("", text))


def escape_formulas(text: str) -> str:
    """Return a text with an apostrophe before each part that a spreadsheet would take for a formula."""
    return FORMULA.sub(r"\g<0>'", text)
