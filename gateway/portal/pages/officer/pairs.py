"""Which files of an upload belong together. All are called DSKKAR00 and DSKWOR00, so their records decide.

Only the beginning of a table is read; the records service validates the whole file.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from services.kit import dbf_head

# The size of the largest header of a list with its first record: 256 columns and 1 KiB.
HEAD = 10 * 1024
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
