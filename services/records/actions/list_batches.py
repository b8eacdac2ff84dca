"""Importing many small lists in one transaction: what each list would ask for alone is read once for all.

Each list is accepted or refused as in `actions.lists`; only the number of statements differs. A list that
needs more than inserts of rows, such as one whose number was withdrawn before, goes the usual way.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import structlog
from sqlalchemy.orm import Session

from services.kit.jalali import JalaliMonth
from services.kit.problems import Unavailable
from services.records.actions.identities import MAX_NAME_LENGTH
from services.records.actions.list_files import StoredFiles, ValidList
from services.records.actions.listed_people import ListedPeople
from services.records.actions.lists import (
    add_events,
    choose_imported,
    describe_content,
    describe_contribution,
    describe_findings,
    import_list,
)
from services.records.actions.short_codes import resolve_short_codes
from services.records.models import ImportedList
from services.records.store import contributions, lists, people
from services.records.store.people import build_person_key

log = structlog.get_logger()
# A larger list goes the usual way, which writes it in parts.
MAX_ROWS = 5_000
Number = tuple[str, JalaliMonth, str]


@dataclass(slots=True)
class NewList:
    """A list that will be added: what it says, its files and its people, who are stored."""

    valid_list: ValidList
    files: StoredFiles
    workshop_position: int
    people: ListedPeople
    imported: ImportedList | None = None


@dataclass(slots=True)
class ListBatch:
    """The lists of one transaction: `add` writes people and workshops, `finish` the lists and their rows."""

    session: Session
    officer_id: str
    known_people: people.KnownPeople
    workshops: lists.KnownWorkshops
    same_number: dict[Number, list[ImportedList]]
    new_lists: list[NewList] = field(default_factory=list)

    def add(self, valid_list: ValidList, files: StoredFiles) -> NewList | tuple[ImportedList, bool]:
        """Return a list that `finish` will add, or else a stored list and whether this call has added it.

        Raises ListRefused.
        """
        number = _get_number(valid_list)
        if any(_get_number(new.valid_list) == number for new in self.new_lists):
            self.finish()
        same_number = self.same_number.get(number, [])
        if imported := choose_imported(same_number, valid_list):
            return imported, False
        if same_number or len(valid_list.rows) > MAX_ROWS:
            self.finish()
            self.known_people.forget(_list_keys([valid_list]))
            return import_list(self.session, valid_list, files, self.officer_id)
        valid_list = resolve_short_codes(self.session, valid_list)
        header = valid_list.header
        workshop = self.workshops.save(
            header.workshop_code, header.workshop_name[:MAX_NAME_LENGTH], header.address, header.month
        )
        listed_people = ListedPeople(self.session, valid_list.rows, self.known_people)
        listed_people.save()
        new = NewList(valid_list, files, workshop, listed_people)
        self.new_lists.append(new)
        return new

    def finish(self) -> None:
        """Insert the lists that were added, with their rows, what is doubtful about them, and their events.

        Raises IntegrityError if another transaction has added one of them, and Unavailable if one of their
        people was merged; then nothing of the transaction may be committed.
        """
        new_lists, self.new_lists = self.new_lists, []
        if not new_lists:
            return
        self.workshops.write_names()
        added = lists.add_lists(self.session, [self._describe(new) for new in new_lists])
        rows_by_list = []
        for new, imported in zip(new_lists, added, strict=True):
            new.imported = imported
            self.same_number.setdefault(_get_number(new.valid_list), []).append(imported)
            rows = zip(new.people.positions, new.valid_list.rows, strict=True)
            counted = [describe_contribution(row, at, imported.position) for at, row in rows if at]
            rows_by_list.append((imported, counted))
        contributions.add_contributions_of_lists(self.session, rows_by_list)
        if people.is_any_merged(
            self.session, {position for new in new_lists for position in new.people.positions}
        ):
            raise Unavailable
        for new, imported in zip(new_lists, added, strict=True):
            new.people.save_doubts(imported)
            add_events(self.session, imported, new.people.ids)
        log.info("lists.imported", lists=len(added))

    def _describe(self, new: NewList) -> dict[str, object]:
        header = new.valid_list.header
        return {
            **describe_content(new.valid_list, new.files, self.officer_id),
            **describe_findings(new.valid_list, new.people),
            "workshop_position": new.workshop_position,
            "month": header.month,
            "list_number": header.list_number,
            "canonical_number": header.list_number,
        }


def open_batch(session: Session, valid_lists: Sequence[ValidList], officer_id: str) -> ListBatch:
    """Return a batch for these lists, with what is known of their numbers, workshops and people."""
    people.block_mergers(session)
    known_people = people.KnownPeople(session)
    known_people.read(list(_list_keys(valid_lists)))
    workshops = lists.KnownWorkshops(session)
    workshops.read({valid_list.header.workshop_code for valid_list in valid_lists})
    stored = lists.list_by_numbers(session, {_get_number(valid_list) for valid_list in valid_lists})
    return ListBatch(session, officer_id, known_people, workshops, stored)


def _get_number(valid_list: ValidList) -> Number:
    header = valid_list.header
    return header.workshop_code, header.month, header.list_number


def _list_keys(valid_lists: Iterable[ValidList]) -> Iterator[people.PersonKey]:
    keys = (
        build_person_key(row.national_code, row.insurance_number)
        for valid_list in valid_lists
        for row in valid_list.rows
    )
    yield from dict.fromkeys(keys)
