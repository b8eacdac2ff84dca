"""Files made to exhaust whoever reads them are refused before they take memory."""

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
from tests.unit.records.lists.hostile import (
    Column,
    differing_cell,
    largest_list,
    table_of,
    type_of,
    wrong_number,
)
from tests.unit.records.lists.lists import FOREIGNER, HASAN, MARYAM, written

HEADER, WORKERS = written(MARYAM, HASAN)
MEBIBYTE = 1024 * 1024
SOUND: list[Column] = [(field.name, type_of(field), 1) for field in WORKER_FIELDS]


def named(count: int, width: int) -> list[Column]:
    """So many more columns of that width."""
    return [(f"X{number}", "C", width) for number in range(count)]


def reasons(parsed: ParsedList) -> set[tuple[str, str]]:
    return {(finding.file, finding.code) for finding in parsed.findings}


def peak_of(read: Callable[[], object]) -> int:
    """The most bytes that were allocated at a time while something ran."""
    tracemalloc.start()
    try:
        read()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def blank(columns: list[Column], records: int, claimed: int | None = None) -> bytes:
    width = sum(width for _name, _type, width in columns)
    return table_of(columns, [b"0" * width] * records, claimed=claimed)


BOMBS = {
    "1,000 columns of width 0": blank([*SOUND, *named(1_000, 0)], MAX_RECORDS),
    "2,000 columns of width 0": blank([*SOUND, *named(2_000, 0)], MAX_RECORDS),
    "nothing but columns of width 0": blank(named(2_000, 0), MAX_RECORDS),
    "one column of width 0 among others": blank([*SOUND, *named(1, 0)], 3),
    "a field of width 0": blank([("DSW_LNAME", "C", 0), *SOUND[:6], *SOUND[7:]], 3),
    "one column too many": blank([*SOUND, *named(MAX_COLUMNS - len(SOUND) + 1, 1)], 3),
    "2,000 columns of width 1": blank([*SOUND, *named(2_000, 1)], 500),
    "columns wider than a record can tell": blank(named(200, 255), 2)[:10]
    + b"\x02\x00"
    + blank(named(200, 255), 2)[12:],
    "the same column twice": blank([*SOUND, SOUND[3]], 3),
    "the same column in small letters": blank([*SOUND, (SOUND[3][0].lower(), "C", 1)], 3),
    "the same column 1,000 times": blank([("DSW_ID", "C", 1)] * 1_000, MAX_RECORDS // 40),
    "four thousand million records": blank(SOUND, 3, claimed=2**32 - 1),
    "a record too many": blank([("X", "C", 1)], MAX_RECORDS + 1),
    "ten million records of two bytes": blank([("X", "C", 1)], 1, claimed=10_000_000)[:-1]
    + b" 0" * 9_000_000,
}
CUT = {
    "a record less than it says": blank(SOUND, 3, claimed=4),
    "99,999 records that are not there": blank([*SOUND, *named(100, 255)], 1, claimed=MAX_RECORDS),
    "records that go on": blank(SOUND, 4, claimed=3),
    "a header longer than the file": WORKERS[:8] + b"\xff\xff" + WORKERS[10:],
}


@pytest.mark.parametrize(
    ("bomb", "code"), [*((b, "not-dbf") for b in BOMBS), *((c, "truncated") for c in CUT)]
)
def test_a_bomb_is_refused_before_it_takes_memory(bomb: str, code: str) -> None:
    data = (BOMBS | CUT)[bomb]
    assert len(data) <= MAX_BYTES
    parsed = read_list(HEADER, data)
    assert (reasons(parsed), parsed.is_importable) == ({(ListFile.WORKERS, code)}, False)
    assert reasons(read_list(data, WORKERS)) == {(ListFile.HEADER, code)}
    assert peak_of(lambda: read_list(HEADER, data)) < MEBIBYTE


def test_as_many_columns_as_are_permitted_are_read() -> None:
    extra = tuple(named(MAX_COLUMNS - len(WORKER_FIELDS), 255))
    layout = Layout(extra=[dbf.Column(*column) for column in extra])
    header, _ = written(MARYAM, HASAN)
    parsed = read_list(header, written(MARYAM, HASAN, layout=layout)[1])
    assert list(parsed.rows) == [MARYAM, HASAN]


def test_two_files_of_the_largest_size_that_are_none_take_no_memory() -> None:
    """A header of very many records, one of 20 MiB that nothing names, and a file that ends early."""
    many = blank([*named(20, 200), ("DSK_ID", "C", 10)], 5_000)
    wide = blank([*SOUND, *named(200, 255)], 400)
    assert min(len(many), len(wide) * 1) > MAX_BYTES - 2 * MEBIBYTE
    assert peak_of(lambda: read_list(many, wide)) < 2 * MEBIBYTE


def same_person(field: Field, row: int, width: int) -> bytes:
    """One person in every row, who differs in everything else."""
    return differing_cell(field, 7 if field.name in {"PER_NATCOD", "DSW_ID1"} else row, width)


class Shown:
    """A value that counts how often it is written out."""

    times = 0

    def __str__(self) -> str:
        self.times += 1
        return "7"


def test_of_very_many_findings_the_first_are_described_and_all_counted() -> None:
    log, shown = FindingLog(), Shown()
    for row in range(50_000, 0, -1):
        log.add(make_finding("premium-differs", ListFile.WORKERS, "DSW_BIME", row, shown))
    log.extend(make_finding("last-name", ListFile.WORKERS, "DSW_LNAME", row) for row in (7, 5))
    first = log.list_first()
    assert [finding.row for finding in first] == [5, 7, *range(1, MAX_FINDINGS - 1)]
    assert (log.total, log.has_errors, shown.times) == (50_002, True, MAX_FINDINGS - 2)


def test_findings_of_the_same_place_keep_their_order() -> None:
    log = FindingLog(2)
    for value in "abcdef":
        log.add(make_finding("last-name", ListFile.WORKERS, "DSW_LNAME", 1, value))
    assert [finding.value for finding in log.list_first()] == ["a", "b"]
    none = FindingLog(0)
    none.extend(make_finding("last-name", ListFile.WORKERS, "DSW_LNAME", 1, value) for value in "ab")
    assert (none.list_first(), none.total) == ([], 2)


@pytest.mark.parametrize("encoding", list(Encoding))
def test_the_hash_of_a_list_is_what_it_was_before_lists_were_read_by_the_row(encoding: Encoding) -> None:
    """Lists that were imported by earlier versions must be found again."""
    parsed = read_list(*written(MARYAM, HASAN, FOREIGNER, encoding=encoding))
    assert parsed.content_sha256 == "fbff52bd79bef8fe93f1851adc9a788c6093a266ed0db6dbcf3215c41281cb81"
    shorter = read_list(*written(MARYAM, layout=Layout(without=("DSW_INC", "DSW_OCP"))))
    assert shorter.content_sha256 == "c15a93b628d2ccf16a0ee30aeb70c0a5b6ab43c0935b8e017d603fb4a652ccef"


def seconds_of(work: Callable[[], object]) -> float:
    """The least processor time of three runs."""
    spent = []
    for _ in range(3):
        started = time.process_time()
        work()
        spent.append(time.process_time() - started)
    return min(spent)


@pytest.mark.parametrize("cell", [differing_cell, wrong_number, same_person])
def test_four_times_the_rows_take_four_times_the_work(cell: Callable[[Field, int, int], bytes]) -> None:
    """Linear is a ratio of 4, quadratic one of 16."""
    files = largest_list(cell, rows=12_000)
    some, many = _first_rows(files, 500), _first_rows(files, 2_000)
    assert seconds_of(lambda: read_list(*many)) < 9 * seconds_of(lambda: read_list(*some))


def _first_rows(files: tuple[bytes, bytes], rows: int) -> tuple[bytes, bytes]:
    header, workers = files
    start, width = int.from_bytes(workers[8:10], "little"), int.from_bytes(workers[10:12], "little")
    cut = workers[:4] + rows.to_bytes(4, "little") + workers[8 : start + rows * width] + b"\x1a"
    return header, cut


@pytest.mark.parametrize(
    "pattern", [b"a.", b"a ", b"1,", b"\x92", b"\xfe\x92", b"a" * 5 + b" ", b"\xf2", b"-", b"\x80:", b"( )"]
)
def test_no_text_of_iran_system_takes_more_than_its_length(pattern: bytes) -> None:
    """Eight times the length takes eight times the work, or sixty-four if it were quadratic."""
    short = [pattern * (4_000 // len(pattern))] * 20
    long = [pattern * (32_000 // len(pattern))] * 20
    decode = iran_system.decode
    assert seconds_of(lambda: [*map(decode, long)]) < 30 * seconds_of(lambda: [*map(decode, short)]) + 0.01
