"""The indexes of the archives that a worker imports now, so that each run does not read its archive again.

The index of a tar archive is found by a walk through all of it. An archive never changes after its upload.
"""

import uuid
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import BinaryIO

from services.records.archives.indexes import MAX_FILES, ArchiveIndex, read_index


@dataclass(slots=True)
class RecentIndexes:
    """Indexes of one process, the last used ones; together they have at most `most_files` files."""

    most_files: int = MAX_FILES
    _indexes: OrderedDict[uuid.UUID, ArchiveIndex] = field(default_factory=OrderedDict)

    def read(self, import_id: uuid.UUID, archive: BinaryIO) -> ArchiveIndex:
        """Return the index of an import's archive. Raises what `read_index` raises."""
        if import_id not in self._indexes:
            self._indexes[import_id] = read_index(archive)
        self._indexes.move_to_end(import_id)
        while len(self._indexes) > 1 and sum(map(_count_files, self._indexes.values())) > self.most_files:
            self._indexes.popitem(last=False)
        return self._indexes[import_id]

    def forget(self, import_id: uuid.UUID) -> None:
        """Free the index of an import that has ended."""
        self._indexes.pop(import_id, None)


def _count_files(index: ArchiveIndex) -> int:
    return 2 * len(index.pairs) + len(index.alone) + len(index.repeated)
