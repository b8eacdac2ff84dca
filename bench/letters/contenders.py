"""The ways to draw one letter that are compared; each is called with a statement and returns a PDF."""

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from bench.letters.signing import Sign, load_prover, sign_stock, skip_signing

HERE = Path(__file__).parent
Json = dict[str, Any]
Draw = Callable[[Json], bytes]
OURS, NAIVE, TYPST = "ours", "naive WeasyPrint", "Typst, PDF/A-3a and PDF/UA-1, unsigned"


@dataclass(frozen=True)
class Row:
    """A table's row for those who draw every table alike; the first cell spans `span` columns."""

    figures: Sequence[str]
    tag: str = "td"
    span: int = 1


def draw_signed() -> Draw:
    """Return letters as the worker makes them, after the warm-up of its processes."""
    from services.pdfworker.letter.render import render_letter, warm_up
    from tests.unit.pdfworker.letters import LETTERHEAD
    from tests.unit.pdfworker.statements import build_letter

    def draw(statement: Json) -> bytes:
        prover, letter = load_prover(), build_letter(statement["types"])
        text = prover.build_qr_text(letter, statement)
        rendered = render_letter(letter, statement, LETTERHEAD, text, prover.signer.build_place(text))
        return prover.sign_letter(rendered.pdf, rendered.pages).pdf

    warm_up(LETTERHEAD)
    return draw


def draw_ours(sign: Sign) -> Draw:
    """Return letters as the worker renders them, but signed another way or not at all."""
    from services.pdfworker.letter.render import render_letter, warm_up
    from tests.unit.pdfworker.letters import LETTERHEAD
    from tests.unit.pdfworker.statements import QR_TEXT, build_letter

    def draw(statement: Json) -> bytes:
        return sign(render_letter(build_letter(statement["types"]), statement, LETTERHEAD, QR_TEXT).pdf)

    warm_up(LETTERHEAD)
    return draw


def draw_html() -> Draw:
    """Return unsigned letters by the HTML path, which takes what plates cannot."""
    from services.pdfworker.letter.render import LetterPath, render_letter, warm_up
    from tests.unit.pdfworker.letters import LETTERHEAD
    from tests.unit.pdfworker.statements import QR_TEXT, build_letter

    def draw(statement: Json) -> bytes:
        letter = build_letter(statement["types"])
        return render_letter(letter, statement, LETTERHEAD, QR_TEXT, path=LetterPath.HTML).pdf

    warm_up(LETTERHEAD)
    return draw


def draw_naive(sign: Sign, **options: Any) -> Draw:
    """WeasyPrint as its first page shows it: one string of HTML, fonts by @font-face, nothing kept."""
    import segno
    from jinja2 import Environment
    from weasyprint import HTML

    from tests.unit.pdfworker.statements import QR_TEXT

    fonts = {
        weight: (_find_fonts() / f"Vazirmatn-{name}.ttf").as_uri()
        for weight, name in ((400, "Regular"), (700, "Bold"))
    }
    template = Environment(autoescape=True).from_string((HERE / "naive.html").read_text("utf-8"))

    def draw(statement: Json) -> bytes:
        page, tables = _write_words(statement)
        qr = segno.make(QR_TEXT, error="m").svg_data_uri()
        html = template.render(page=page, tables=tables, fonts=fonts, qr=qr)
        return sign(HTML(string=html).write_pdf(**options))

    return draw


def draw_typst(**options: Any) -> Draw:
    """Typst drawing the same tables, unsigned and without QR code or attachment."""
    import typst as typesetter

    folder = Path(tempfile.mkdtemp(prefix="govah-bench-"))
    (folder / "letter.typ").write_bytes((HERE / "letter.typ").read_bytes())
    (folder / "letter.json").write_text("{}")
    compiler = typesetter.Compiler(
        str(folder / "letter.typ"), font_paths=[str(_find_fonts())], ignore_system_fonts=True
    )

    def draw(statement: Json) -> bytes:
        page, tables = _write_words(statement)
        content = {
            "title": page.title,
            "sentence": str(page.sentence.striptags()),
            "facts": [[a.label, str(a.value), b.label, str(b.value)] for a, b in page.facts],
            "tables": [
                {**table, "rows": [[list(map(str, row.figures)), row.tag, row.span] for row in table["rows"]]}
                for table in tables
            ],
        }
        (folder / "letter.json").write_text(json.dumps(content), "utf-8")
        pdf = compiler.compile(format="pdf", **options)
        assert isinstance(pdf, bytes)
        return pdf

    return draw


def draw_empty() -> Draw:
    """Return the least that WeasyPrint can do: one page with one word."""
    from weasyprint import HTML

    return lambda _: bytes(HTML(string="<p>x").write_pdf())


CONTENDERS: dict[str, Callable[[], Draw]] = {
    OURS: draw_signed,
    "ours, unsigned": partial(draw_ours, skip_signing),
    "ours, HTML path, unsigned": draw_html,
    "ours, stock pyHanko": partial(draw_ours, sign_stock),
    NAIVE: partial(draw_naive, sign_stock),
    "naive WeasyPrint, PDF/A-3a": partial(draw_naive, sign_stock, pdf_variant="pdf/a-3a", pdf_tags=True),
    TYPST: partial(draw_typst, pdf_standards=["a-3a", "ua-1"]),
    "Typst, tagged only": draw_typst,
    "WeasyPrint, empty page": draw_empty,
}


@cache
def _find_fonts() -> Path:
    from services.pdfworker.letter.fonts import FONTS

    return FONTS


def _write_words(statement: Json) -> tuple[Any, list[Json]]:
    """Return the words and figures of the letter, for other contenders to draw."""
    from services.pdfworker.letter.page import build_page
    from services.pdfworker.letter.statement import parse_snapshot
    from services.pdfworker.letter.tables import build_tables
    from tests.unit.pdfworker.letters import LETTERHEAD
    from tests.unit.pdfworker.statements import build_letter

    snapshot = parse_snapshot(build_letter(statement["types"]), statement)
    tables = [
        {
            "kind": table.kind,
            "number": table.number,
            "title": table.title,
            "rows": list(_list_rows(table)),
            "footnotes": list(map(str, table.footnotes)),
        }
        for table in build_tables(snapshot)
    ]
    return build_page(snapshot, LETTERHEAD), tables


def _list_rows(table: Any) -> Iterator[Row]:
    from services.pdfworker.letter.tables import MONTH_NAMES

    if table.kind == "all":
        yield Row(["سال", *MONTH_NAMES, "جمع"], "th")
        for workshop in table.workshops:
            yield Row([workshop.heading], "th", 14)
            for year in workshop.years:
                yield Row([year.year, *year.months, *year.sums])
        yield Row(["جمع کل", *table.totals], "th", 13)
    elif table.kind == "wages":
        yield Row(["ماه", "کد، شماره لیست و نام کارگاه", "روز", "دستمزد و مزایای مشمول"], "th")
        for year in table.years:
            for line in year.lines:
                yield Row([line.month, line.workshop, line.days, line.wage])
            yield Row([f"جمع سال {year.year}", year.days, year.wage], "th", 2)
        yield Row(["جمع کل", *table.totals], "th", 2)
    else:
        yield Row(["سال", *MONTH_NAMES, *["جمع"] * len(table.years[0].sums)], "th")
        for year in table.years:
            yield Row([year.year, *year.months, *year.sums])
        yield Row(["جمع کل", *table.totals], "th", 13)
