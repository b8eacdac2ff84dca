"""A small valid list of invented people, and helpers to write and read it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from services.kit.jalali import JalaliMonth, parse_jalali_date
from services.records.lists import Finding, ListHeader, ParsedList, WorkerRow, read_list
from services.records.lists.encodings import Encoding
from services.records.lists.writers import DEFAULT_LAYOUT, Layout, build_header, write_list

MEHR = JalaliMonth(1403, 7)

MARYAM = WorkerRow(
    row=1,
    national_code="0012345679",
    insurance_number="12345678",
    first_name="مریم",
    last_name="رضایی مقدم",
    father_name="علی",
    id_number="1234",
    id_place="تهران",
    id_date=None,
    birth_date=parse_jalali_date("1360-02-11"),
    sex="female",
    foreigner=False,
    job_title="حسابدار",
    job_code="000012",
    start_date=MEHR.first_day,
    leave_date=None,
    days=30,
    daily_wage=2_500_000,
    monthly_wage=75_000_000,
    benefits=5_000_000,
    insurable=80_000_000,
    gross=86_000_000,
    premium=5_600_000,
)
HASAN = replace(
    MARYAM,
    row=2,
    national_code="1234567891",
    insurance_number="23456789",
    first_name="حسن",
    last_name="گودرزی",
    father_name="محمدحسین",
    birth_date=date(1979, 3, 21),
    sex="male",
    job_title="لوله کش",
    start_date=None,
    days=12,
    monthly_wage=30_000_000,
    benefits=0,
    insurable=30_000_000,
    gross=30_000_000,
    premium=2_100_000,
)
FOREIGNER = replace(
    HASAN, row=3, national_code=None, insurance_number="34567890", first_name="گل احمد", foreigner=True
)


def build_sample_header(rows: Sequence[WorkerRow], month: JalaliMonth = MEHR) -> ListHeader:
    return build_header(
        workshop_code="0012345678",
        workshop_name="کارگاه نجاری بهار",
        employer="ژاله امینی",
        address="تهران، خیابان لاله، پلاک 12",
        month=month,
        list_number="01",
        rows=rows,
    )


def write_sample_list(
    *rows: WorkerRow,
    encoding: Encoding = Encoding.CP1256,
    layout: Layout = DEFAULT_LAYOUT,
    month: JalaliMonth = MEHR,
) -> tuple[bytes, bytes]:
    return write_list(build_sample_header(rows, month), rows, encoding, layout)


def read_back(*rows: WorkerRow, month: JalaliMonth = MEHR) -> ParsedList:
    return read_list(*write_sample_list(*rows, month=month))


def list_codes(parsed: ParsedList) -> list[tuple[str, int | None, str | None, str]]:
    return [(f.severity, f.row, f.field, f.code) for f in parsed.findings]


def get_only(findings: Sequence[Finding]) -> Finding:
    (finding,) = findings
    return finding


def set_cell(data: bytes, field: str, value: bytes, *records: int) -> bytes:
    """Return a table with the cell of some of its records changed in place; without numbers, of all."""
    count, start, width = (int.from_bytes(data[a:b], "little") for a, b in ((4, 8), (8, 10), (10, 12)))
    place = 1
    for at in range(32, start - 1, 32):
        size = data[at + 16]
        if data[at : at + 11].rstrip(b"\0").decode() == field:
            break
        place += size
    else:
        raise AssertionError(field)
    changed = bytearray(data)
    for record in records or range(1, count + 1):
        cell = start + width * (record - 1) + place
        changed[cell : cell + size] = value.ljust(size)[:size]
    return bytes(changed)
