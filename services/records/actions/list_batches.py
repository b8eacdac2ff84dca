"""Importing many small lists in one transaction: what each list needs is read and written for all together.

Each list is accepted or refused as in `actions.lists`; only the number of statements differs. A list that
needs more than inserts of rows, such as one whose number was withdrawn before, goes the usual way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy.orm import Session

from services.kit import outbox
from services.kit.jalali import JalaliMonth
from services.kit.problems import Unavailable
from services.records.actions.identities import MAX_NAME_LENGTH
from services.records.actions.list_files import StoredFiles, ValidList
from services.records.actions.listed_people import ListedPeople
from services.records.actions.lists import (
    choose_imported,
    describe_content,
    describe_contribution,
    describe_events,
    describe_findings,
    import_list,
)
from services.records.actions.people_additions import save_people
from services.records.actions.short_codes import resolve_short_codes
from services.records.lists import ListHeader
from services.records.models import ImportedList, Outbox
from services.records.store import contributions, lists, people
from services.records.store.known_people import KnownPeople
from services.records.store.known_workshops import KnownWorkshops, StatedWorkshop

log = structlog.get_logger()
# A larger list goes the usual way, which writes it in parts.
MAX_ROWS = 5_000
Number = tuple[str, JalaliMonth, str]


@dataclass(slots=True)
class NewList:
    """A list that is added with its batch; then it has its people, and the list as stored."""

    valid_list: ValidList
    files: StoredFiles
    people: ListedPeople | None = None
    imported: ImportedList | None = None

    @property
    def has_differences(self) -> bool:
        """Whether a row states another value than is known of its person."""
        return self.people is not None and self.people.has_differences


class ListBatch:
    """The lists of one transaction: `add` decides what is done with each, `finish` writes them."""

    def __init__(self, session: Session, officer_id: str, stored: dict[Number, list[ImportedList]]) -> None:
        self._session, self._officer_id = session, officer_id
        self._same_number = stored
        self._new: dict[Number, NewList] = {}

    def add(self, valid_list: ValidList, files: StoredFiles) -> NewList | tuple[ImportedList, bool]:
        """Return a list that `finish` will add, or else a stored list and whether this call has added it.

        Raises ListRefused.
        """
        number = _get_number(valid_list)
        if number in self._new:
            self.finish()
        same_number = self._same_number.get(number, [])
        if imported := choose_imported(same_number, valid_list):
            return imported, False
        if same_number or len(valid_list.rows) > MAX_ROWS:
            self.finish()
            return import_list(self._session, valid_list, files, self._officer_id)
        if valid_list.short_codes:
            # They may be those of people whom a list before it has added.
            self.finish()
            valid_list = resolve_short_codes(self._session, valid_list)
        self._new[number] = new = NewList(valid_list, files)
        return new

    def finish(self) -> None:
        """Insert the lists that were added, with their people and workshops, their rows and their events.

        Raises IntegrityError if another transaction has added one of them, and Unavailable if one of their
        people was merged; then nothing of the transaction may be committed.
        """
        new_lists, self._new = [*self._new.values()], {}
        if not new_lists:
            return
        session = self._session
        workshops = self._save_workshops([new.valid_list.header for new in new_lists])
        of_lists = self._save_people(new_lists)
        described = zip(new_lists, of_lists, workshops, strict=True)
        added = lists.add_lists(session, [self._describe(*one) for one in described])
        rows_by_list = []
        for new, listed_people, imported in zip(new_lists, of_lists, added, strict=True):
            new.people, new.imported = listed_people, imported
            self._same_number.setdefault(_get_number(new.valid_list), []).append(imported)
            rows = zip(listed_people.positions, new.valid_list.rows, strict=True)
            counted = [describe_contribution(row, at, imported.position) for at, row in rows if at]
            rows_by_list.append((imported, counted))
        contributions.add_contributions_of_lists(session, rows_by_list)
        if people.is_any_merged(session, {at for of_list in of_lists for at in of_list.positions}):
            raise Unavailable
        events: list[Mapping[str, Any]] = []
        for imported, listed_people in zip(added, of_lists, strict=True):
            listed_people.save_doubts(imported)
            events += describe_events(imported, listed_people.ids)
        outbox.add_events(session, Outbox, "record.changed", events)
        log.info("lists.imported", lists=len(added))

    def _save_people(self, new_lists: Sequence[NewList]) -> Sequence[ListedPeople]:
        known_people = KnownPeople(self._session)
        of_lists = [ListedPeople(self._session, new.valid_list.rows, known_people) for new in new_lists]
        save_people(self._session, known_people, of_lists)
        return of_lists

    def _save_workshops(self, headers: Sequence[ListHeader]) -> Sequence[int]:
        workshops = KnownWorkshops(self._session)
        workshops.read({header.workshop_code for header in headers})
        return workshops.save(
            [
                StatedWorkshop(
                    header.workshop_code, header.workshop_name[:MAX_NAME_LENGTH], header.address, header.month
                )
                for header in headers
            ]
        )

    def _describe(
        self, new: NewList, listed_people: ListedPeople, workshop_position: int
    ) -> dict[str, object]:
        header = new.valid_list.header
        return {
            **describe_content(new.valid_list, new.files, self._officer_id),
            **describe_findings(new.valid_list, listed_people),
            "workshop_position": workshop_position,
            "month": header.month,
            "list_number": header.list_number,
            "canonical_number": header.list_number,
        }


def open_batch(session: Session, valid_lists: Sequence[ValidList], officer_id: str) -> ListBatch:
    """Return a batch for these lists, with the stored lists of their numbers. Blocks mergers of people."""
    people.block_mergers(session)
    stored = lists.list_by_numbers(session, {_get_number(valid_list) for valid_list in valid_lists})
    return ListBatch(session, officer_id, stored)


def _get_number(valid_list: ValidList) -> Number:
    header = valid_list.header
    return header.workshop_code, header.month, header.list_number
