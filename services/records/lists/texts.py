"""The texts of a file: which encoding each column is written in, and which names fit badly.

The parser chooses the encodings with it before it reads a file's columns, and `sheets` reads names with it.
The work is done once for each distinct cell, and an encoding is chosen from a sample of a column's cells.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from services.kit.text import normalise_text
from services.records.lists.dbf import Table
from services.records.lists.encodings import (
    Encoding,
    Evidence,
    choose_column_encoding,
    choose_encoding,
    get_decoder,
    is_letter_cut,
    score_cells,
)
from services.records.lists.fields import Field
from services.records.lists.finding_logs import MAX_FINDINGS
from services.records.lists.findings import ListFile, RawFinding, make_finding
from services.records.lists.name_fits import Effort, Fit, Reading, Sort, Whole, judge_names, read_name

# What each text is that letters and pages show, or that decides about a row, by attribute.
SORTS: Mapping[str, Sort] = {
    **dict.fromkeys(("first_name", "last_name", "father_name"), Sort.PERSON),
    **dict.fromkeys(("workshop_name", "employer"), Sort.COMPANY),
    "job_title": Sort.JOB,
    **dict.fromkeys(("address", "nationality"), Sort.OTHER),
}
# The fields that hold names, by attribute: if most of them are unreadable, so is the file.
NAMES = frozenset(name for name, sort in SORTS.items() if sort in {Sort.PERSON, Sort.COMPANY})
# Columns that have one of a few words in every list, and these words; none of them is another's reverse.
_COLUMNS_OF_WORDS = frozenset({"DSW_SEX", "DSW_NAT"})
_USUAL_WORDS = frozenset({"مرد", "زن", "ایرانی", "ایران", "غیرایرانی", "اتباع"})
# The cells of a column that are weighed, and those that are looked through for them.
_SAMPLE, _SAMPLE_FROM = 200, 4_000
# A column of names is unreadable if most of them are, but not for a single name or two.
_FEW_NAMES = 3
_MAX_SHOWN = 80
# Columns below this width are not of the layout, in which names have 20 bytes and more.
_NARROW = 10
# The misfits of a column for which a better reading is looked for through conversions, and in encodings.
_MOST_CONVERTED, _MOST_DECODED = 200, 10_000
_BLANKS = b" \0"
# Stands for every further misfit of a column. The findings of the first ones come before those of its rows,
# so those are only counted, and a file of misfits takes little memory.
_COUNTED = {fit: Reading("", fit) for fit in Fit}
# The wordings of an unreadable file, of a name and of another text, with and without a better reading.
_WORDINGS = {
    "file": ("text-converted", "text-unreadable"),
    "name": ("name-converted", "name-implausible"),
    "text": ("name-converted", "text-implausible"),
}


@dataclass(frozen=True, slots=True)
class FileEncodings:
    """The encoding of a file, and of its columns that differ; `has_evidence` is false for ASCII files."""

    of_file: Encoding
    of_columns: Mapping[str, Encoding]
    has_evidence: bool

    def get(self, column: str) -> Encoding:
        """Return the encoding of a column."""
        return self.of_columns.get(column, self.of_file)


def choose_encodings(
    table: Table, fields: Sequence[Field], other_file: FileEncodings | None = None
) -> FileEncodings:
    """Return the encodings of a file. The other file of its list decides a near tie."""
    of_columns: dict[str, Evidence] = {}
    for item in fields:
        if item.name in table.columns and (cells := _sample_cells(table, item.name)):
            of_columns[item.name] = score_cells(cells)
    total = {encoding: sum(evidence[encoding] for evidence in of_columns.values()) for encoding in Encoding}
    hint = other_file.of_file if other_file and other_file.has_evidence else None
    of_file = choose_encoding(total, table.driver, hint)
    own = {name: choose_column_encoding(evidence, of_file) for name, evidence in of_columns.items()}
    return FileEncodings(
        of_file,
        {name: encoding for name, encoding in own.items() if encoding is not of_file},
        bool(of_columns),
    )


def _sample_cells(table: Table, name: str) -> list[bytes]:
    """Return some distinct cells of a column that are not ASCII, from all parts of the file."""
    step = max(1, len(table.numbers) // _SAMPLE_FROM)
    cells = _list_distinct(islice(table.read_cells(name), 0, None, step))
    if not cells and step > 1:
        cells = _list_distinct(table.read_cells(name))
    return cells[:: max(1, len(cells) // _SAMPLE)]


def _list_distinct(cells: Iterator[bytes]) -> list[bytes]:
    distinct = dict.fromkeys(cell for cell in cells if not cell.isascii())
    return [cell.strip(_BLANKS) for cell in islice(distinct, _SAMPLE_FROM)]


@dataclass(slots=True)
class NameReader:
    """The reader of a file's names and other texts, which remembers those that fit badly."""

    file: ListFile
    encodings: FileEncodings
    _misfits: dict[str, dict[bytes, Reading]] = field(default_factory=dict)
    # The same of columns whose texts are not names.
    _misfits_of_texts: dict[str, dict[bytes, Reading]] = field(default_factory=dict)
    # The width of each column that has cut off a person's name. Such names are not stored: all may be so.
    _widths: dict[str, int] = field(default_factory=dict)
    # Whether `check_names` has found most names of the file, and of each column, readable.
    is_readable: bool = True

    def get_reader(self, name: str, width: int, sort: Sort) -> Callable[[bytes], str]:
        """Return the function that reads a column's cells; the width may have cut off persons' names."""
        encoding = self.encodings.get(name)
        decode = get_decoder(encoding)
        misfits: dict[bytes, Reading] = {}
        is_name = sort in {Sort.PERSON, Sort.COMPANY}
        (self._misfits if is_name else self._misfits_of_texts)[name] = misfits

        def read(cell: bytes) -> str:
            plain = cell.strip(_BLANKS)
            reading = read_name(plain, encoding, decode(plain), _choose_effort(len(misfits)), sort)
            if reading.fit is not Fit.GOOD:
                misfits[cell] = reading if len(misfits) < MAX_FINDINGS else _COUNTED[reading.fit]
            elif sort is Sort.PERSON and _is_cut(plain, encoding, width):
                self._widths[name] = width
            return reading.better or reading.text

        return read

    def check_names(self, table: Table) -> Iterator[RawFinding]:
        """Yield an error if most names of the file or of a column are unreadable; else a warning for each.

        Another text that fits badly is a warning, unless the file is unreadable. To be called when all
        columns were read.
        """
        counts = {name: self._count_names(table, name) for name in self._misfits}
        names, unreadable = (sum(of_columns) for of_columns in zip((0, 0), *counts.values(), strict=True))
        if 2 * unreadable > names:
            self.is_readable = False
            yield self._describe_unreadable(max(counts, key=lambda name: counts[name][1]))
        elif doubtful := self._find_doubtful_name(table):
            self.is_readable = False
            yield _make_text_finding("file", self.file, *doubtful)
        else:
            columns = {
                name for name, (of_column, bad) in counts.items() if 2 * bad > of_column and bad >= _FEW_NAMES
            }
            self.is_readable = not columns
            for name, misfits in self._misfits.items():
                if name in columns:
                    yield self._describe_unreadable(name)
                else:
                    yield from self._describe_misfits(table, name, misfits)
            for name, misfits in self._misfits_of_texts.items():
                if not columns:
                    yield from self._describe_misfits(table, name, misfits)

    def _find_doubtful_name(self, table: Table) -> tuple[str, None, Reading] | None:
        """Return a name with its column if the names as a whole fit no encoding, or only from their end."""
        cells = [
            (name, cell, self.encodings.get(name))
            for name in self._misfits
            for cell in _sample_cells(table, name)
        ]
        whole = judge_names([(cell, encoding) for _name, cell, encoding in cells])
        if whole is Whole.GOOD and cells and self._has_reversed_words(table):
            whole = Whole.REVERSED
        if whole is Whole.GOOD:
            return None
        name, cell, encoding = cells[0]
        text = normalise_text(get_decoder(encoding)(cell))
        return name, None, Reading(text, Fit.BAD, text[::-1] if whole is Whole.REVERSED else "")

    def _has_reversed_words(self, table: Table) -> bool:
        """Return whether sexes and nationalities are written from their end, which suffices for few names."""
        words = {
            normalise_text(get_decoder(self.encodings.get(name))(cell))
            for name in _COLUMNS_OF_WORDS & table.columns.keys()
            for cell in _sample_cells(table, name)
        }
        # The column may have cut off the end, which was the beginning.
        return words.isdisjoint(_USUAL_WORDS) and any(
            len(word) > 1 and usual[::-1].startswith(word) for word in words for usual in _USUAL_WORDS
        )

    def _count_names(self, table: Table, name: str) -> tuple[int, int]:
        """Return the number of rows with a name in a column, and how many of them are unreadable."""
        bad = {cell for cell, reading in self._misfits[name].items() if reading.fit is Fit.BAD}
        names = sum(bool(cell.strip(_BLANKS)) for cell in table.read_cells(name))
        return names, sum(cell in bad for cell in table.read_cells(name)) if bad else 0

    def _describe_unreadable(self, name: str) -> RawFinding:
        bad = [reading for reading in self._misfits[name].values() if reading.fit is Fit.BAD]
        example = next((reading for reading in bad if reading.better), bad[0])
        return _make_text_finding("file", self.file, name, None, example)

    def _describe_misfits(
        self, table: Table, name: str, misfits: Mapping[bytes, Reading]
    ) -> Iterator[RawFinding]:
        encoding, width = self.encodings.get(name), self._widths.get(name)
        if not misfits and width is None:
            return
        decode = get_decoder(encoding)
        what = "name" if name in self._misfits else "text"
        for row, cell in zip(table.numbers, table.read_cells(name), strict=True):
            plain = cell.strip(_BLANKS)
            if reading := misfits.get(cell):
                yield _make_text_finding(what, self.file, name, row, reading)
            elif width is not None and _is_cut(plain, encoding, width):
                yield make_finding("name-cut", self.file, name, row, decode(plain))


def _is_cut(name: bytes, encoding: Encoding, width: int) -> bool:
    """Return whether the end of a name is or may be missing: it fills its column, or ends within a letter."""
    return len(name) >= max(width, _NARROW) or (encoding is Encoding.UTF_8 and is_letter_cut(name))


def _choose_effort(misfits: int) -> Effort:
    """Return the effort for a further misfit: a file of very many must not take minutes."""
    if misfits < _MOST_CONVERTED:
        return Effort.CONVERSIONS
    return Effort.ENCODINGS if misfits < _MOST_DECODED else Effort.NONE


def _make_text_finding(what: str, file: ListFile, name: str, row: int | None, reading: Reading) -> RawFinding:
    converted, implausible = _WORDINGS[what]
    if better := reading.better[:_MAX_SHOWN]:
        return make_finding(converted, file, name, row, reading.text, expected=better, better=better)
    return make_finding(implausible, file, name, row, reading.text)
