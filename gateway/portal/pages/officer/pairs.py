"""Which files of an upload belong together: all are called DSKKAR00 and DSKWOR00, so their records say it.

Only as much of a dBase III file is read as names its list; whether it is a sound one, records says.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

# Every header of a list and its first record fit into this.
HEAD = 8 * 1024
_START, _COLUMN = struct.Struct("<4xLHH20x"), struct.Struct("<11sc4xB15x")
_END_OF_COLUMNS = 0x0D
_DBASE_III = 0x03
# What a list's files are told apart by: the prefix of their columns.
HEADER, WORKERS = "DSK", "DSW"


class NoList(ValueError):
    """The file is not one of a list; the reason is in words for the officer."""

    def __init__(self, reason: LazyString) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Place:
    """Which list a file is of, as it stands in its first record."""

    workshop_code: str = ""
    year: str = ""
    month: str = ""
    list_number: str = ""


@dataclass(frozen=True)
class Pairing:
    """Pairs by their places among the files, header first; and what is of no pair, with the reason."""

    pairs: Sequence[tuple[int, int, Place]]
    strays: Sequence[tuple[int, LazyString]]


def pair_up(heads: Sequence[bytes]) -> Pairing:
    """Pair files by what their first HEAD bytes say.

    One header and one workers' file left over are a pair; the findings name what differs in them.
    """
    strays: list[tuple[int, LazyString]] = []
    headers: list[tuple[int, Place]] = []
    workers: list[tuple[int, Place]] = []
    for index, head in enumerate(heads):
        try:
            kind, place = read_head(head)
        except NoList as refusal:
            strays.append((index, refusal.reason))
        else:
            (headers if kind == HEADER else workers).append((index, place))
    pairs, lonely = [], []
    for index, place in headers:
        partner = next((one for one in workers if one[1] == place), None)
        if partner:
            workers.remove(partner)
            pairs.append((index, partner[0], place))
        else:
            lonely.append((index, place))
    if len(lonely) == len(workers) == 1:
        pairs.append((lonely[0][0], workers[0][0], lonely[0][1]))
        lonely, workers = [], []
    strays += _without(lonely, _("فایل DSKWOR00 این لیست در میان فایل‌ها نیست. هر دو را بفرستید."))
    strays += _without(workers, _("فایل DSKKAR00 این لیست در میان فایل‌ها نیست. هر دو را بفرستید."))
    return Pairing(pairs, sorted(strays, key=itemgetter(0)))


def _without(files: Iterable[tuple[int, Place]], reason: LazyString) -> list[tuple[int, LazyString]]:
    return [(index, reason) for index, _place in files]


def read_head(head: bytes) -> tuple[str, Place]:
    """HEADER or WORKERS, and the list that the file's first record names. Raises NoList."""
    if not head:
        raise NoList(_("فایل خالی است. فایل لیست را دوباره بفرستید."))
    if head[0] != _DBASE_III or len(head) < _START.size:
        raise NoList(_("این فایل لیست بیمه نیست. فایل DSKKAR00.DBF یا DSKWOR00.DBF را بفرستید."))
    count, start, width = _START.unpack_from(head)
    columns = _columns(head[_START.size : start])
    for kind in (HEADER, WORKERS):
        if f"{kind}_ID" in columns and f"{kind}_LISTNO" in columns:
            record = head[start : start + width] if count else b""
            return kind, _place(record, columns, kind)
    raise NoList(_("ستون‌های لیست بیمه در این فایل نیست. آن را با برنامه لیست بیمه بسازید."))


def _columns(described: bytes) -> dict[str, slice]:
    """Where in a record each column stands."""
    columns, place = {}, 1
    for at in range(0, len(described) - _COLUMN.size + 1, _COLUMN.size):
        if described[at] == _END_OF_COLUMNS:
            break
        name, _kind, width = _COLUMN.unpack_from(described, at)
        columns[name.partition(b"\0")[0].decode("ascii", "replace").strip().upper()] = slice(
            place, place + width
        )
        place += width
    return columns


def _place(record: bytes, columns: dict[str, slice], kind: str) -> Place:
    def cell(name: str) -> str:
        raw = record[columns[f"{kind}_{name}"]] if f"{kind}_{name}" in columns else b""
        return raw.strip(b" \0").decode("ascii", "replace")

    return Place(cell("ID"), cell("YY").zfill(2), cell("MM").zfill(2), cell("LISTNO"))
