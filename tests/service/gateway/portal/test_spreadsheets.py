"""A record as CSV and XLSX: what a spreadsheet finds in it."""

import csv
import io
from typing import Any

import openpyxl
import pytest

from gateway.portal.spreadsheets import Table, write_csv, write_workbook
from tests.service.gateway.portal.desk import Person, Services
from tests.service.gateway.portal.inquiries import ANSWER, FORM, SERIAL, TYPED
from tests.service.gateway.portal.long_record import build_long_statement, set_long_record

PATH = "/record/statement"


@pytest.fixture
def citizen(person: Person, services: Services) -> Person:
    set_long_record(services)
    person.sign_in()
    return person


def read_workbook(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


def test_csv_has_every_month_and_workshop(citizen: Person) -> None:
    reply = citizen.get(f"{PATH}.csv")
    assert reply.data.startswith(b"\xef\xbb\xbf")
    assert reply.headers["Content-Disposition"] == 'attachment; filename="govah-record.csv"'
    assert reply.headers["Cache-Control"] == "no-store"
    first, *rows = list(csv.reader(io.StringIO(reply.data.decode("utf-8-sig"))))
    table = build_long_statement()["tables"]["wages"]
    assert first[:4] == ["سال", "ماه", "نام ماه", "کد کارگاه"]
    assert len(rows) == len(table["rows"])
    assert sum(int(row[-1]) for row in rows) == table["total_wage"]


def test_workbook_has_a_sheet_for_each_table_from_right_to_left(citizen: Person) -> None:
    workbook = read_workbook(citizen.get(f"{PATH}.xlsx").data)
    assert workbook.sheetnames == ["خلاصه", "کلیه سوابق", "سوابق و ریز دستمزدها", "سوابق تلفیقی"]
    assert all(sheet.sheet_view.rightToLeft for sheet in workbook)
    wages = [row[-1].value for row in workbook.worksheets[2].iter_rows(min_row=2)]
    assert sum(wages) == build_long_statement()["tables"]["wages"]["total_wage"]
    assert workbook.worksheets[1]["B2"].value == "0012345678"
    english = read_workbook(citizen.get(f"{PATH}.xlsx?lang=en").data)
    assert not any(sheet.sheet_view.rightToLeft for sheet in english)
    assert english.worksheets[1]["D1"].value == "Farvardin"


def test_institution_saves_the_tables_of_an_answer(person: Person, answered: Services) -> None:
    person.send(FORM, **TYPED)
    assert f"{ANSWER}/statement.xlsx" in person.read(ANSWER)
    workbook = read_workbook(person.get(f"{ANSWER}/statement.xlsx").data)
    assert workbook.worksheets[1]["C2"].value == "<صنایع چوب>"
    reply = person.get(f"{ANSWER}/statement.csv")
    assert reply.headers["Content-Disposition"] == f'attachment; filename="{SERIAL}.csv"'
    assert "147757500" in reply.data.decode("utf-8-sig")


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\xa0@A", "＝1"]
)
def test_texts_are_never_formulas(text: str) -> None:
    table = Table("t", ["head"], [[text], [-5], [None]])
    [_head, row, number, empty] = list(
        csv.reader(io.StringIO(write_csv(table).decode("utf-8-sig"), newline=""))
    )
    assert (row, number, empty) == ([f"'{text}"], ["-5"], [""])


@pytest.mark.parametrize("separator", [";", "؛", "\t", "|"])
def test_separators_of_other_countries_begin_no_formula(separator: str) -> None:
    table = Table("t", ["head"], [[f"چوب{separator} =1+1"], ["الف-ب؛ ج"]])
    rows = list(csv.reader(io.StringIO(write_csv(table).decode("utf-8-sig"))))
    assert rows[1:] == [[f"چوب{separator}' =1+1"], ["الف-ب؛ ج"]]


def test_workbook_keeps_formulas_as_texts(citizen: Person) -> None:
    with citizen.http.application.test_request_context():
        content = write_workbook([Table("a/b", ["head"], [["=1+1"], ["\x00=a\x07b"], [5]])])
    sheet = read_workbook(content).active
    assert [(cell.value, cell.data_type) for cell in sheet["A"]] == [
        ("head", "s"),
        ("'=1+1", "s"),
        ("'=ab", "s"),
        (5, "n"),
    ]
