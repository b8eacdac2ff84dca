"""List files at the bounds of what is permitted and beyond them, which no writer of lists would write."""

import struct
from collections.abc import Callable, Mapping, Sequence

from services.records.lists.dbf import MAX_BYTES, MAX_RECORDS
from services.records.lists.fields import HEADER_FIELDS, SUMMED, WORKER_FIELDS, Field, Kind

Column = tuple[str, str, int]
# Ten letters of cp1256 in place of ten digits.
PERSIAN = bytes.maketrans(b"0123456789", "ابپتدرسفمن".encode("cp1256"))


def build_table(columns: Sequence[Column], records: Sequence[bytes], *, claimed: int | None = None) -> bytes:
    """Return the bytes of a dBase III file; `claimed` is the number of records in its header."""
    width = 1 + sum(column[2] for column in columns)
    start = 32 + 32 * len(columns) + 1
    head = struct.pack("<4BLHH20x", 3, 124, 1, 1, len(records) if claimed is None else claimed, start, width)
    described = (struct.pack("<11sc4xB15x", name.encode(), kind.encode(), w) for name, kind, w in columns)
    return head + b"".join(described) + b"\r" + b"".join(b" " + record for record in records) + b"\x1a"


def build_blank_table(columns: int, width: int, records: int) -> bytes:
    """Return a table with the columns of DSKWOR00, one byte each, and this many columns of that width."""
    described = [(field.name, get_column_type(field), 1) for field in WORKER_FIELDS]
    described += [(f"X{number}", "C", width) for number in range(columns)]
    return build_table(described, [b"0" * sum(width for _name, _type, width in described)] * records)


def build_national_code(number: int) -> bytes:
    """Return the national code whose first nine digits are this number."""
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


def define_worker_columns(record: int) -> list[Column]:
    """Return all fields of DSKWOR00, so wide that a record has this many bytes."""
    dates = [field.name for field in WORKER_FIELDS if field.kind is Kind.DATE]
    texts = [field.name for field in WORKER_FIELDS if field.name not in NARROW | dict.fromkeys(dates)]
    left = record - 1 - sum(NARROW.values()) - 8 * len(dates)
    widths = NARROW | dict.fromkeys(dates, 8) | dict.fromkeys(texts, left // len(texts))
    widths[texts[0]] += left % len(texts)
    return [(field.name, get_column_type(field), widths[field.name]) for field in WORKER_FIELDS]


def get_column_type(field: Field) -> str:
    """Return the type of a field's column."""
    return "N" if field.kind is Kind.NUMBER else "C"


def write_distinct_cell(field: Field, row: int, width: int) -> bytes:
    """Return a valid cell that no other row has, if the width allows that many."""
    if field.name in SAME:
        return SAME[field.name]
    if field.name == "PER_NATCOD":
        return build_national_code(100_000_000 + row)
    if field.name == "DSW_ID1":
        return str(10_000_000 + row).encode()
    if field.kind is Kind.DATE:
        return f"{1300 + row % 97}{1 + row // 97 % 12:02}{1 + row // 1164 % 28:02}".encode()
    if field.kind is Kind.NUMBER:
        return str(row % 10**width).rjust(width).encode()
    # A word that repeats: a column of one letter would not be a column of names.
    digits = str(10_000 + row * 7_919)
    return (digits * (width // len(digits) + 1))[:width].encode().translate(PERSIAN)


def write_lam_alef(field: Field, row: int, width: int) -> bytes:
    """Return text of a letter that decodes to two, the most that a byte of a file can become."""
    cell = write_distinct_cell(field, row, width)
    if field.name in {"DSW_NAT", "DSW_SEX"}:
        return b" " * width
    return cell if cell.isascii() else str(row).zfill(5).encode().rjust(width, b"\xf2")


def write_quoted_text(field: Field, row: int, width: int) -> bytes:
    """Return a name, job or nationality that fits badly, with a better reading, in a cell of its own."""
    if field.name in {"DSW_FNAME", "DSW_LNAME", "DSW_DNAME", "DSW_OCP", "DSW_NAT"}:
        return f'"مر{row}م"'.encode("cp1256")[:width].ljust(width)
    return write_distinct_cell(field, row, width)


def write_wrong_number(field: Field, row: int, width: int) -> bytes:
    """Return a cell with an error if it is a number."""
    cell = write_distinct_cell(field, row, width)
    return f"-{row}".rjust(width).encode()[:width] if get_column_type(field) == "N" else cell


def build_largest_list(
    cell: Cell = write_distinct_cell, rows: int = MAX_RECORDS, size: int = MAX_BYTES
) -> tuple[bytes, bytes]:
    """Return a list whose DSKWOR00 has `size` bytes, with a header that states the sums of its rows."""
    columns = define_worker_columns((size - 2_000) // rows)
    columns_of_cells = [
        [cell(field, row, width) for row in range(rows)]
        for field, (_name, _type, width) in zip(WORKER_FIELDS, columns, strict=True)
    ]
    sums = {
        field.attribute: sum(int(cell) for cell in cells if cell.strip().isdigit())
        for field, cells in zip(WORKER_FIELDS, columns_of_cells, strict=True)
        if field.attribute in (*SUMMED, "seniority", "spouse_allowance")
        and all(map(bytes.isalnum, map(bytes.strip, cells)))
    }
    workers = build_table(columns, [b"".join(record) for record in zip(*columns_of_cells, strict=True)])
    assert size - 300_000 < len(workers) <= size
    return build_header_file(rows, sums), workers


def build_header_file(rows: int, sums: Mapping[str, int]) -> bytes:
    """Return the DSKKAR00 of such a list."""
    values: Mapping[str, object] = {
        **sums, "workshop_code": "099", "year": 3, "month": 7, "list_number": 1, "workers": rows,
    }  # fmt: skip
    cells = [
        str(values.get(field.attribute, 0 if get_column_type(field) == "N" else "")).encode().ljust(18)
        for field in HEADER_FIELDS
    ]
    return build_table(
        [(field.name, get_column_type(field), 18) for field in HEADER_FIELDS], [b"".join(cells)]
    )
