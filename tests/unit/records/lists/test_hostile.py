"""Files made to exhaust their reader are refused before they take memory."""

import time
import tracemalloc
from collections.abc import Callable

import pytest

from services.records.lists import ParsedList, dbf, iran_system, read_list
from services.records.lists.dbf import MAX_BYTES, MAX_COLUMNS, MAX_RECORDS
from services.records.lists.encodings import Encoding
from services.records.lists.fields import WORKER_FIELDS, Field
from services.records.lists.finding_logs import MAX_FINDINGS, FindingLog
from services.records.lists.findings import ListFile, make_finding
from services.records.lists.writers import Layout
from tests.fakes.hostile_lists import (
    Column,
    build_largest_list,
    build_table,
    get_column_type,
    write_distinct_cell,
    write_wrong_number,
)
from tests.fakes.lists import FOREIGNER, HASAN, MARYAM, write_sample_list

HEADER, WORKERS = write_sample_list(MARYAM, HASAN)
MEBIBYTE = 1024 * 1024
SOUND: list[Column] = [(field.name, get_column_type(field), 1) for field in WORKER_FIELDS]


def define_columns(count: int, width: int) -> list[Column]:
    """Return this many columns of that width."""
    return [(f"X{number}", "C", width) for number in range(count)]


def list_reasons(parsed: ParsedList) -> set[tuple[str, str]]:
    return {(finding.file, finding.code) for finding in parsed.findings}


def measure_peak(read: Callable[[], object]) -> int:
    """Return the most bytes that were allocated while a function ran."""
    tracemalloc.start()
    try:
        read()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def build_zeros(columns: list[Column], records: int, claimed: int | None = None) -> bytes:
    width = sum(width for _name, _type, width in columns)
    return build_table(columns, [b"0" * width] * records, claimed=claimed)


BOMBS = {
    "1,000 columns of width 0": build_zeros([*SOUND, *define_columns(1_000, 0)], MAX_RECORDS),
    "2,000 columns of width 0": build_zeros([*SOUND, *define_columns(2_000, 0)], MAX_RECORDS),
    "nothing but columns of width 0": build_zeros(define_columns(2_000, 0), MAX_RECORDS),
    "one column of width 0 among others": build_zeros([*SOUND, *define_columns(1, 0)], 3),
    "a field of width 0": build_zeros([("DSW_LNAME", "C", 0), *SOUND[:6], *SOUND[7:]], 3),
    "one column too many": build_zeros([*SOUND, *define_columns(MAX_COLUMNS - len(SOUND) + 1, 1)], 3),
    "2,000 columns of width 1": build_zeros([*SOUND, *define_columns(2_000, 1)], 500),
    "columns wider than a record can tell": build_zeros(define_columns(200, 255), 2)[:10]
    + b"\x02\x00"
    + build_zeros(define_columns(200, 255), 2)[12:],
    "the same column twice": build_zeros([*SOUND, SOUND[3]], 3),
    "the same column in small letters": build_zeros([*SOUND, (SOUND[3][0].lower(), "C", 1)], 3),
    "the same column 1,000 times": build_zeros([("DSW_ID", "C", 1)] * 1_000, MAX_RECORDS // 40),
    "four thousand million records": build_zeros(SOUND, 3, claimed=2**32 - 1),
    "a record too many": build_zeros([("X", "C", 1)], MAX_RECORDS + 1),
    "ten million records of two bytes": build_zeros([("X", "C", 1)], 1, claimed=10_000_000)[:-1]
    + b" 0" * 9_000_000,
}
CUT = {
    "a record less than it says": build_zeros(SOUND, 3, claimed=4),
    "99,999 records that are not there": build_zeros(
        [*SOUND, *define_columns(100, 255)], 1, claimed=MAX_RECORDS
    ),
    "records that go on": build_zeros(SOUND, 4, claimed=3),
    "a header longer than the file": WORKERS[:8] + b"\xff\xff" + WORKERS[10:],
}


@pytest.mark.parametrize(
    ("bomb", "code"), [*((b, "not-dbf") for b in BOMBS), *((c, "truncated") for c in CUT)]
)
def test_a_bomb_is_refused_before_it_takes_memory(bomb: str, code: str) -> None:
    data = (BOMBS | CUT)[bomb]
    assert len(data) <= MAX_BYTES
    parsed = read_list(HEADER, data)
    assert (list_reasons(parsed), parsed.is_importable) == ({(ListFile.WORKERS, code)}, False)
    assert list_reasons(read_list(data, WORKERS)) == {(ListFile.HEADER, code)}
    assert measure_peak(lambda: read_list(HEADER, data)) < MEBIBYTE


def test_maximum_number_of_columns_is_read() -> None:
    extra = tuple(define_columns(MAX_COLUMNS - len(WORKER_FIELDS), 255))
    layout = Layout(extra=[dbf.Column(*column) for column in extra])
    header, _ = write_sample_list(MARYAM, HASAN)
    parsed = read_list(header, write_sample_list(MARYAM, HASAN, layout=layout)[1])
    assert list(parsed.rows) == [MARYAM, HASAN]


def test_two_invalid_files_of_the_largest_size_take_no_memory() -> None:
    """A header of very many records, one of 20 MiB without known fields, and a file that ends early."""
    many = build_zeros([*define_columns(20, 200), ("DSK_ID", "C", 10)], 5_000)
    wide = build_zeros([*SOUND, *define_columns(200, 255)], 400)
    assert min(len(many), len(wide) * 1) > MAX_BYTES - 2 * MEBIBYTE
    assert measure_peak(lambda: read_list(many, wide)) < 2 * MEBIBYTE


def write_same_person(field: Field, row: int, width: int) -> bytes:
    """Return cells of one person in every row, who differs in everything else."""
    return write_distinct_cell(field, 7 if field.name in {"PER_NATCOD", "DSW_ID1"} else row, width)


class CountingValue:
    """A value that counts how often it is converted to text."""

    times = 0

    def __str__(self) -> str:
        self.times += 1
        return "7"


def test_only_the_first_findings_are_described_and_all_are_counted() -> None:
    log, value = FindingLog(), CountingValue()
    for row in range(50_000, 0, -1):
        log.add(make_finding("premium-differs", ListFile.WORKERS, "DSW_BIME", row, value))
    log.extend(make_finding("last-name", ListFile.WORKERS, "DSW_LNAME", row) for row in (7, 5))
    first = log.list_first()
    assert [finding.row for finding in first] == [5, 7, *range(1, MAX_FINDINGS - 1)]
    assert (log.total, log.has_errors, value.times) == (50_002, True, MAX_FINDINGS - 2)


def test_findings_of_the_same_place_retain_their_order() -> None:
    log = FindingLog(2)
    for value in "abcdef":
        log.add(make_finding("last-name", ListFile.WORKERS, "DSW_LNAME", 1, value))
    assert [finding.value for finding in log.list_first()] == ["a", "b"]
    none = FindingLog(0)
    none.extend(make_finding("last-name", ListFile.WORKERS, "DSW_LNAME", 1, value) for value in "ab")
    assert (none.list_first(), none.total) == ([], 2)


@pytest.mark.parametrize("encoding", list(Encoding))
def test_hash_of_a_list_is_that_of_earlier_versions(encoding: Encoding) -> None:
    """Lists that were imported by earlier versions must be found again."""
    parsed = read_list(*write_sample_list(MARYAM, HASAN, FOREIGNER, encoding=encoding))
    assert parsed.former_sha256 == "fbff52bd79bef8fe93f1851adc9a788c6093a266ed0db6dbcf3215c41281cb81"
    shorter = read_list(*write_sample_list(MARYAM, layout=Layout(without=("DSW_INC", "DSW_OCP"))))
    assert shorter.former_sha256 == "c15a93b628d2ccf16a0ee30aeb70c0a5b6ab43c0935b8e017d603fb4a652ccef"


def measure_seconds(work: Callable[[], object], runs: int = 3) -> float:
    """Return the least processor time of some runs."""
    spent = []
    for _ in range(runs):
        started = time.process_time()
        work()
        spent.append(time.process_time() - started)
    return min(spent)


@pytest.mark.parametrize("cell", [write_distinct_cell, write_wrong_number, write_same_person])
def test_work_is_linear_in_the_number_of_rows(cell: Callable[[Field, int, int], bytes]) -> None:
    """Linear is a ratio of at most 4, quadratic one of 16."""
    files = build_largest_list(cell, rows=12_000)
    some, many = _take_first_rows(files, 250), _take_first_rows(files, 1_000)
    assert measure_seconds(lambda: read_list(*many), 1) < 5 * measure_seconds(lambda: read_list(*some), 1)


def _take_first_rows(files: tuple[bytes, bytes], rows: int) -> tuple[bytes, bytes]:
    header, workers = files
    start, width = int.from_bytes(workers[8:10], "little"), int.from_bytes(workers[10:12], "little")
    cut = workers[:4] + rows.to_bytes(4, "little") + workers[8 : start + rows * width] + b"\x1a"
    return header, cut


@pytest.mark.parametrize(
    "pattern", [b"a.", b"a ", b"1,", b"\x92", b"\xfe\x92", b"a" * 5 + b" ", b"\xf2", b"-", b"\x80:", b"( )"]
)
def test_decoding_iran_system_is_linear_in_its_length(pattern: bytes) -> None:
    """Eight times the length takes eight times the work, or sixty-four if it were quadratic."""
    short = [pattern * (4_000 // len(pattern))] * 20
    long = [pattern * (32_000 // len(pattern))] * 20
    decode = iran_system.decode
    assert (
        measure_seconds(lambda: [*map(decode, long)])
        < 30 * measure_seconds(lambda: [*map(decode, short)]) + 0.01
    )
