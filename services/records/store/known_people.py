"""What a transaction knows of the people of its lists: read for many lists together, and stored once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypeVar

from sqlalchemy.orm import Session

from services.records.lists.canonical import canonicalise_insurance_number
from services.records.store.former_identifiers import fetch_former_owners
from services.records.store.people import KnownPerson, PersonKey, fetch_known_people, fetch_number_owners

Key = TypeVar("Key", str, PersonKey)


class KnownPeople:
    """People by key, by insurance number, and by the code or number that they had before.

    Each method reads what was not read before in one query; so a caller who knows what several lists need
    calls it for all of them first.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        # None, and an empty sequence, for what is nobody's.
        self._by_key: dict[PersonKey, KnownPerson | None] = {}
        self._by_number: dict[str, Sequence[KnownPerson]] = {}
        self._by_former: dict[PersonKey, Sequence[KnownPerson]] = {}

    def find(self, keys: Collection[PersonKey]) -> dict[PersonKey, KnownPerson]:
        """Return those of the people who are in the records."""
        if unread := set(keys).difference(self._by_key):
            by_key = fetch_known_people(self._session, sorted(unread, key=str))
            self._by_key.update((key, by_key.get(key)) for key in unread)
        people = ((key, self._by_key[key]) for key in keys)
        return {key: person for key, person in people if person is not None}

    def find_owners(self, numbers: Iterable[str]) -> Mapping[str, Sequence[KnownPerson]]:
        """Return by canonical number the people who have these insurance numbers."""
        canonical = {canonicalise_insurance_number(number) for number in numbers}
        if unread := canonical.difference(self._by_number):
            read = fetch_number_owners(self._session, unread)
            self._by_number.update((number, read.get(number, ())) for number in unread)
        return {number: owners for number in canonical if (owners := self._by_number[number])}

    def find_former_owners(self, keys: Collection[PersonKey]) -> Mapping[PersonKey, Sequence[KnownPerson]]:
        """Return by key those who had this code, or this number if it has no code, before."""
        if unread := set(keys).difference(self._by_former):
            read = fetch_former_owners(self._session, sorted(unread, key=str))
            self._by_former.update((key, read.get(key, ())) for key in unread)
        return {key: owners for key in keys if (owners := self._by_former[key])}

    def forget(self, keys: Iterable[PersonKey], numbers: Iterable[str], positions: Collection[int]) -> None:
        """Read again, when it is needed, what these keys and numbers lead to, and the people at positions."""
        for key in keys:
            self._by_key.pop(key, None)
        for number in numbers:
            self._by_number.pop(canonicalise_insurance_number(number), None)
        if not positions:
            return
        # Who was merged has several keys, and so may lead to one of them.
        self._by_key = {
            key: person
            for key, person in self._by_key.items()
            if person is None or person.position not in positions
        }
        self._by_number = _drop(self._by_number, positions)
        self._by_former = _drop(self._by_former, positions)


def _drop(
    owners: Mapping[Key, Sequence[KnownPerson]], positions: Collection[int]
) -> dict[Key, Sequence[KnownPerson]]:
    """Return the owners without those among whom is somebody at one of these positions."""
    return {
        key: people
        for key, people in owners.items()
        if not any(person.position in positions for person in people)
    }
