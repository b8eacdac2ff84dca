"""The English lines of the tables, beside the rows of `letter.tables`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from services.kit.statement_types import StatementType
from services.kit.text import normalise_digits
from services.pdfworker.letter.bilingual import figures, words
from services.pdfworker.letter.bilingual.page import BY_PROGRAM
from services.pdfworker.letter.bilingual.transliteration import convert_to_latin
from services.pdfworker.letter.marks import Figure, Marks
from services.pdfworker.letter.statement import NO_CODE, Snapshot, WageRow, WagesTable, Workshop
from services.pdfworker.letter.tables import Table


@dataclass(frozen=True)
class EnglishLine:
    """The English line of a row of the table of wages."""

    month: str
    span: str
    workshop: str
    job_title: str


@dataclass(frozen=True)
class BilingualTable:
    """A printed table with its English lines, in the order of its rows."""

    table: Table
    number: str
    title: str
    footnotes: Sequence[str]
    headings: Sequence[str] = ()
    lines: Mapping[str, Sequence[EnglishLine]] = field(default_factory=dict)


def add_english(snapshot: Snapshot, tables: Sequence[Table]) -> list[BilingualTable]:
    """Return the tables with English titles, headings, lines and footnotes."""
    corrections = dict(_translate_corrections(Marks(snapshot.statement)))
    return [_add_english(snapshot, table, {**words.FOOTNOTES, **corrections}) for table in tables]


def _add_english(snapshot: Snapshot, table: Table, footnotes: Mapping[Figure, str]) -> BilingualTable:
    kind = StatementType(table.kind)
    printed = snapshot.statement.tables
    return BilingualTable(
        table,
        number=f"{words.TABLE} {list(StatementType).index(kind) + 1}",
        title=kind.caption.en,
        footnotes=[footnotes[footnote] for footnote in table.footnotes],
        headings=[_name_workshop(workshop) for workshop in (printed.all and printed.all.workshops) or ()],
        lines=_group_lines(printed.wages) if printed.wages else {},
    )


def _translate_corrections(marks: Marks) -> Iterator[tuple[Figure, str]]:
    for correction in marks.list_corrections():
        yield (
            correction.footnote,
            words.CORRECTED_NOTE.format(
                mark=normalise_digits(correction.mark),
                months=", ".join(figures.format_month_ranges(correction.months)),
                number=figures.to_latin_figure(correction.number),
            ),
        )


def _name_workshop(workshop: Workshop) -> str:
    is_unnamed = workshop.workshop_code == NO_CODE
    code = words.WITHOUT_CODE if is_unnamed else f"workshop code {workshop.workshop_code}"
    return f"{_convert_workshop(workshop.workshop_name)}, {code}"


def _convert_workshop(name: str) -> str:
    return f"{convert_to_latin(name)}{BY_PROGRAM}" if name else words.UNNAMED_WORKSHOP


def _group_lines(table: WagesTable) -> dict[str, list[EnglishLine]]:
    """Return the lines of each year, which is written as the table has it in Latin digits."""
    lines: dict[str, list[EnglishLine]] = {}
    for row in sorted(table.rows, key=lambda row: row.month_jalali):
        lines.setdefault(str(row.month_jalali.year), []).append(_build_line(row))
    return lines


def _build_line(row: WageRow) -> EnglishLine:
    code = "" if row.workshop_code == NO_CODE else f"{row.workshop_code}, "
    number = f"{words.LIST} {row.list_number}" if row.list_number else words.WITHOUT_LIST
    return EnglishLine(
        month=figures.format_month(row.month_jalali),
        span=figures.format_month_span(row.month_jalali),
        workshop=f"{code}{number}, {_convert_workshop(row.workshop_name)}",
        job_title=row.job_title and f"{convert_to_latin(row.job_title)}{BY_PROGRAM}",
    )
