"""The writer of DSKKAR00.DBF and DSKWOR00.DBF, from rows like the parser's. Samples and tests call it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from services.kit.jalali import JalaliMonth, format_list_date
from services.records.lists.dbf import Column, write_table
from services.records.lists.encodings import DRIVER_CP1256, Encoding, get_encoder
from services.records.lists.fields import HEADER_FIELDS, SUMMED, WORKER_FIELDS, Field, Kind
from services.records.lists.rows import ListHeader, WorkerRow

_SEX_WORDS = {"male": "مرد", "female": "زن", None: ""}

_MAX_WIDTH = 254


@dataclass(frozen=True, slots=True)
class Layout:
    """How files differ: widths by name, fields that come first, missing fields, blank extra columns."""

    widths: Mapping[str, int] = field(default_factory=dict)
    first: Sequence[str] = ()
    without: Sequence[str] = ()
    extra: Sequence[Column] = ()


DEFAULT_LAYOUT = Layout()


def build_header(
    *,
    workshop_code: str,
    workshop_name: str,
    employer: str,
    address: str,
    month: JalaliMonth,
    list_number: str,
    rows: Sequence[WorkerRow],
) -> ListHeader:
    """Return the header of these rows: exact sums, and 20 % employer's and 3 % unemployment share."""
    insurable = sum(row.insurable for row in rows)
    return ListHeader(
        workshop_code=workshop_code,
        workshop_name=workshop_name,
        employer=employer,
        address=address,
        month=month,
        list_number=list_number,
        description="",
        workers=len(rows),
        **{name: sum(getattr(row, name) for row in rows) for name in SUMMED},
        employer_share=insurable * 20 // 100,
        unemployment_share=insurable * 3 // 100,
        premium_rate=27,
        contract_row="000",
        seniority=sum(row.seniority for row in rows),
        spouse_allowance=sum(row.spouse_allowance for row in rows),
    )


def write_list(
    header: ListHeader, rows: Sequence[WorkerRow], encoding: Encoding, layout: Layout = DEFAULT_LAYOUT
) -> tuple[bytes, bytes]:
    """Return the bytes of DSKKAR00.DBF and DSKWOR00.DBF. Texts are twice as wide in UTF-8.

    Raises ValueError for a value wider than its field, and its subclass UnicodeEncodeError for a letter that
    the encoding does not have.
    """
    period = {"year": header.month.year % 100, "month": header.month.month}
    of_header = {name: [getattr(header, name)] for name in ListHeader.__slots__}
    of_header |= {name: [value] for name, value in period.items()}
    repeated = {"workshop_code": header.workshop_code, "list_number": header.list_number, **period}
    of_workers: dict[str, Sequence[Any]] = {name: [value] * len(rows) for name, value in repeated.items()}
    of_workers |= {name: [getattr(row, name) for row in rows] for name in WorkerRow.__slots__}
    of_workers["nationality"] = ["غیرایرانی" if row.foreigner else "ایرانی" for row in rows]
    of_workers["sex"] = [_SEX_WORDS[row.sex] for row in rows]
    return (
        _write_file(HEADER_FIELDS, of_header, 1, header.month, encoding, layout),
        _write_file(WORKER_FIELDS, of_workers, len(rows), header.month, encoding, layout),
    )


def _write_file(
    fields: Sequence[Field],
    values: Mapping[str, Sequence[Any]],
    count: int,
    month: JalaliMonth,
    encoding: Encoding,
    layout: Layout,
) -> bytes:
    ordered = sorted(
        (item for item in fields if item.name not in layout.without),
        key=lambda item: layout.first.index(item.name) if item.name in layout.first else len(layout.first),
    )
    columns: list[Column] = []
    cells: list[Sequence[bytes]] = []
    for item in ordered:
        width = layout.widths.get(item.name, item.width)
        if encoding is Encoding.UTF_8 and item.kind is Kind.TEXT:
            width = min(2 * width, _MAX_WIDTH)
        column = Column(item.name, "N" if item.kind is Kind.NUMBER else "C", width)
        columns.append(column)
        cells.append(list(map(_build_cell_writer(column, get_encoder(encoding)), values[item.attribute])))
    for column in layout.extra:
        columns.append(column)
        cells.append([b" " * column.width] * count)
    driver = DRIVER_CP1256 if encoding is Encoding.CP1256 else 0
    return write_table(columns, zip(*cells, strict=True), driver=driver, changed=month.last_day)


def _build_cell_writer(column: Column, encode: Callable[[str], bytes]) -> Callable[[object], bytes]:
    @cache
    def write_cell(value: object) -> bytes:
        if isinstance(value, int):
            raw = str(value).rjust(column.width).encode()
        elif isinstance(value, date):
            raw = format_list_date(value).encode().ljust(column.width)
        else:
            raw = encode(str(value or "")).ljust(column.width)
        if len(raw) > column.width:
            raise ValueError(f"a value is wider than {column.name}, {column.width} bytes")
        return raw

    return write_cell
