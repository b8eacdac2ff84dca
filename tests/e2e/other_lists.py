"""List files from another generator: written here from the format's description alone, with nothing of Govah.

Columns stand in another order and have other widths than Govah's own writer gives them.
"""

import secrets
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

# Glyph bytes of Iran System: (isolated, final, initial, medial); letters that do not join forward have two.
_JOINING = {
    "ب": (0x92, 0x92, 0x93, 0x93), "پ": (0x94, 0x94, 0x95, 0x95), "ت": (0x96, 0x96, 0x97, 0x97),
    "ج": (0x9A, 0x9A, 0x9B, 0x9B), "چ": (0x9C, 0x9C, 0x9D, 0x9D), "ح": (0x9E, 0x9E, 0x9F, 0x9F),
    "خ": (0xA0, 0xA0, 0xA1, 0xA1), "س": (0xA7, 0xA7, 0xA8, 0xA8), "ش": (0xA9, 0xA9, 0xAA, 0xAA),
    "ص": (0xAB, 0xAB, 0xAC, 0xAC), "ع": (0xE1, 0xE2, 0xE4, 0xE3), "غ": (0xE5, 0xE6, 0xE8, 0xE7),
    "ف": (0xE9, 0xE9, 0xEA, 0xEA), "ق": (0xEB, 0xEB, 0xEC, 0xEC), "ک": (0xED, 0xED, 0xEE, 0xEE),
    "گ": (0xEF, 0xEF, 0xF0, 0xF0), "ل": (0xF1, 0xF1, 0xF3, 0xF3), "م": (0xF4, 0xF4, 0xF5, 0xF5),
    "ن": (0xF6, 0xF6, 0xF7, 0xF7), "ه": (0xF9, 0xF9, 0xFB, 0xFA), "ی": (0xFD, 0xFC, 0xFE, 0xFE),
    "ط": (0xAF,) * 4, "ظ": (0xE0,) * 4,
}  # fmt: skip
_ENDING = {"آ": 0x8D, "د": 0xA2, "ذ": 0xA3, "ر": 0xA4, "ز": 0xA5, "ژ": 0xA6, "و": 0xF8}


def encode_iran_system(text: str) -> bytes:
    """Return Persian words (no digits, no lam-alef) in Iran System: glyph forms in visual order."""
    glyphs = []
    for at, letter in enumerate(text):
        before = at > 0 and text[at - 1] in _JOINING
        after = at + 1 < len(text) and text[at + 1] != " "
        if letter == "ا":
            glyphs.append(0x91 if before else 0x90)
        elif letter in _ENDING:
            glyphs.append(_ENDING[letter])
        elif letter in _JOINING:
            forms = _JOINING[letter]
            glyphs.append(forms[(3 if before else 2) if after else (1 if before else 0)])
        else:
            glyphs.append(ord(letter))
    return bytes(reversed(glyphs))


def encode_cp1256(text: str) -> bytes:
    return text.replace("ی", "ي").encode("cp1256")


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

    def build_files(self) -> dict[str, bytes]:
        """Return the two files by the names of their parts."""
        encode = encode_iran_system if self.encoding == "iransystem" else encode_cp1256
        driver = 0x7E if self.encoding == "cp1256" else 0
        return {
            "header": _build_table([self._build_header()], encode, driver),
            "workers": _build_table([self._build_row(worker) for worker in self.workers], encode, driver),
        }

    def _build_header(self) -> dict[str, "tuple[str, int, str | int]"]:
        workers = self.workers
        sums = {
            "DSK_TROOZ": sum(worker.daily_wage for worker in workers),
            "DSK_TMAH": sum(worker.monthly for worker in workers),
            "DSK_TMAZ": sum(worker.benefits for worker in workers),
            "DSK_TMASH": sum(worker.insurable for worker in workers),
            "DSK_TTOTL": sum(worker.insurable for worker in workers),
            "DSK_TBIME": sum(worker.premium for worker in workers),
        }
        fields: dict[str, tuple[str, int, str | int]] = {
            "DSK_YY": ("N", 2, self.year % 100),
            "DSK_MM": ("N", 2, self.month),
            "DSK_ID": ("C", 10, self.workshop),
            "DSK_LISTNO": ("C", 12, self.number),
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

    def _build_row(self, worker: Worker) -> dict[str, "tuple[str, int, str | int]"]:
        return {
            "PER_NATCOD": ("C", 10, worker.national_code),
            "DSW_ID": ("C", 10, self.workshop),
            "DSW_YY": ("N", 2, self.year % 100),
            "DSW_MM": ("N", 2, self.month),
            "DSW_LISTNO": ("C", 12, self.number),
            "DSW_DD": ("N", 2, worker.days),
            "DSW_LNAME": ("C", 100, worker.last_name),
            "DSW_FNAME": ("C", 100, worker.first_name),
            "DSW_DNAME": ("C", 25, "محمد"),
            "DSW_ID1": ("C", 10, worker.insurance_number),
            "DSW_IDNO": ("C", 15, "12"),
            "DSW_IDPLC": ("C", 30, "تهران"),
            "DSW_IDATE": ("C", 8, "13620101"),
            "DSW_BDATE": ("C", 8, worker.birth_date),
            "DSW_SEX": ("C", 3, worker.sex),
            "DSW_NAT": ("C", 10, "ایران"),
            "DSW_OCP": ("C", 50, "کارگر"),
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


def _build_table(rows: "list[dict[str, tuple[str, int, str | int]]]", encode: object, driver: int) -> bytes:
    """Return a dBase III file: header, field descriptors, records, end mark."""
    assert callable(encode)
    columns = [(name, kind, width) for name, (kind, width, _) in rows[0].items()]
    record_size = 1 + sum(width for _, _, width in columns)
    head = struct.pack(
        "<4BIHH16xB3x", 0x03, 125, 1, 1, len(rows), 33 + 32 * len(columns), record_size, driver
    )[:32]
    descriptors = b"".join(
        name.encode().ljust(11, b"\0") + kind.encode() + bytes(4) + bytes([width, 0]) + bytes(14)
        for name, kind, width in columns
    )
    body = b""
    for row in rows:
        body += b" "
        for kind, width, value in row.values():
            if kind == "N":
                body += str(value).rjust(width).encode()
            else:
                encoded = encode(str(value)) if not str(value).isascii() else str(value).encode()
                # Iran System is kept as seen on a right-to-left screen: padded on the left of the text.
                body += encoded.ljust(width)[:width]
    return head + descriptors + b"\r" + body + b"\x1a"


def build_national_code(nine: str) -> str:
    """Return nine digits and their check digit."""
    rest = sum(int(digit) * (10 - at) for at, digit in enumerate(nine)) % 11
    return nine + str(rest if rest < 2 else 11 - rest)


def generate_national_code() -> str:
    """Return a random national code, in all likelihood nobody's."""
    return build_national_code(f"{secrets.randbelow(10**9):09}")
