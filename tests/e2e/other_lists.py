"""List files from another generator: written here from the format's description alone, with nothing of Govah.

Columns stand in another order and have other widths than Govah's own writer gives them. A dialect says what
a program writes otherwise than the official one.
"""

import secrets
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random

from tests.e2e.other_encodings import encode

Cell = tuple[str, int, "str | int"]
Row = dict[str, Cell]
# Versions of Visual FoxPro, whose header ends with the path of a database.
_WITH_BACKLINK = {0x30, 0x31, 0x32}
_BACKLINK = 263
_TEXTS = ("DSK_NAME", "DSK_FARM", "DSK_ADRS", "DSW_FNAME", "DSW_LNAME", "DSW_DNAME", "DSW_IDPLC", "DSW_OCP")


@dataclass(frozen=True)
class Dialect:
    """What a program writes. Dates and numbers are formats of `str.format`."""

    encoding: str = "cp1256"
    # Letters that are not in Iran System's table are let through.
    strays: bool = False
    version: int = 0x03
    lower: bool = False
    all_text: bool = False
    padding: bytes = b" "
    # The seed of another order and other widths of the columns.
    order: int | None = None
    date: str = "{year:04}{month:02}{day:02}"
    has_birth_date: bool = True
    list_number: str = "{}"
    # Numbers that went through a spreadsheet have lost their leading zeros.
    short_workshop: bool = False
    insurance_number: str = "{}"
    short_code: bool = False
    number: str = "{}"
    blank_rows: int = 0
    deleted_rows: int = 0
    end: bytes = b"\x1a"
    swapped_files: bool = False
    swapped_names: bool = False


@dataclass
class Worker:
    """One worker in one month; wages in rials."""

    national_code: str
    first_name: str
    last_name: str
    insurance_number: str
    days: int
    daily_wage: int
    benefits: int = 0
    sex: str = "مرد"
    birth_date: str = "13600515"
    father_name: str = "محمد"
    nationality: str = "ایران"
    job_title: str = "کارگر"

    @property
    def monthly(self) -> int:
        return self.daily_wage * self.days

    @property
    def insurable(self) -> int:
        return self.monthly + self.benefits

    @property
    def premium(self) -> int:
        return round(self.insurable * 7 / 100)


@dataclass
class Month:
    """One month of one workshop."""

    workshop: str
    year: int
    month: int
    workers: Sequence[Worker]
    name: str = "کارگاه نمونه"
    number: str = "01"
    encoding: str = "cp1256"
    extra: dict[str, int] = field(default_factory=dict)
    dialect: Dialect | None = None

    def build_files(self) -> dict[str, bytes]:
        """Return the two files by the names of their parts."""
        dialect = self.dialect or Dialect(encoding=self.encoding)
        files = [
            _build_table([self._build_header(dialect)], dialect),
            _build_table([self._build_row(worker, dialect) for worker in self.workers], dialect),
        ]
        return dict(
            zip(("header", "workers"), reversed(files) if dialect.swapped_files else files, strict=True)
        )

    def _build_header(self, dialect: Dialect) -> Row:
        workers = self.workers
        sums = {
            "DSK_TROOZ": sum(worker.daily_wage for worker in workers),
            "DSK_TMAH": sum(worker.monthly for worker in workers),
            "DSK_TMAZ": sum(worker.benefits for worker in workers),
            "DSK_TMASH": sum(worker.insurable for worker in workers),
            "DSK_TTOTL": sum(worker.insurable for worker in workers),
            "DSK_TBIME": sum(worker.premium for worker in workers),
        }
        fields: Row = {
            "DSK_YY": ("N", 2, self.year % 100),
            "DSK_MM": ("N", 2, self.month),
            "DSK_ID": ("C", 10, self._format_workshop(dialect)),
            "DSK_LISTNO": ("C", 12, dialect.list_number.format(self.number)),
            "DSK_NUM": ("N", 5, len(workers)),
            "DSK_TDD": ("N", 6, sum(worker.days for worker in workers)),
            **{name: ("N", 12, value) for name, value in sums.items()},
            "DSK_NAME": ("C", 60, self.name),
            "DSK_FARM": ("C", 60, "کارفرمای نمونه"),
            "DSK_ADRS": ("C", 100, "تهران"),
            "DSK_KIND": ("N", 1, 0),
            "DSK_DISC": ("C", 30, ""),
            "DSK_TKOSO": ("N", 12, sums["DSK_TMASH"] * 20 // 100),
            "DSK_BIC": ("N", 12, sums["DSK_TMASH"] * 3 // 100),
            "DSK_RATE": ("N", 5, 27),
            "DSK_PRATE": ("N", 2, 0),
            "DSK_BIMH": ("N", 12, 0),
            "MON_PYM": ("C", 3, "000"),
        }
        return fields | {name: ("N", fields[name][1], value) for name, value in self.extra.items()}

    def _build_row(self, worker: Worker, dialect: Dialect) -> Row:
        names = worker.first_name, worker.last_name
        first_name, last_name = reversed(names) if dialect.swapped_names else names
        code = worker.national_code
        date_width = 10 if "/" in dialect.date else 8
        fields: Row = {
            "PER_NATCOD": ("C", 10, code.lstrip("0") if dialect.short_code and code[:3] != "000" else code),
            "DSW_ID": ("C", 10, self._format_workshop(dialect)),
            "DSW_YY": ("N", 2, self.year % 100),
            "DSW_MM": ("N", 2, self.month),
            "DSW_LISTNO": ("C", 12, dialect.list_number.format(self.number)),
            "DSW_DD": ("N", 2, worker.days),
            "DSW_LNAME": ("C", 100, last_name),
            "DSW_FNAME": ("C", 100, first_name),
            "DSW_DNAME": ("C", 25, worker.father_name),
            "DSW_ID1": ("C", 10, dialect.insurance_number.format(worker.insurance_number)),
            "DSW_IDNO": ("C", 15, "12"),
            "DSW_IDPLC": ("C", 30, "تهران"),
            "DSW_IDATE": ("C", date_width, _format_date("13620101", dialect)),
            "DSW_BDATE": ("C", date_width, _format_date(worker.birth_date, dialect)),
            "DSW_SEX": ("C", 6 if dialect.encoding == "utf8" else 3, worker.sex),
            "DSW_NAT": ("C", 20, worker.nationality),
            "DSW_OCP": ("C", 50, worker.job_title),
            "DSW_SDATE": ("C", 8, ""),
            "DSW_EDATE": ("C", 8, ""),
            "DSW_ROOZ": ("N", 12, worker.daily_wage),
            "DSW_MAH": ("N", 12, worker.monthly),
            "DSW_MAZ": ("N", 12, worker.benefits),
            "DSW_MASH": ("N", 12, worker.insurable),
            "DSW_TOTL": ("N", 12, worker.insurable),
            "DSW_BIME": ("N", 12, worker.premium),
            "DSW_PRATE": ("N", 2, 0),
            "DSW_JOB": ("C", 6, "000001"),
            "X_NOTE": ("C", 7, "extra"),
        }
        if not dialect.has_birth_date:
            del fields["DSW_BDATE"]
        return fields

    def _format_workshop(self, dialect: Dialect) -> str:
        return self.workshop.lstrip("0") if dialect.short_workshop else self.workshop


def _format_date(text: str, dialect: Dialect) -> str:
    """Return a date of eight digits as a program writes it."""
    if not text:
        return ""
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:])
    return dialect.date.format(year=year, short=year % 100, month=month, day=day)


def _build_table(rows: Sequence[Row], dialect: Dialect) -> bytes:
    """Return an xBase file: header, field descriptors, records, end mark."""
    rows = [_sort_cells(row, dialect) for row in rows]
    columns = [(name, "C" if dialect.all_text else kind, width) for name, (kind, width, _) in rows[0].items()]
    record_size = 1 + sum(width for _, _, width in columns)
    records = [b" " + _build_record(row, dialect) for row in rows]
    if "DSW_DD" in rows[0]:
        # What a program has deleted is still in the file: copies of a record with other figures.
        deleted = b"*" + _build_record(rows[0] | {"DSW_DD": ("N", 2, 1)}, dialect)
        records[len(rows) // 2 : len(rows) // 2] = [deleted] * dialect.deleted_rows
        records += [b" " * record_size] * dialect.blank_rows
    backlink = _BACKLINK if dialect.version in _WITH_BACKLINK else 0
    driver = 0x7E if dialect.encoding == "cp1256" else 0
    start = 33 + 32 * len(columns) + backlink
    head = struct.pack("<4BIHH16xB3x", dialect.version, 125, 1, 1, len(records), start, record_size, driver)[
        :32
    ]
    descriptors = b"".join(
        (name.lower() if dialect.lower else name).encode().ljust(11, b"\0")
        + kind.encode()
        + bytes(4)
        + bytes([width, 0])
        + bytes(14)
        for name, kind, width in columns
    )
    return head + descriptors + b"\r" + bytes(backlink) + b"".join(records) + dialect.end


def _sort_cells(row: Row, dialect: Dialect) -> Row:
    """Return the cells in a dialect's order, with its types and widths."""
    if dialect.order is None:
        return row
    dice = Random(dialect.order)
    names = list(row)
    dice.shuffle(names)
    wider = {name: dice.randint(60, 120) for name in _TEXTS}
    return {name: (row[name][0], wider.get(name, row[name][1]), row[name][2]) for name in names}


def _build_record(row: Row, dialect: Dialect) -> bytes:
    body = b""
    for kind, width, value in row.values():
        if kind == "N" and not dialect.all_text:
            body += _format_number(value, width, dialect).rjust(width, dialect.padding)
        elif kind == "N":
            body += _format_number(value, width, dialect).ljust(width, dialect.padding)
        else:
            text = encode(str(value), dialect.encoding, strays=dialect.strays)
            assert len(text) <= width, (value, width)
            body += text.ljust(width, dialect.padding)
    return body


def _format_number(value: "str | int", width: int, dialect: Dialect) -> bytes:
    text = dialect.number.format(value)
    return (text if len(text) <= width else str(value)).encode()


def build_national_code(nine: str) -> str:
    """Return nine digits and their check digit."""
    rest = sum(int(digit) * (10 - at) for at, digit in enumerate(nine)) % 11
    return nine + str(rest if rest < 2 else 11 - rest)


def generate_national_code() -> str:
    """Return a random national code, in all likelihood nobody's."""
    return build_national_code(f"{secrets.randbelow(10**9):09}")


def choose_dialect(dice: Random, *, has_known_people: bool) -> Dialect:
    """Return one of the ways in which programs write.

    Codes lose their zeros only if `has_known_people`: the records know all people of the list.
    """
    dialect = Dialect(
        encoding=dice.choice(("cp1256", "cp1256", "iransystem", "iransystem", "utf8")),
        version=dice.choice((0x03, 0x03, 0x30, 0x31, 0x32, 0x04, 0x05, 0x43, 0x83, 0x8B, 0xF5, 0xFB)),
        strays=dice.random() < 0.4,
        lower=dice.random() < 0.2,
        all_text=dice.random() < 0.2,
        padding=dice.choice((b" ", b" ", b"\0")),
        order=dice.choice((None, dice.randrange(10**6))),
        date=dice.choice(
            (
                "{year:04}{month:02}{day:02}",
                "{short:02}{month:02}{day:02}",
                "{short:02}/{month:02}/{day:02}",
                "{year:04}/{month:02}/{day:02}",
            )
        ),
        has_birth_date=dice.random() < 0.8,
        list_number=dice.choice(("{}", "{:0>2}", "{:0>12}")),
        short_workshop=dice.random() < 0.3,
        insurance_number=dice.choice(("{}", "{:0>8}", "{:0>10}")),
        number=dice.choice(("{}", "{}", "{:02}", "{:012}")),
        blank_rows=dice.choice((0, 0, 1, 3)),
        deleted_rows=dice.choice((0, 0, 1, 2)),
        end=dice.choice((b"\x1a", b"", b"\x1a\0\0\0", b"\x0f\x0f\x1a", b"    ", b"\x1a\r\n")),
        swapped_files=dice.random() < 0.1,
        swapped_names=dice.random() < 0.1,
    )
    return replace(dialect, short_code=dice.random() < 0.3) if has_known_people else dialect
