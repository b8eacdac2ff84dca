"""The rows of a list, made one at a time from its columns. The parser builds them, imports read them."""

from collections.abc import Iterator, Sequence
from typing import Any, overload

from services.records.lists.model import WorkerRow


class WorkerRows(Sequence[WorkerRow]):
    """The rows of a list as a sequence; a row is made when it is asked for and not kept.

    100,000 rows that exist together would take more memory than all that they say.
    """

    def __init__(self, *columns: Sequence[Any]) -> None:
        """Take the columns in the order of WorkerRow's fields, all of one length."""
        self._columns = columns

    def __len__(self) -> int:
        return len(self._columns[0])

    def __iter__(self) -> Iterator[WorkerRow]:
        return map(WorkerRow, *self._columns)

    @overload
    def __getitem__(self, place: int) -> WorkerRow: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[WorkerRow]: ...
    def __getitem__(self, place: int | slice) -> WorkerRow | Sequence[WorkerRow]:
        if isinstance(place, slice):
            return list(map(WorkerRow, *(column[place] for column in self._columns)))
        return WorkerRow(*(column[place] for column in self._columns))
