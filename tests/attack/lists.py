"""Employers' lists made to hurt: what they cost the records service, and who is answered meanwhile."""

import itertools
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from services.kit.jalali import JalaliMonth
from services.records.lists.dbf import Column, write_table
from tests.attack.processes import read_peak_mebibytes, read_resident_mebibytes, reset_peak
from tests.attack.registry import AttackVoid, Outcome, Size, register_attack
from tests.attack.target import RECORDS, Target
from tests.fakes.lists import HASAN, MARYAM, write_sample_list

# Mebibytes that one list may cost beyond what the service has already.
MOST = 250
LARGEST = 20 * 1024 * 1024
LARGEST_ROWS = 44_000
TODAY = date(2026, 3, 21)


@dataclass(frozen=True)
class Hostile:
    """A file in the place of one of a list's two, and the status due to it; None: anything but 5xx."""

    name: str
    data: bytes
    status: int | None = 422


def build_table(columns: list[tuple[str, int]], records: int, record: bytes | None = None) -> bytes:
    """Return a dBase III file whose header says what it likes."""
    width = 1 + sum(width for _, width in columns)
    start = 32 + 32 * len(columns) + 1
    head = struct.pack("<4BLHH20x", 3, 126, 3, 21, records, start & 0xFFFF, width & 0xFFFF)
    fields = b"".join(struct.pack("<11sc4xB15x", name.encode(), b"C", width) for name, width in columns)
    return head + fields + b"\r" + (record if record is not None else b" " * width) * records + b"\x1a"


def name_columns(count: int, width: int) -> list[tuple[str, int]]:
    """Return `count` columns of one width."""
    return [(f"C{number}", width) for number in range(count)]


def generate_hostile_files(size: Size) -> Iterator[Hostile]:
    """Yield files that took gigabytes, and their relatives."""
    # In small size just large enough to be distinguished from one that costs nothing.
    records = size.pick(30_000, 99_999)
    yield Hostile("1,000 columns of width 0", build_table(name_columns(1000, 0), records))
    if size.is_full:
        yield Hostile("2,046 columns of width 0", build_table(name_columns(2046, 0), records))
        yield Hostile("300 columns", build_table(name_columns(300, 1), 20_000))
        yield Hostile("one column of width 0", build_table([*name_columns(40, 4), ("Z", 0)], 90_000))
        yield Hostile("256 columns of width 0", build_table(name_columns(256, 0), records))
    yield Hostile("257 columns", build_table(name_columns(257, 1), 10))
    yield Hostile("no records of 2,000 columns", build_table(name_columns(2000, 0), 0))
    yield Hostile(
        "a count beyond the file", build_table(name_columns(3, 1), 5)[:4] + b"\xff\xff\xff\x7f" + b"\0" * 100
    )
    yield Hostile("a header that starts beyond the file", b"\x03" + b"\xff" * 40)
    yield Hostile("200 columns as wide as the file allows", build_largest_with_columns(size), None)


def build_largest_with_columns(size: Size) -> bytes:
    """Return the largest permitted number of records of 200 narrow columns, or a tenth of it."""
    columns = name_columns(200, 1)
    return build_table(columns, min(size.pick(LARGEST // 10, LARGEST), LARGEST - 7000) // 201)


def build_largest_permitted() -> dict[str, bytes]:
    """Return a list of nearly the largest size: two people's rows again and again."""
    # Without money, whose sums would not fit their columns.
    rows = [
        replace(row, daily_wage=0, monthly_wage=0, benefits=0, insurable=0, gross=0, premium=0)
        for row in (MARYAM, HASAN)
    ]
    people = list(itertools.islice(itertools.cycle(rows), LARGEST_ROWS))
    header, workers = write_sample_list(*people, month=JalaliMonth(1403, 7))
    return {"header": header, "workers": workers}


@register_attack("lists that take memory", f"422, at most {MOST} MiB more than before, reads go on")
def take_memory(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    officer, citizen = target.sign_in_officer("only-lists"), target.holder.person.caller
    header, workers = write_sample_list(MARYAM, HASAN)
    pids = target.list_pids("records")
    for hostile in generate_hostile_files(size):
        for place, files in (
            ("workers", {"header": header, "workers": hostile.data}),
            ("header", {"header": hostile.data, "workers": workers}),
        ):
            if place == "header" and not size.is_full:
                continue
            reset_peak(pids)
            before = read_resident_mebibytes(pids)
            answer = officer.import_list(files)
            more = read_peak_mebibytes(pids) - before
            status = answer.status_code
            wrong = status >= 500 or (hostile.status is not None and status != hostile.status)
            tally.add(f"{hostile.name} as {place}: {status}, {more} MiB", is_hit=wrong or more > MOST)
            if citizen.get(f"{RECORDS}/me").status_code != 200:
                raise AttackVoid("the citizen is not answered any more")
            if more > MOST:
                return tally.summarise()
    if size.is_full:
        reset_peak(pids)
        before = read_resident_mebibytes(pids)
        answer = officer.import_list(build_largest_permitted())
        more = read_peak_mebibytes(pids) - before
        if answer.status_code == 413:
            raise AttackVoid("the largest permitted list is not permitted")
        tally.add(f"the largest list: {answer.status_code}, {more} MiB", is_hit=more > MOST)
    return tally.summarise(f"the last: {answer.status_code}, {more} MiB")


def _generate_texts() -> Iterator[tuple[str, bytes]]:
    column = [Column("DSK_ID", "C", 40)]
    for name, cell in (
        ("a formula", b"=cmd|' /C calc'!A0"),
        ("a script", b"<script>alert(1)</script>"),
        ("a path", b"../../../../etc/passwd"),
        ("an escape", b"\x1b[2J\x1b[31m"),
        ("a statement", b"'; DROP TABLE lists; --"),
    ):
        yield name, write_table(column, [[cell.ljust(40)]], driver=0x03, changed=TODAY)


@register_attack(
    "formulas, scripts and statements in lists", "422 with findings, no 5xx, no text run or echoed raw"
)
def type_formulas(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    officer = target.sign_in_officer("only-lists")
    for name, data in _generate_texts():
        answer = officer.import_list({"header": data, "workers": data})
        is_json = answer.headers["Content-Type"].split(";")[0].endswith("json")
        tally.add(f"{name}: {answer.status_code}", is_hit=answer.status_code != 422 or not is_json)
    return tally.summarise()
