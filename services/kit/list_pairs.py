"""Which files of a folder belong together: DSKKAR00.DBF with DSKWOR00.DBF, by their names.

Programs number further lists of a folder: DSKKAR01.DBF with DSKWOR01.DBF.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import Generic, TypeVar

File = TypeVar("File")

_NAME = re.compile(r"DSK(KAR|WOR)(.*)\.DBF", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FoundFile(Generic[File]):
    """A file by the folder that it is in and by its name there."""

    folder: str
    name: str
    file: File


@dataclass(frozen=True, slots=True)
class FilePair(Generic[File]):
    """The two files of one list; `number` is the part of the names that both share, 00 in most folders."""

    folder: str
    number: str
    header: File
    workers: File


@dataclass(frozen=True, slots=True)
class Pairing(Generic[File]):
    """The pairs of all folders, files without a partner, and files whose folder has another of that name."""

    pairs: Sequence[FilePair[File]] = field(default_factory=list)
    alone: Sequence[FoundFile[File]] = field(default_factory=list)
    repeated: Sequence[FoundFile[File]] = field(default_factory=list)


def is_list_file(name: str) -> bool:
    """Return whether a file without its folder is named like a file of a list."""
    return _NAME.fullmatch(name) is not None


def pair_files(files: Iterable[FoundFile[File]]) -> Pairing[File]:
    """Return the pairs of each folder: files of one number, or the only two whose numbers differ.

    Files of other names are ignored. Of several files with one name, the first one counts.
    """
    pairs: list[FilePair[File]] = []
    alone: list[FoundFile[File]] = []
    repeated: list[FoundFile[File]] = []
    by_folder = attrgetter("folder")
    for folder, in_folder in groupby(sorted(files, key=by_folder), key=by_folder):
        headers: dict[str, FoundFile[File]] = {}
        workers: dict[str, FoundFile[File]] = {}
        for one in in_folder:
            if name := _NAME.fullmatch(one.name):
                of_kind = headers if name[1].upper() == "KAR" else workers
                if of_kind.setdefault(name[2].strip(), one) is not one:
                    repeated.append(one)
        numbers = headers.keys() & workers.keys()
        pairs += [
            FilePair(folder, number, headers[number].file, workers[number].file) for number in sorted(numbers)
        ]
        unpaired = [[files[number] for number in files.keys() - numbers] for files in (headers, workers)]
        if [len(of_kind) for of_kind in unpaired] == [1, 1]:
            pairs.append(FilePair(folder, "", unpaired[0][0].file, unpaired[1][0].file))
        else:
            alone += [one for of_kind in unpaired for one in sorted(of_kind, key=attrgetter("name"))]
    return Pairing(pairs, alone, repeated)
