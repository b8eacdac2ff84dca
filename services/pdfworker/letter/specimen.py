"""Compares both paths on an invented letter: the same glyphs on the same lines of as many pages.

A worker does so once, before its first letter. Called by `render`.
"""

import io
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pikepdf

from services.pdfworker.letter.drawing import Drawing
from services.pdfworker.letter.ligatures import get_empty_glyphs
from services.pdfworker.letter.setter import REGULAR, set_line

Json = dict[str, Any]
QR_TEXT = "https://govah.example/l/1#specimen"
# Points within which base lines are the same.
_SAME_LINE = 0.5
_MONTH_DAYS: tuple[int | None, ...] = (31, 31, 30, 0, None, 31, 30, 15, 30, 30, 7, 29)

_WORKSHOPS = (("0012345678", "شرکت (سهامی) ABC، واحد ۳/۲"), ("12-AB-7", "کارگاه علی‌اکبر و غلامرضا"))

Line = tuple[float, Counter[int]]


class PathsDiffer(RuntimeError):
    """Both paths do not give the same letter."""


def build_specimen() -> tuple[Json, Json]:
    """Return the letter and the statement of an invented person, with every kind of table and text."""
    years = [_build_year(1401), _build_year(1402), _build_year(1403)]
    days = sum(year["total_days"] for year in years)
    duration = {"years": days // 360, "months": days % 360 // 30, "days": days % 30}
    sums = {"duration": duration, "running_days": days, "running_duration": duration}
    running = [{**year, **sums} for year in years]
    workshops = [
        {"workshop_code": code, "workshop_name": name, "years": years, "total_days": days}
        for code, name in _WORKSHOPS
    ]
    rows = [
        {
            "month_jalali": f"{year['year']}-{month:02}",
            "workshop_code": workshop["workshop_code"],
            "workshop_name": workshop["workshop_name"],
            "list_number": "01",
            "job_title": "حسابدار (Senior)",
            "days": 29,
            "wage": 123_456_789,
        }
        for year in years
        for month in range(1, 13)
        for workshop in workshops
    ]
    statement = {
        "schema_version": 2,
        "as_of_jalali": "1405-09-01",
        "person": {
            "national_code": "0012345679",
            "first_name": "زهرا",
            "last_name": "احمدی‌نژاد",
            "father_name": "غلامرضا",
            "birth_date_jalali": "1360-02-11",
            "insurance_number": "12345678",
            "sex": "female",
        },
        "summary": {
            "total_days": days,
            "duration": duration,
            "first_month_jalali": "1401-01",
            "last_month_jalali": "1403-12",
            "workshop_count": 2,
        },
        "tables": {
            "all": {"workshops": workshops, "total_days": days},
            "wages": {
                "rows": rows,
                "years": [{"year": year["year"], "days": 696, "wage": 2_962_962_936} for year in years],
                "total_days": days,
                "total_wage": 8_888_888_808,
            },
            "consolidated": {"years": running, "total_days": days, "duration": duration},
        },
        "disputed_months": ["1402-03"],
        "corrections": [
            {"month_jalali": "1402-04", "workshop_code": "12-AB-7", "tracking_number": "140501010000456"}
        ],
    }
    letter = {
        "serial": "4071829365018",
        "tracking_number": "140509010001234",
        "issued_at": "2026-11-22T20:45:10Z",
        "types": ["all", "wages", "consolidated"],
        "agreement": {"version": 1, "agreed_at": "2026-11-22T08:29:31Z"},
    }
    return letter, statement


def _build_year(year: int) -> Json:
    return {"year": year, "months": list(_MONTH_DAYS), "total_days": sum(filter(None, _MONTH_DAYS))}


def require_same(pdf: bytes, reference: bytes) -> None:
    """Raise PathsDiffer unless two letters have the same glyphs on the same lines of as many pages."""
    pages, expected = _read_pages(pdf), _read_pages(reference)
    if len(pages) != len(expected):
        raise PathsDiffer(f"{len(pages)} pages instead of {len(expected)}")
    for number, (lines, expected_lines) in enumerate(zip(pages, expected, strict=True), start=1):
        if len(lines) != len(expected_lines):
            raise PathsDiffer(f"{len(lines)} lines instead of {len(expected_lines)} on page {number}")
        for (y, glyphs), (expected_y, expected_glyphs) in zip(lines, expected_lines, strict=True):
            if abs(y - expected_y) > _SAME_LINE or glyphs != expected_glyphs:
                raise PathsDiffer(f"another line at {expected_y:.1f} of page {number}")


def require_drawn(pdf: bytes, drawings: Sequence[Drawing]) -> None:
    """Raise PathsDiffer unless each page of a letter shows the glyphs of its drawing."""
    pages = _read_pages(pdf)
    if len(pages) != len(drawings):
        raise PathsDiffer(f"{len(pages)} pages instead of {len(drawings)}")
    for number, (lines, drawing) in enumerate(zip(pages, drawings, strict=True), start=1):
        expected = Counter(glyph.index for placed in drawing.collect_text() for glyph in placed.run.glyphs)
        _drop_unseen(expected)
        if sum((glyphs for _, glyphs in lines), Counter[int]()) != expected:
            raise PathsDiffer(f"other glyphs on page {number}")


def _drop_unseen(glyphs: Counter[int]) -> None:
    space, *_ = set_line(" ").runs
    for glyph in (space.run.glyphs[0], *get_empty_glyphs(REGULAR).list_all()):
        del glyphs[glyph.index]


def _read_pages(data: bytes) -> Sequence[Sequence[Line]]:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return [_merge_lines(_iterate_text(page)) for page in pdf.pages]


def _iterate_text(page: pikepdf.Page) -> Iterator[Line]:
    """Yield the base line of each text that is shown, from the bottom of the page, and its glyphs."""
    matrix, saved = (1.0, 0.0), list[tuple[float, float]]()
    line = 0.0
    for instruction in pikepdf.parse_content_stream(page):
        operator, operands = str(instruction.operator), instruction.operands
        if operator == "q":
            saved.append(matrix)
        elif operator == "Q":
            matrix = saved.pop()
        elif operator == "cm":
            scale, offset = matrix
            matrix = (float(operands[3]) * scale, float(operands[5]) * scale + offset)
        elif operator == "Tm":
            line = float(operands[5])
        elif operator == "Td":
            # The matrix of text has its y axis upwards, that of the page downwards.
            line -= float(operands[1])
        elif operator == "TJ":
            yield matrix[0] * line + matrix[1], _count_glyphs(operands[0])


def _count_glyphs(operand: Any) -> Counter[int]:
    """Return the glyphs that are seen: the HTML path has a space at the end of some lines.

    Glyphs without a picture are for readers of the text only.
    """
    glyphs = Counter[int]()
    for part in operand:
        if isinstance(part, pikepdf.String):
            data = bytes(part)
            glyphs.update(int.from_bytes(data[at : at + 2]) for at in range(0, len(data), 2))
    _drop_unseen(glyphs)
    return glyphs


def _merge_lines(texts: Iterator[Line]) -> Sequence[Line]:
    """Return what is shown on each base line, from the top."""
    lines: list[Line] = []
    for y, glyphs in sorted(texts, key=lambda text: -text[0]):
        if lines and lines[-1][0] - y < _SAME_LINE:
            lines[-1][1].update(glyphs)
        else:
            lines.append((y, Counter(glyphs)))
    return lines
