"""The parts of a letter for programs: structure, metadata, attached statement, QR codes."""

import io
import json
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pikepdf
import pytest
import zxingcpp
from PIL import Image

from tests.unit.pdfworker.letters import Sample
from tests.unit.pdfworker.statements import QR_TEXT, build_career, build_statement

SCHEMA = Path(__file__).parents[4] / "contracts" / "statement.schema.json"
MONTHS = 14
pytestmark = pytest.mark.xdist_group("letters")
Element = Any


@cache
def render_letter() -> bytes:
    return Sample(build_statement(build_career("1402-01", MONTHS))).render().pdf


@pytest.fixture(name="pdf")
def open_letter() -> Iterator[pikepdf.Pdf]:
    with pikepdf.open(io.BytesIO(render_letter())) as pdf:
        yield pdf


def iterate_elements(parent: Element) -> Iterator[Element]:
    """Yield all structure elements below one, in reading order."""
    for kid in parent.K:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield kid
            yield from iterate_elements(kid)


def list_structure(pdf: pikepdf.Pdf) -> list[Element]:
    return list(iterate_elements(pdf.Root.StructTreeRoot))


def list_names(elements: list[Element]) -> list[str]:
    return [str(element.S)[1:] for element in elements]


def test_each_part_of_the_letter_has_a_heading(pdf: pikepdf.Pdf) -> None:
    assert [name for name in list_names(list_structure(pdf)) if name.startswith("H")] == [
        "H1",
        "H2",
        "H2",
        "H2",
    ]


def test_every_header_cell_has_a_scope(pdf: pikepdf.Pdf) -> None:
    scopes = [str(element.A.Scope) for element in list_structure(pdf) if element.S == "/TH"]
    columns = 2 + (1 + 14) + 4 + (15 + 8)
    assert scopes.count("/Column") == columns
    assert scopes.count("/Row") == len(scopes) - columns > 0


def test_every_month_is_a_row_of_its_own(pdf: pikepdf.Pdf) -> None:
    wages = [element for element in list_structure(pdf) if element.S == "/Sect"][1]
    (table,) = (element for element in iterate_elements(wages) if element.S == "/Table")
    rows = [list_names(list(row.K)) for row in iterate_elements(table) if row.S == "/TR"]
    month, subtotal = ["TH", "TD", "TD", "TD"], ["TH", "TD", "TD"]
    assert rows == [["TH"] * 4] + [month] * 12 + [subtotal] + [month] * 2 + [subtotal] * 2


def test_pictures_are_described_and_the_foot_is_read_once(pdf: pikepdf.Pdf) -> None:
    elements = list_structure(pdf)
    figures = [str(element.Alt) for element in elements if element.S == "/Figure"]
    assert figures == [
        "نشان سازمان بیمه‌های اجتماعی نمونه",
        "رمزینه اصالت‌سنجی نامه با شماره سریال ۴۰۷۱\u00a0۸۲۹۳\u00a0۶۵۰۱۸",
    ]
    first_table = list_names(elements).index("Sect")
    assert max(place for place, element in enumerate(elements) if element.S == "/Figure") < first_table


def test_the_file_declares_its_language_and_title(pdf: pikepdf.Pdf) -> None:
    assert str(pdf.Root.Lang) == "fa"
    assert pdf.Root.MarkInfo.Marked
    assert pdf.Root.ViewerPreferences.DisplayDocTitle
    with pdf.open_metadata() as metadata:
        assert metadata["pdfaid:part"] + metadata["pdfaid:conformance"] == "3A"
        assert metadata["{http://www.aiim.org/pdfua/ns/id/}part"] == "1"
        assert (
            metadata["dc:title"]
            == str(pdf.docinfo.Title)
            == "نامه اعلام سابقه، شماره سریال ۴۰۷۱\u00a0۸۲۹۳\u00a0۶۵۰۱۸"
        )
        assert metadata["dc:creator"] == [str(pdf.docinfo.Author)]
        assert metadata["xmp:CreateDate"] == "2026-11-22T20:45:10Z"
        assert str(pdf.docinfo.CreationDate) == "D:20261122204510Z"


def test_the_statement_is_attached_as_the_letters_source(pdf: pikepdf.Pdf) -> None:
    (file,) = pdf.Root.AF
    assert str(file.AFRelationship) == "/Source"
    assert list(pdf.attachments) == ["statement.json"]
    content = file.EF.F
    assert str(content.Subtype) == "/application/json"
    assert str(content.Params.ModDate) == str(content.Params.CreationDate) == "D:20261122204510Z"
    attached = json.loads(content.read_bytes())
    assert attached == build_statement(build_career("1402-01", MONTHS))
    # The statements of tests have whole seconds.
    jsonschema.validate(
        attached | {"as_of": "2026-11-22T08:30:00.000000Z"}, json.loads(SCHEMA.read_text("utf-8"))
    )


def test_the_qr_code_of_every_printed_page_scans(tmp_path: Path) -> None:
    command = ["pdftoppm", "-r", "150", "-gray", "-png", "-", str(tmp_path / "page")]
    subprocess.run(command, input=render_letter(), check=True)
    pages = sorted(tmp_path.iterdir())
    assert len(pages) == 4
    for page in pages:
        with Image.open(page) as picture:
            assert [code.text for code in zxingcpp.read_barcodes(picture)] == [QR_TEXT]


def test_the_qr_code_is_stored_once_and_large_enough(pdf: pikepdf.Pdf) -> None:
    pictures = [o for o in pdf.objects if isinstance(o, pikepdf.Stream) and o.get("/Subtype") == "/Image"]
    (picture,) = pictures
    assert not picture.get("/Interpolate", False)
    quiet = 4
    modules = int(picture.Width) - 2 * quiet
    printed_mm = 29 * modules / (modules + 2 * quiet)
    assert printed_mm >= 22
