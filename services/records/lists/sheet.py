"""One file of a list as columns of Python values. The parser reads both files through here.

The work is done by columns and each distinct cell is read once: names, jobs and dates repeat, and per-cell
work is what makes other readers slow.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from services.kit.jalali import JalaliInvalid, parse_list_date
from services.kit.text import normalise_digits, normalise_text
from services.records.lists.dbf import Table
from services.records.lists.encoding import Encoding, decoder
from services.records.lists.fields import Field, Kind
from services.records.lists.findings import Finding, ListFile, found

_WHOLE = re.compile(r"(-?[0-9]+)(?:\.0*)?")
_BLANK: dict[Kind, object] = {Kind.TEXT: "", Kind.CODE: "", Kind.NUMBER: 0, Kind.DATE: None}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file's records by columns: values by attribute, as their Kind says, and what was wrong with them.

    numeric are the attributes whose column is of type N: some programs keep a sum as text, or none in it.
    """

    file: ListFile
    table: Table
    values: dict[str, Sequence[Any]]
    numeric: frozenset[str]
    findings: Sequence[Finding]

    def differing(self, attribute: str, expected: object) -> Iterable[tuple[int, Any]]:
        """Yield record number and value wherever a column differs from what was expected."""
        column = self.values[attribute]
        if column.count(expected) != len(column):
            for number, value in zip(self.table.numbers, column, strict=True):
                if value != expected:
                    yield number, value


def texts_of(table: Table, fields: Sequence[Field]) -> bytes:
    """Return the bytes of all the texts in a file, to tell its encoding by."""
    known = {field.name for field in fields}
    return b"".join(
        b"".join(cells)
        for name, cells in table.cells.items()
        if name in known and table.columns[name].type == "C"
    )


def missing_fields(table: Table, fields: Sequence[Field], file: ListFile) -> list[Finding]:
    """Return an error for each required field that the file does not have."""
    return [
        found("field-missing", file, field.name)
        for field in fields
        if field.required and field.name not in table.cells
    ]


def read_sheet(table: Table, fields: Sequence[Field], file: ListFile, encoding: Encoding) -> Sheet:
    """Return a file's values by attribute, with an error for each number that is none or out of its range.

    Such a number counts as 0 from here on, a date that is none as absent, a missing optional field as blank.
    """
    readers = _readers(encoding)
    values: dict[str, Sequence[Any]] = {}
    findings: list[Finding] = []
    for field in fields:
        cells = table.cells.get(field.name)
        if cells is None:
            values[field.attribute] = [_BLANK[field.kind]] * len(table.numbers)
            continue
        column = list(map(readers[field.kind], cells))
        if field.kind is Kind.NUMBER:
            findings += _settle_numbers(column, cells, table.numbers, field, file)
        values[field.attribute] = column
    numeric = frozenset(field.attribute for field in fields if _type_of(table, field) == "N")
    return Sheet(file, table, values, numeric, findings)


def _type_of(table: Table, field: Field) -> str | None:
    column = table.columns.get(field.name)
    return column.type if column else None


def _readers(encoding: Encoding) -> dict[Kind, Callable[[bytes], Any]]:
    decode = decoder(encoding)

    @cache
    def text(raw: bytes) -> str:
        plain = raw.strip(b" \0")
        return plain.decode() if plain.isalnum() else normalise_text(decode(plain))

    @cache
    def code(raw: bytes) -> str:
        return normalise_digits(text(raw))

    @cache
    def number(raw: bytes) -> int | None:
        plain = raw.strip(b" \0")
        if plain.isdigit():
            return int(plain)
        whole = _WHOLE.fullmatch(code(plain) or "0")
        return int(whole[1]) if whole else None

    @cache
    def day(raw: bytes) -> date | None:
        try:
            return parse_list_date(code(raw))
        except JalaliInvalid:
            return None

    return {Kind.TEXT: text, Kind.CODE: code, Kind.NUMBER: number, Kind.DATE: day}


def _settle_numbers(
    column: list[int | None], cells: Sequence[bytes], numbers: Sequence[int], field: Field, file: ListFile
) -> list[Finding]:
    """Set unacceptable numbers to 0 in place and return the findings about them."""
    findings = []
    for i, value in enumerate(column):
        if value is None or not 0 <= value <= field.most:
            column[i] = 0
            if field.refusal:
                shown = cells[i].decode("ascii", "replace")
                findings.append(found(f"number/{field.refusal}", file, field.name, numbers[i], shown))
    return findings
