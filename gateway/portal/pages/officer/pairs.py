"""Which files of an upload belong together. All are called DSKKAR00 and DSKWOR00, so their records decide.

Only the beginning of a dBase III file is read; the records service validates the whole file.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

# The size of the largest header of a list with its first record.
HEAD = 8 * 1024
_START, _COLUMN = struct.Struct("<4xLHH20x"), struct.Struct("<11sc4xB15x")
_END_OF_COLUMNS = 0x0D
_DBASE_III = 0x03
# The prefix of the columns distinguishes the two files of a list.
HEADER, WORKERS = "DSK", "DSW"


class NotAListFile(ValueError):
    """The file does not belong to a list; the reason is a text for the officer."""

    def __init__(self, reason: LazyString) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Place:
    """The list that a file belongs to, by its first record."""

    workshop_code: str = ""
    year: str = ""
    month: str = ""
    list_number: str = ""


@dataclass(frozen=True)
class Pairing:
    """The indexes of the files of each pair, header first; and the files without a pair, with the reason."""

    pairs: Sequence[tuple[int, int, Place]]
    strays: Sequence[tuple[int, LazyString]]


def pair_up(heads: Sequence[bytes]) -> Pairing:
    """Pair files by their first HEAD bytes.

    A header and a workers' file that are left over form a pair; the findings show what differs in them.
    """
    strays: list[tuple[int, LazyString]] = []
    headers: list[tuple[int, Place]] = []
    workers: list[tuple[int, Place]] = []
    for index, head in enumerate(heads):
        try:
            kind, place = read_head(head)
        except NotAListFile as refusal:
            strays.append((index, refusal.reason))
        else:
            (headers if kind == HEADER else workers).append((index, place))
    pairs, unpaired = [], []
    for index, place in headers:
        partner = next((file for file in workers if file[1] == place), None)
        if partner:
            workers.remove(partner)
            pairs.append((index, partner[0], place))
        else:
            unpaired.append((index, place))
    if len(unpaired) == len(workers) == 1:
        pairs.append((unpaired[0][0], workers[0][0], unpaired[0][1]))
        unpaired, workers = [], []
    strays += _describe_strays(unpaired, _("فایل DSKWOR00 این لیست در میان فایل‌ها نیست. هر دو را بفرستید."))
    strays += _describe_strays(workers, _("فایل DSKKAR00 این لیست در میان فایل‌ها نیست. هر دو را بفرستید."))
    return Pairing(pairs, sorted(strays, key=itemgetter(0)))


def _describe_strays(files: Iterable[tuple[int, Place]], reason: LazyString) -> list[tuple[int, LazyString]]:
    return [(index, reason) for index, _place in files]


def read_head(head: bytes) -> tuple[str, Place]:
    """Return HEADER or WORKERS, and the list in the file's first record. Raises NotAListFile."""
    if not head:
        raise NotAListFile(_("فایل خالی است. فایل لیست را دوباره بفرستید."))
    if head[0] != _DBASE_III or len(head) < _START.size:
        raise NotAListFile(_("این فایل لیست بیمه نیست. فایل DSKKAR00.DBF یا DSKWOR00.DBF را بفرستید."))
    count, start, width = _START.unpack_from(head)
    columns = _read_columns(head[_START.size : start])
    for kind in (HEADER, WORKERS):
        if f"{kind}_ID" in columns and f"{kind}_LISTNO" in columns:
            record = head[start : start + width] if count else b""
            return kind, _read_place(record, columns, kind)
    raise NotAListFile(_("ستون‌های لیست بیمه در این فایل نیست. آن را با برنامه لیست بیمه بسازید."))


def _read_columns(described: bytes) -> dict[str, slice]:
    """Return the position of each column in a record."""
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


def _read_place(record: bytes, columns: dict[str, slice], kind: str) -> Place:
    def read_cell(name: str) -> str:
        raw = record[columns[f"{kind}_{name}"]] if f"{kind}_{name}" in columns else b""
        return raw.strip(b" \0").decode("ascii", "replace")

    return Place(read_cell("ID"), read_cell("YY").zfill(2), read_cell("MM").zfill(2), read_cell("LISTNO"))
