"""Which files of an upload belong together. All are called DSKKAR00 and DSKWOR00, so their records decide.

Only the beginning of a table is read; the records service validates the whole file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from services.kit import dbf_head

# The size of the largest header of a list with its first record: 256 columns and 1 KiB.
HEAD = 10 * 1024
# The prefix of the columns distinguishes the two files of a list.
HEADER, WORKERS = "DSK", "DSW"
WITHOUT_WORKERS = _("فایل DSKWOR00 این لیست در میان فایل‌ها نیست. هر دو را بفرستید.")
WITHOUT_HEADER = _("فایل DSKKAR00 این لیست در میان فایل‌ها نیست. هر دو را بفرستید.")


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
class FileHead:
    """What the beginning of a file says: its kind and its list, or why it is not a file of a list."""

    kind: str = ""
    place: Place = Place()
    reason: LazyString | str = ""


@dataclass(frozen=True)
class Pairing:
    """The indexes of the files of each pair, header first; and the files without a pair, with the reason."""

    pairs: Sequence[tuple[int, int, Place]]
    strays: Sequence[tuple[int, LazyString | str]]


def describe_head(head: bytes) -> FileHead:
    """Return what the first HEAD bytes of a file say."""
    try:
        return FileHead(*read_head(head))
    except NotAListFile as refusal:
        return FileHead(reason=refusal.reason)


def pair_up(heads: Sequence[FileHead]) -> Pairing:
    """Pair files by their beginnings.

    A header and a workers' file that are left over form a pair; the findings show what differs in them.
    """
    strays = [(index, head.reason) for index, head in enumerate(heads) if head.reason]
    workers: dict[Place, list[int]] = {}
    for index, head in reversed(list(enumerate(heads))):
        if head.kind == WORKERS:
            workers.setdefault(head.place, []).append(index)
    pairs, headers_left = [], []
    for index, head in enumerate(heads):
        if head.kind == HEADER:
            if workers.get(head.place):
                pairs.append((index, workers[head.place].pop(), head.place))
            else:
                headers_left.append(index)
    workers_left = [index for indexes in workers.values() for index in indexes]
    if len(headers_left) == len(workers_left) == 1:
        pairs.append((headers_left[0], workers_left[0], heads[headers_left[0]].place))
        headers_left, workers_left = [], []
    strays += [(index, WITHOUT_WORKERS) for index in headers_left]
    strays += [(index, WITHOUT_HEADER) for index in workers_left]
    return Pairing(pairs, sorted(strays, key=itemgetter(0)))


def read_head(head: bytes) -> tuple[str, Place]:
    """Return HEADER or WORKERS, and the list in the file's first record. Raises NotAListFile."""
    if not head:
        raise NotAListFile(_("فایل خالی است. فایل لیست را دوباره بفرستید."))
    try:
        table = dbf_head.read_head(head)
    except dbf_head.DbfError as error:
        raise NotAListFile(
            _("این فایل لیست بیمه نیست. فایل DSKKAR00.DBF یا DSKWOR00.DBF را بفرستید.")
        ) from error
    for kind in (HEADER, WORKERS):
        if f"{kind}_ID" in table.columns and f"{kind}_LISTNO" in table.columns:
            return kind, _read_place(head, table, kind)
    raise NotAListFile(_("ستون‌های لیست بیمه در این فایل نیست. آن را با برنامه لیست بیمه بسازید."))


def _read_place(head: bytes, table: dbf_head.Head, kind: str) -> Place:
    record = head[table.start : table.start + table.width] if table.count else b""
    cells, place = {}, 1
    for name, column in table.columns.items():
        raw = record[place : place + column.width]
        cells[name.removeprefix(f"{kind}_")] = raw.strip(b" \0").decode("ascii", "replace")
        place += column.width
    # In one form, since the two files of a list may pad numbers differently.
    return Place(
        cells["ID"].zfill(10),
        cells.get("YY", "").zfill(2),
        cells.get("MM", "").zfill(2),
        cells["LISTNO"].lstrip("0") or "1",
    )
