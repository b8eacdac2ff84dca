"""The list doctor mends damaged lists without changing days or amounts, and reports each change."""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from govah.doctor.changes import Change, Repair
from govah.doctor.treatment import repair_list
from services.records.lists import WorkerRow, read_list
from services.records.lists.encodings import Encoding, get_encoder
from services.records.lists.writers import write_list
from tests.fakes.lists import HASAN, MARYAM, build_sample_header, set_cell

Files = tuple[bytes, bytes]
AMOUNTS = ("days", "daily_wage", "monthly_wage", "benefits", "insurable", "gross", "premium")
NAMES = [("مریم", "رضایی مقدم", "علی"), ("حسن", "گودرزی", "محمدحسین"), ("زهرا", "یوسفی نژاد", "کاظم"),
         ("غلامرضا", "قهرمانی", "اکبر"), ("شهین", "پاکدل", "ژاله")]  # fmt: skip
CODES = ["0012345679", "1234567891", "1000000257", "1000000265", "1000000273"]


def invent_rows(dice: random.Random) -> list[WorkerRow]:
    rows = []
    for number in range(1, dice.randint(3, 6)):
        first, last, father = NAMES[number - 1]
        days, wage = dice.randint(1, 30), dice.randint(1_000_000, 3_000_000)
        rows.append(
            replace(
                dice.choice([MARYAM, HASAN]),
                row=number,
                national_code=CODES[number - 1],
                insurance_number=str(dice.randint(10_000_000, 99_999_999)),
                first_name=first,
                last_name=last,
                father_name=father,
                days=days,
                daily_wage=wage,
                monthly_wage=wage * days,
                benefits=0,
                insurable=wage * days,
                gross=wage * days,
                premium=wage * days * 7 // 100,
            )
        )
    return rows


def rewrite_head(data: bytes, *, version: int | None = None, backlink: bytes = b"", more: int = 0) -> bytes:
    """Return the file with another version byte, bytes after its columns and another number of records."""
    count = int.from_bytes(data[4:8], "little") + more
    start = int.from_bytes(data[8:10], "little")
    head = bytearray(data[:start])
    head[0] = head[0] if version is None else version
    head[4:8] = count.to_bytes(4, "little")
    head[8:10] = (start + len(backlink)).to_bytes(2, "little")
    return bytes(head) + backlink + data[start:]


def insert_records(data: bytes, *records: bytes, at: int = 0) -> bytes:
    """Return the file with records put in before one, and counted."""
    start, width = (int.from_bytes(data[at:to], "little") for at, to in ((8, 10), (10, 12)))
    place = start + at * width
    return rewrite_head(data[:place] + b"".join(records) + data[place:], more=len(records))


def read_record(data: bytes, number: int = 0) -> bytes:
    start, width = (int.from_bytes(data[at:to], "little") for at, to in ((8, 10), (10, 12)))
    return data[start + number * width : start + (number + 1) * width]


def encode(text: str, encoding: Encoding) -> bytes:
    return get_encoder(encoding)(text)


def convert_twice(text: str) -> bytes:
    """Return UTF-8 that a program took for cp1256 and stored as UTF-8 again."""
    return text.encode().decode("cp1256").encode()


def set_names(files: Files, rows: list[WorkerRow], write: Callable[[str], bytes]) -> Files:
    workers = files[1]
    for row in rows:
        workers = set_cell(workers, "DSW_LNAME", write(row.last_name), row.row)
    return files[0], workers


# Each kind of damage: what it does to the files, and the repair that it needs.
Damage = Callable[[Files, list[WorkerRow], random.Random], Files]
DAMAGES: dict[str, tuple[Damage, Repair | None]] = {
    "sum": (lambda f, _r, _d: (set_cell(f[0], "DSK_TMASH", b"123"), f[1]), Repair.SUM),
    "sum of days": (lambda f, _r, _d: (set_cell(f[0], "DSK_TDD", b"1"), f[1]), Repair.SUM),
    "count": (lambda f, _r, _d: (set_cell(f[0], "DSK_NUM", b"77"), f[1]), Repair.SUM),
    "blank sum": (lambda f, _r, _d: (set_cell(f[0], "DSK_TBIME", b""), f[1]), Repair.SUM),
    "blank count": (lambda f, _r, _d: (set_cell(f[0], "DSK_NUM", b""), f[1]), Repair.SUM),
    "blank year of header": (lambda f, _r, _d: (set_cell(f[0], "DSK_YY", b""), f[1]), Repair.PERIOD),
    "blank month of header": (lambda f, _r, _d: (set_cell(f[0], "DSK_MM", b""), f[1]), Repair.PERIOD),
    "blank year of rows": (lambda f, _r, _d: (f[0], set_cell(f[1], "DSW_YY", b"")), Repair.PERIOD),
    "blank month of a row": (lambda f, _r, _d: (f[0], set_cell(f[1], "DSW_MM", b"", 1)), Repair.PERIOD),
    "blank code of rows": (lambda f, _r, _d: (f[0], set_cell(f[1], "DSW_ID", b"")), Repair.PERIOD),
    "blank list number of a row": (
        lambda f, _r, _d: (f[0], set_cell(f[1], "DSW_LISTNO", b"", 1)),
        Repair.PERIOD,
    ),
    "lost zeros": (lambda f, _r, _d: (set_cell(f[0], "DSK_ID", b"12345678"), f[1]), Repair.NUMBER),
    "gained zeros": (lambda f, _r, _d: (f[0], set_cell(f[1], "DSW_LISTNO", b"0" * 11 + b"1")), Repair.NUMBER),
    "padded insurance number": (
        lambda f, r, _d: (f[0], set_cell(f[1], "DSW_ID1", f"00{r[0].insurance_number}".encode(), 1)),
        Repair.NUMBER,
    ),
    "Visual FoxPro": (
        lambda f, _r, _d: (f[0], rewrite_head(f[1], version=0x30, backlink=bytes(263))),
        Repair.TABLE,
    ),
    "FoxPro": (lambda f, _r, _d: (rewrite_head(f[0], version=0xF5), f[1]), Repair.TABLE),
    "bytes after the last row": (lambda f, _r, _d: (f[0], f[1] + bytes(40)), Repair.TABLE),
    "too many records stated": (lambda f, _r, _d: (f[0], rewrite_head(f[1], more=2)), Repair.TABLE),
    "too few records stated": (lambda f, _r, _d: (f[0], rewrite_head(f[1], more=-1)), Repair.TABLE),
    "blank rows": (
        lambda f, _r, d: (f[0], insert_records(f[1], b" " * len(read_record(f[1])), at=d.randint(0, 2))),
        Repair.BLANK_ROW,
    ),
    "deleted row in the sums": (
        lambda f, _r, _d: (
            set_cell(f[0], "DSK_NUM", b"9"),
            insert_records(f[1], b"*" + read_record(f[1])[1:]),
        ),
        Repair.SUM,
    ),
    "swapped": (lambda f, _r, _d: (f[1], f[0]), Repair.SWAPPED),
    "two-digit years": (
        lambda f, _r, _d: (f[0], set_cell(f[1], "DSW_BDATE", b"600211")),
        Repair.DATE,
    ),
    "slashes": (lambda f, _r, _d: (f[0], set_cell(f[1], "DSW_BDATE", b"60/02/11")), Repair.DATE),
    "a column in another encoding": (
        lambda f, r, _d: set_names(f, r, lambda text: encode(text, Encoding.IRAN_SYSTEM)),
        None,
    ),
    "names converted twice": (lambda f, r, _d: set_names(f, r[:1], convert_twice), Repair.NAME),
}
SEEDS = range(20)


@pytest.mark.parametrize("kind", DAMAGES)
def test_damaged_lists_become_importable_with_the_same_amounts(kind: str) -> None:
    damage, repair = DAMAGES[kind]
    for seed in SEEDS:
        dice = random.Random(f"{kind} {seed}")
        rows = invent_rows(dice)
        encoding = dice.choice([Encoding.CP1256, Encoding.IRAN_SYSTEM])
        encoding = (
            Encoding.CP1256 if kind in {"a column in another encoding", "names converted twice"} else encoding
        )
        files = write_list(build_sample_header(rows), rows, encoding)
        treated = repair_list(*damage(files, rows, dice))
        assert treated.parsed.is_importable, (kind, seed, treated.parsed.findings)
        assert not treated.parsed.findings, (kind, seed)
        figures = [[getattr(row, name) for name in AMOUNTS] for row in treated.parsed.rows]
        assert figures == [[getattr(row, name) for name in AMOUNTS] for row in rows], (kind, seed)
        assert [row.last_name for row in treated.parsed.rows] == [row.last_name for row in rows], (kind, seed)
        assert treated.changes, (kind, seed)
        if repair:
            assert repair in {change.repair for change in treated.changes}, (kind, seed)
        again = repair_list(treated.header, treated.workers)
        assert (again.changes, again.header, again.workers) == ([], treated.header, treated.workers)


def test_five_hundred_lists_are_damaged_in_more_than_twenty_ways() -> None:
    assert len(DAMAGES) >= 20
    assert len(DAMAGES) * len(SEEDS) >= 500


def test_a_right_list_stays_byte_for_byte() -> None:
    rows = [MARYAM, HASAN]
    for encoding in (Encoding.CP1256, Encoding.IRAN_SYSTEM):
        files = write_list(build_sample_header(rows), rows, encoding)
        treated = repair_list(*files)
        assert (treated.header, treated.workers, treated.changes) == (*files, [])


def test_only_the_cells_of_a_repair_change() -> None:
    rows = [MARYAM, HASAN]
    files = write_list(build_sample_header(rows), rows, Encoding.CP1256)
    treated = repair_list(set_cell(files[0], "DSK_TMASH", b"5"), files[1])
    assert (treated.header, treated.workers) == files
    total = str(MARYAM.insurable + HASAN.insurable)
    assert treated.changes == [Change(treated.changes[0].file, Repair.SUM, 1, "DSK_TMASH", "5", total)]


@pytest.mark.parametrize("target", [Encoding.CP1256, Encoding.IRAN_SYSTEM])
@pytest.mark.parametrize("source", [Encoding.CP1256, Encoding.IRAN_SYSTEM])
def test_texts_are_written_in_the_encoding_that_is_asked_for(source: Encoding, target: Encoding) -> None:
    rows = [MARYAM, HASAN]
    files = write_list(build_sample_header(rows), rows, source)
    treated = repair_list(*files, target)
    assert treated.parsed.encoding is target
    assert [row.last_name for row in treated.parsed.rows] == [MARYAM.last_name, HASAN.last_name]
    assert bool(treated.changes) is (source is not target)


@pytest.mark.parametrize(
    ("field", "value"), [("DSW_DD", b""), ("DSW_DD", b"45"), ("DSW_MASH", b""), ("PER_NATCOD", b"1234567890")]
)
def test_what_needs_a_decision_stays(field: str, value: bytes) -> None:
    rows = [MARYAM, HASAN]
    files = write_list(build_sample_header(rows), rows, Encoding.CP1256)
    damaged = set_cell(files[1], field, value, 1)
    treated = repair_list(files[0], damaged)
    assert not treated.parsed.is_importable
    assert treated.workers == damaged
    # The sums of the employer show what was right.
    assert treated.header == files[0]


def test_other_files_stay_as_they_are() -> None:
    treated = repair_list(b"PK\x03\x04", b"text")
    assert (treated.header, treated.workers, treated.changes) == (b"PK\x03\x04", b"text", [])
    assert not read_list(treated.header, treated.workers).is_importable


def test_a_row_of_zeros_is_removed_and_not_filled() -> None:
    header, workers = write_list(build_sample_header([MARYAM, HASAN]), [MARYAM, HASAN], Encoding.CP1256)
    start, width = (int.from_bytes(workers[at : at + 2], "little") for at in (8, 10))
    zeros = bytearray(b" " * width)
    place = 1
    for at in range(32, start - 1, 32):
        if workers[at + 11 : at + 12] == b"N":
            zeros[place + workers[at + 16] - 1] = ord("0")
        place += workers[at + 16]
    with_zeros = rewrite_head(workers, more=1)
    with_zeros = with_zeros[:start] + bytes(zeros) + with_zeros[start:]
    treated = repair_list(header, with_zeros)
    assert [change.repair for change in treated.changes] == [Repair.BLANK_ROW]
    assert treated.workers == workers
    assert treated.parsed.is_importable


def test_sums_of_columns_with_decimals_are_corrected() -> None:
    row = replace(MARYAM, daily_wage=2_500_000)
    header, workers = write_list(build_sample_header([row]), [row], Encoding.CP1256)
    decimals = set_cell(workers, "DSW_ROOZ", b"  2500000.00"[:12])
    treated = repair_list(set_cell(header, "DSK_TROOZ", b"1"), decimals)
    assert [(change.field, change.new) for change in treated.changes] == [("DSK_TROOZ", "2500000")]
    assert treated.parsed.is_importable


def test_a_change_says_what_the_text_reads_as_afterwards() -> None:
    row = replace(MARYAM, last_name="مؤمنی")
    files = write_list(build_sample_header([row]), [row], Encoding.CP1256)
    treated = repair_list(*files, Encoding.IRAN_SYSTEM)
    (change,) = [change for change in treated.changes if change.field == "DSW_LNAME"]
    assert (change.old, change.new) == ("مؤمني", "مومنی")
    assert treated.parsed.rows[0].last_name == change.new


def test_columns_with_names_in_another_code_page_stay() -> None:
    """Two extra columns of another program, in a table that is written as dBase III."""
    header, workers = write_list(build_sample_header([MARYAM]), [MARYAM], Encoding.CP1256)
    renamed = workers.replace(b"DSW_IDPLC".ljust(11, b"\0"), "محل".encode("cp1256").ljust(11, b"\0"))
    renamed = renamed.replace(b"DSW_IDNO".ljust(11, b"\0"), "کد".encode("cp1256").ljust(11, b"\0"))
    treated = repair_list(header, rewrite_head(renamed, version=0x30))
    assert [change.repair for change in treated.changes] == [Repair.TABLE]
    assert treated.parsed.is_importable
    for name in ("محل", "کد"):
        assert name.encode("cp1256") in treated.workers


def test_a_table_that_no_reader_accepts_stays_as_it_is() -> None:
    header, workers = write_list(build_sample_header([MARYAM]), [MARYAM], Encoding.CP1256)
    marked = bytearray(workers)
    marked[int.from_bytes(workers[8:10], "little")] = ord("1")
    treated = repair_list(header, bytes(marked))
    assert (treated.changes, treated.workers) == ([], bytes(marked))
    assert not treated.parsed.is_importable
