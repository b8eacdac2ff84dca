"""The people of a list's rows: known ones are recognised, new ones added, doubtful rows held."""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from sqlalchemy.orm import Session

from services.records.actions.identities import (
    FIELDS,
    build_identity_key,
    describe_differences,
    find_codeless,
    find_former_owner,
    format_value,
    has_merged_names,
    has_number,
    is_stranger,
    list_differences,
    make_row_finding,
)
from services.records.actions.worker_rows import can_fill, describe_person, parse_row, serialise_row
from services.records.lists import WorkerRow
from services.records.lists.canonical import canonicalise_insurance_number
from services.records.lists.finding_logs import MAX_FINDINGS, FindingLog
from services.records.lists.rows import WorkerRows
from services.records.lists.shared_numbers import find_shared_numbers
from services.records.models import ImportedList
from services.records.store import identities
from services.records.store.known_people import KnownPeople
from services.records.store.people import KnownPerson, build_person_key

Item = TypeVar("Item")

# Rows of one SQL statement.
BATCH = 5_000


class _Doubt(NamedTuple):
    """Why a row is held, and the known person whom it names."""

    wording: str
    person: KnownPerson | None


class ListedPeople:
    """The people of a list's rows as stored in the records: position and id of each row's person.

    A row that is held has position 0. `recognise` finds the known people; then `people_additions` adds the
    new ones, and `accept_added` finds those.
    """

    def __init__(self, session: Session, rows: WorkerRows, known_people: KnownPeople | None = None) -> None:
        self._session, self._rows = session, rows
        self._known_people = known_people or KnownPeople(session)
        self.numbers: Sequence[str | None] = rows.get_column("insurance_number")
        self.keys = list(map(build_person_key, rows.get_column("national_code"), self.numbers))
        self._shared = find_shared_numbers(rows)
        self._forget()

    def _forget(self) -> None:
        # The row that is counted for a person, where several keys of the list may mean one person.
        self._counted: dict[int, int] = {}
        self._doubts: dict[int, _Doubt] = {}
        self._differences: list[tuple[int, int, str]] = []
        self.positions = array("q", bytes(8 * len(self._rows)))
        self.ids: list[str] = []
        # Rows of people who are new, and of those of whom they state something that is unknown.
        self.new: list[int] = []
        self.incomplete: list[int] = []
        self.findings = FindingLog(MAX_FINDINGS)

    def recognise(self) -> None:
        """Find the known people of the rows, the new ones, and the rows that are held."""
        self._forget()
        for batch in split_rows(range(len(self._rows))):
            for at, row, person in self._accept_known(batch):
                if person is None:
                    self.new.append(at)
                elif can_fill(person, row):
                    self.incomplete.append(at)

    def describe_person_at(self, at: int) -> dict[str, Any]:
        """Return the columns of a person, or of what is filled in of one, as a row states them."""
        return describe_person(self._rows[at])

    def accept_added(self) -> None:
        """Find the people who were new; another import may have added them, with other values."""
        for batch in split_rows(self.new):
            for _ in self._accept_known(batch):
                pass

    def list_named_positions(self) -> set[int]:
        """Return the positions of the known people of rows, and of those whom the doubts name."""
        named = {doubt.person.position for doubt in self._doubts.values() if doubt.person}
        return named.union(self.positions)

    @property
    def has_differences(self) -> bool:
        """Whether a row states another value than is known of its person."""
        return bool(self._differences)

    def find_counted_rows(self) -> Sequence[WorkerRow]:
        """Return the rows that an import would not hold, and store nothing."""
        for batch in split_rows(range(len(self._rows))):
            for _ in self._accept_known(batch):
                pass
        return [row for at, row in enumerate(self._rows) if at not in self._doubts]

    def list_known_rows(self) -> dict[int, int]:
        """Return the positions of the people for whom rows count, by row."""
        return {self._rows[at].row: position for at, position in enumerate(self.positions) if position}

    def save_doubts(self, imported: ImportedList) -> None:
        """Store the rows that are held, and the values that differ; the list and its rows are stored."""
        for batch in split_rows(list(self._doubts)):
            identities.add_held_rows(
                self._session, [self._describe_held(at, self._doubts[at], imported) for at in batch]
            )
        for start in range(0, len(self._differences), BATCH):
            identities.add_differences(
                self._session,
                [
                    {
                        "person_position": self.positions[at],
                        "list_position": imported.position,
                        "field": field,
                        "value": value,
                    }
                    for at, field, value in self._differences[start : start + BATCH]
                ],
            )

    def _accept_known(self, batch: Sequence[int]) -> Iterator[tuple[int, WorkerRow, KnownPerson | None]]:
        """Yield the rows that are not held, each with its known person or None.

        Store who the known people are, what the rows state otherwise, and which rows are held.
        """
        known_people = self._known_people.find([self.keys[at] for at in batch])
        rows = [
            (at, row, known_people.get(self.keys[at]))
            for at, row in zip(batch, self._read_rows(batch), strict=True)
        ]
        owners = self._fetch_owners(rows)
        rows = [(at, row, person or find_codeless(row, owners)) for at, row, person in rows]
        former = self._find_former(rows)
        by_number = {
            at for at, row, _ in rows if at in former and has_number(former[at], row.insurance_number)
        }
        rows = [(at, row, former[at] if at in by_number else person) for at, row, person in rows]
        doubts = {
            at: doubt
            for at, row, person in rows
            if (doubt := self._find_doubt(row, person, owners) or _describe_former(former.get(at), person))
        }
        decided = self._find_decided(doubts)
        for at, row, person in rows:
            named = decided.get(at, person)
            doubt = None if at in decided else doubts.get(at)
            doubt = doubt or self._find_repetition(at, named)
            if doubt:
                self._hold(at, row, doubt)
                continue
            if named is not None:
                self._accept(at, row, named)
                if at in by_number:
                    self.findings.add(make_row_finding("former-code-counted", row, "national_code"))
            # What officers have decided fills nothing: the number of such a row may be another person's.
            if at not in decided:
                yield at, row, person

    def _read_rows(self, batch: Sequence[int]) -> Sequence[WorkerRow]:
        """Return the rows of a batch; those of a range are made together."""
        if isinstance(batch, range):
            return self._rows[batch.start : batch.stop]
        return self._rows.pick(batch)

    def _find_decided(self, doubts: Mapping[int, _Doubt]) -> Mapping[int, KnownPerson]:
        """Return the people of those doubtful rows about whose like two officers have decided before."""
        people_in_doubt = {doubt.person.position: doubt.person for doubt in doubts.values() if doubt.person}
        if not people_in_doubt:
            return {}
        decided = {
            (position, build_identity_key(parse_row(content)))
            for position, content in identities.fetch_decided_rows(self._session, people_in_doubt)
        }
        return {
            at: doubt.person
            for at, doubt in doubts.items()
            if doubt.person and (doubt.person.position, build_identity_key(self._rows[at])) in decided
        }

    def _fetch_owners(
        self, rows: Iterable[tuple[int, WorkerRow, KnownPerson | None]]
    ) -> Mapping[str, Sequence[KnownPerson]]:
        """Return who has the insurance numbers which rows state and their people are not known by."""
        numbers = {
            row.insurance_number
            for _, row, person in rows
            if row.insurance_number and not (person and has_number(person, row.insurance_number))
        }
        return self._known_people.find_owners(numbers)

    def _find_former(
        self, rows: Iterable[tuple[int, WorkerRow, KnownPerson | None]]
    ) -> Mapping[int, KnownPerson]:
        """Return by row of an unknown person who had its code or number before and has one of its names."""
        unknown = [(at, row) for at, row, person in rows if person is None]
        if not unknown:
            return {}
        owners = self._known_people.find_former_owners([self.keys[at] for at, _ in unknown])
        if not owners:
            return {}
        former = {at: find_former_owner(row, owners.get(self.keys[at], ())) for at, row in unknown}
        return {at: person for at, person in former.items() if person is not None}

    def _find_doubt(
        self, row: WorkerRow, person: KnownPerson | None, owners: Mapping[str, Sequence[KnownPerson]]
    ) -> _Doubt | None:
        number = row.insurance_number
        canonical = canonicalise_insurance_number(number) if number and (owners or self._shared) else ""
        others = [
            owner
            for owner in owners.get(canonical, ())
            if person is None or owner.position != person.position
        ]
        named = person or (others[0] if others else None)
        if canonical in self._shared:
            return _Doubt("insurance-number-shared", named)
        if person is not None and is_stranger(row, person) and not has_merged_names(row, person):
            return _Doubt("names-of-another", person)
        if others and not (person and has_number(person, number)):
            return _Doubt("number-of-another", named)
        return None

    def _find_repetition(self, at: int, person: KnownPerson | None) -> _Doubt | None:
        """Return the doubt about a row whose person has another row: one who was merged has several keys."""
        if person is None or self._counted.setdefault(person.position, at) == at:
            return None
        return _Doubt("same-person-twice", person)

    def _hold(self, at: int, row: WorkerRow, doubt: _Doubt) -> None:
        self._doubts[at] = doubt
        is_about_names = doubt.wording == "names-of-another"
        attribute = "last_name" if is_about_names or not row.insurance_number else "insurance_number"
        if doubt.wording == "former-identifier" and row.national_code:
            attribute = "national_code"
        details: dict[str, str | int] = {}
        if doubt.wording == "same-person-twice" and doubt.person:
            details["first"] = self._rows[self._counted[doubt.person.position]].row
        self.findings.add(make_row_finding(doubt.wording, row, attribute, details))

    def _accept(self, at: int, row: WorkerRow, person: KnownPerson) -> None:
        self.positions[at] = person.position
        self.ids.append(str(person.id))
        differing = list_differences(row, person)
        if differing:
            self.findings.extend(describe_differences(row, differing))
            self._differences += [
                (at, FIELDS.index(name), format_value(getattr(row, name))) for name in differing
            ]

    def _describe_held(self, at: int, doubt: _Doubt, imported: ImportedList) -> dict[str, Any]:
        is_shared = doubt.wording == "insurance-number-shared"
        return {
            "list_position": imported.position,
            "row": self._rows[at].row,
            "reasons": ["insurance-number-shared" if is_shared else "identity-conflict"],
            "content": serialise_row(self._rows[at]),
            "person_position": doubt.person and doubt.person.position,
        }


def _describe_former(former: KnownPerson | None, person: KnownPerson | None) -> _Doubt | None:
    """Return the doubt about a row of nobody who is known now, if somebody had its code or number before."""
    return _Doubt("former-identifier", former) if former is not None and person is None else None


def split_rows(rows: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Yield rows, or their places, in batches of one SQL statement."""
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]
