"""List files at the edge of what is permitted and beyond it, which no writer of lists would write."""

import struct
from collections.abc import Callable, Mapping, Sequence

from services.records.lists.dbf import MAX_BYTES, MAX_RECORDS
from services.records.lists.fields import HEADER_FIELDS, SUMMED, WORKER_FIELDS, Field, Kind

Column = tuple[str, str, int]
# Ten letters of cp1256 in the place of ten digits.
PERSIAN = bytes.maketrans(b"0123456789", "ابپتدرسفمن".encode("cp1256"))


def table_of(columns: Sequence[Column], records: Sequence[bytes], *, claimed: int | None = None) -> bytes:
    """The bytes of a dBase III file; `claimed` is how many records its header speaks of."""
    width = 1 + sum(column[2] for column in columns)
    start = 32 + 32 * len(columns) + 1
    head = struct.pack("<4BLHH20x", 3, 124, 1, 1, len(records) if claimed is None else claimed, start, width)
    described = (struct.pack("<11sc4xB15x", name.encode(), kind.encode(), w) for name, kind, w in columns)
    return head + b"".join(described) + b"\r" + b"".join(b" " + record for record in records) + b"\x1a"


def blank_table(columns: int, width: int, records: int) -> bytes:
    """A table of so many columns of that width besides those of DSKWOR00, which are as narrow as can be."""
    described = [(field.name, type_of(field), 1) for field in WORKER_FIELDS]
    described += [(f"X{number}", "C", width) for number in range(columns)]
    return table_of(described, [b"0" * sum(width for _name, _type, width in described)] * records)


def code_of(number: int) -> bytes:
    """The national code whose first nine digits are this number."""
    digits = f"{number:09}"
    rest = sum(int(digit) * (10 - place) for place, digit in enumerate(digits)) % 11
    return f"{digits}{rest if rest < 2 else 11 - rest}".encode()


NARROW = {
    "DSW_ID": 3, "DSW_YY": 2, "DSW_MM": 2, "DSW_LISTNO": 1, "DSW_ID1": 8, "DSW_SEX": 3, "DSW_NAT": 6,
    "DSW_DD": 2, "PER_NATCOD": 10, "DSW_PRATE": 1, "DSW_ROOZ": 5, "DSW_MAH": 6, "DSW_MAZ": 5,
    "DSW_MASH": 7, "DSW_TOTL": 7, "DSW_BIME": 6, "DSW_INC": 5, "DSW_SPOUSE": 5,
}  # fmt: skip
SAME = {
    "DSW_ID": b"099",
    "DSW_YY": b" 3",
    "DSW_MM": b" 7",
    "DSW_LISTNO": b"1",
    "DSW_NAT": "ايراني".encode("cp1256"),
    "DSW_SEX": "زن ".encode("cp1256"),
    "DSW_DD": b" 1",
}
Cell = Callable[[Field, int, int], bytes]


def worker_columns(record: int) -> list[Column]:
    """All the fields of DSKWOR00, so wide that a record has this many bytes."""
    dates = [field.name for field in WORKER_FIELDS if field.kind is Kind.DATE]
    texts = [field.name for field in WORKER_FIELDS if field.name not in NARROW | dict.fromkeys(dates)]
    left = record - 1 - sum(NARROW.values()) - 8 * len(dates)
    widths = NARROW | dict.fromkeys(dates, 8) | dict.fromkeys(texts, left // len(texts))
    widths[texts[0]] += left % len(texts)
    return [(field.name, type_of(field), widths[field.name]) for field in WORKER_FIELDS]


def type_of(field: Field) -> str:
    """The type of a field's column."""
    return "N" if field.kind is Kind.NUMBER else "C"


def differing_cell(field: Field, row: int, width: int) -> bytes:
    """A cell without an error that no other row has, as far as there are so many."""
    if field.name in SAME:
        return SAME[field.name]
    if field.name == "PER_NATCOD":
        return code_of(100_000_000 + row)
    if field.name == "DSW_ID1":
        return str(10_000_000 + row).encode()
    if field.kind is Kind.DATE:
        return f"{1300 + row % 97}{1 + row // 97 % 12:02}{1 + row // 1164 % 28:02}".encode()
    if field.kind is Kind.NUMBER:
        return str(row % 10**width).rjust(width).encode()
    return str(row * 7_919).zfill(width)[:width].encode().translate(PERSIAN)


def lam_alef(field: Field, row: int, width: int) -> bytes:
    """Texts of a letter that is two in Iran System: the most that a byte of a file can become."""
    cell = differing_cell(field, row, width)
    if field.name in {"DSW_NAT", "DSW_SEX"}:
        return b" " * width
    return cell if cell.isascii() else str(row).zfill(5).encode().rjust(width, b"\xf2")


def wrong_number(field: Field, row: int, width: int) -> bytes:
    """An error in each number of each row."""
    cell = differing_cell(field, row, width)
    return f"-{row}".rjust(width).encode()[:width] if type_of(field) == "N" else cell


def largest_list(cell: Cell = differing_cell, rows: int = MAX_RECORDS) -> tuple[bytes, bytes]:
    """A list whose DSKWOR00 has 20 MiB, with a header that states the sums of its rows."""
    columns = worker_columns((MAX_BYTES - 2_000) // rows)
    listed = [
        [cell(field, row, width) for row in range(rows)]
        for field, (_name, _type, width) in zip(WORKER_FIELDS, columns, strict=True)
    ]
    sums = {
        field.attribute: sum(int(cell) for cell in cells if cell.strip().isdigit())
        for field, cells in zip(WORKER_FIELDS, listed, strict=True)
        if field.attribute in (*SUMMED, "seniority", "spouse_allowance")
        and all(map(bytes.isalnum, map(bytes.strip, cells)))
    }
    workers = table_of(columns, [b"".join(record) for record in zip(*listed, strict=True)])
    assert MAX_BYTES - 300_000 < len(workers) <= MAX_BYTES
    return header_of(rows, sums), workers


def header_of(rows: int, sums: Mapping[str, int]) -> bytes:
    """The DSKKAR00 of such a list."""
    said: Mapping[str, object] = {
        **sums, "workshop_code": "099", "year": 3, "month": 7, "list_number": 1, "workers": rows,
    }  # fmt: skip
    cells = [
        str(said.get(field.attribute, 0 if type_of(field) == "N" else "")).encode().ljust(18)
        for field in HEADER_FIELDS
    ]
    return table_of([(field.name, type_of(field), 18) for field in HEADER_FIELDS], [b"".join(cells)])
