"""Renders the snapshot of a request as an unsigned PDF. Called by the task.

A letter is set on plates. The HTML path takes what plates cannot, and every letter of a process in which the
two paths differ.
"""

import gc
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import structlog
from prometheus_client import Counter

from services.pdfworker.letter import specimen
from services.pdfworker.letter.bilingual.letters import English, build_english
from services.pdfworker.letter.finish import Addition, Completion
from services.pdfworker.letter.garbage import GarbageSchedule
from services.pdfworker.letter.html_path import (
    FAULTS,
    LetterResourceDenied,
    load_templates,
    write_html_letter,
)
from services.pdfworker.letter.page import Letterhead, Page, build_page
from services.pdfworker.letter.paragraphs import set_anything
from services.pdfworker.letter.plates import draw_letter, write_letter
from services.pdfworker.letter.qr import QrCode, encode_qr
from services.pdfworker.letter.setter import check_figures
from services.pdfworker.letter.shaping import Unsettable
from services.pdfworker.letter.statement import parse_snapshot
from services.pdfworker.letter.table_sheets import set_months
from services.pdfworker.letter.tables import Table, build_tables

__all__ = ["LetterPath", "LetterResourceDenied", "RenderedLetter", "render_letter", "warm_up"]

_GARBAGE = GarbageSchedule()
LETTER_PATHS = Counter(
    "govah_letters_path", "Rendered letters, by the way in which their pages were set", ["path"]
)
log = structlog.get_logger()


class LetterPath(StrEnum):
    """The way in which the pages of a letter are set."""

    PLATES = "plates"
    # On plates, with a first page that goes on to another.
    FLOW = "flow"
    HTML = "html"


@dataclass(frozen=True)
class RenderedLetter:
    """An unsigned letter; the same input always gives the same bytes."""

    pdf: bytes
    pages: int
    path: LetterPath = LetterPath.PLATES


def render_letter(
    letter: Mapping[str, Any],
    statement: Mapping[str, Any],
    letterhead: Letterhead,
    qr_text: str,
    signature: Addition | None = None,
    path: LetterPath = LetterPath.PLATES,
) -> RenderedLetter:
    """Return the letter of a claim's `letter` and `statement`, printed with an organisation's letterhead.

    It is PDF/A-3a and PDF/UA-1, has the statement attached as JSON, on every page `qr_text` as a QR code, and
    the place of a signature if one is given. What plates cannot take is laid out as HTML.
    Raises LetterInputInvalid and QrTextTooLong, which no retry helps, LetterResourceDenied, EmblemInvalid,
    FontsMissing, and OSError if the emblem cannot be read.
    """
    with _GARBAGE.defer():
        job = _prepare(letter, statement, letterhead, qr_text, signature)
        rendered = job.set_on_plates() if path == LetterPath.PLATES and STATE.can_use_plates else None
        rendered = rendered or job.lay_out_html_or_set()
        if rendered.path == LetterPath.HTML:
            # Boxes refer to each other; what a letter on plates leaves is freed without a collection.
            _GARBAGE.count_pages(rendered.pages)
        LETTER_PATHS.labels(rendered.path).inc()
        return rendered


@dataclass
class ProcessState:
    """Whether this process sets letters on plates."""

    can_use_plates: bool = True


STATE = ProcessState()


@dataclass(frozen=True)
class _Job:
    """A letter whose words are known."""

    page: Page
    tables: Sequence[Table]
    qr: QrCode
    completion: Completion
    is_test: bool = False
    english: English | None = None

    def set_on_plates(self) -> RenderedLetter | None:
        """Return the letter on plates, or None if it cannot be set so, such as a bilingual one."""
        if self.english:
            return None
        try:
            drawings = draw_letter(self.page, self.tables, is_test=self.is_test)
            pdf = write_letter(drawings, self.page, self.qr, self.completion)
        except Unsettable as error:
            log.info("letter.unsettable", reason=str(error))
        # A fault of the plates, or of what they assume of WeasyPrint. Time limits and lack of memory pass.
        except FAULTS as error:
            log.error("letter.plates-failed", reason=type(error).__name__)  # noqa: TRY400 -- may quote names
        else:
            goes_on = any(drawing.is_continued for drawing in drawings)
            return RenderedLetter(pdf, len(drawings), LetterPath.FLOW if goes_on else LetterPath.PLATES)
        return None

    def lay_out_html_or_set(self) -> RenderedLetter:
        """Return the letter by the HTML path, or on plates with other lines if WeasyPrint fails.

        Raises LetterResourceDenied, and WeasyPrint's error if plates cannot take the letter either.
        """
        try:
            return self.lay_out_html()
        except LetterResourceDenied:
            raise
        except FAULTS as error:
            log.error("letter.html-failed", reason=type(error).__name__)  # noqa: TRY400 -- may quote names
            with set_anything():
                rendered = self.set_on_plates() if STATE.can_use_plates else None
            if rendered is None:
                raise
            return rendered

    def lay_out_html(self) -> RenderedLetter:
        """Return the letter by the HTML path. Raises LetterResourceDenied."""
        pdf, pages = write_html_letter(
            self.page, self.tables, self.qr, self.completion, is_test=self.is_test, english=self.english
        )
        return RenderedLetter(pdf, pages, LetterPath.HTML)


def _prepare(
    letter: Mapping[str, Any],
    statement: Mapping[str, Any],
    letterhead: Letterhead,
    qr_text: str,
    signature: Addition | None = None,
) -> _Job:
    """Return the words of a letter, and what completes its pages."""
    snapshot = parse_snapshot(letter, statement)
    page, tables = build_page(snapshot, letterhead), build_tables(snapshot)
    english = build_english(snapshot, letterhead, page, tables)
    completion = Completion(
        title=english.title if english else page.title,
        author=page.organisation,
        issued_at=snapshot.letter.issued_at,
        # With an indent it would be written by Python's slow encoder.
        statement=json.dumps(statement, ensure_ascii=False, sort_keys=True).encode(),
        metadata=load_templates().get_template("metadata.xml"),
        signature=signature,
    )
    return _Job(
        page,
        tables,
        encode_qr(qr_text),
        completion,
        is_test=letterhead.test_mode,
        english=english,
    )


def warm_up(letterhead: Letterhead) -> None:
    """Load what all letters of a process need, and exclude it from garbage collection.

    Both paths set a specimen. If they differ, letters of this process and of those that it forks take the
    HTML path. If that fails, plates need only show all of their own glyphs. Raises FontsMissing,
    EmblemInvalid, and OSError if the emblem cannot be read.
    """
    job = _prepare(*specimen.build_specimen(), letterhead, specimen.QR_TEXT)
    # Whatever is wrong with a path costs speed, never a letter.
    try:
        reference = job.lay_out_html()
    except LetterResourceDenied:
        raise
    except FAULTS as error:
        log.error("html.unusable", reason=f"{type(error).__name__}: {error}")  # noqa: TRY400 -- no traceback
        reference = None
    try:
        _require_usable(job, reference)
    except Exception as error:  # noqa: BLE001
        log.error("plates.unusable", reason=f"{type(error).__name__}: {error}")  # noqa: TRY400 -- no traceback
        STATE.can_use_plates = False
    else:
        STATE.can_use_plates = True
    set_months()
    gc.collect()
    gc.freeze()


def _require_usable(job: _Job, reference: RenderedLetter | None) -> None:
    """Raise an exception unless a letter on plates is the same as by the HTML path, if there is one."""
    check_figures()
    on_plates = job.set_on_plates()
    if on_plates is None:
        raise specimen.PathsDiffer("the specimen cannot be set on plates")
    if reference:
        specimen.require_same(on_plates.pdf, reference.pdf)
    else:
        specimen.require_drawn(on_plates.pdf, draw_letter(job.page, job.tables, is_test=job.is_test))
