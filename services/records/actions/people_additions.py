"""Adding the new people of lists, and what lists state of known ones; of many lists together.

Each list sees what the lists before it have added, as if it had been imported after them. Lists that have
nobody and no insurance number in common are written together, in one wave.
"""

from collections.abc import Iterable, Sequence
from operator import itemgetter

from sqlalchemy.orm import Session

from services.records.actions.identities import has_number
from services.records.actions.listed_people import ListedPeople, split_rows
from services.records.lists.canonical import canonicalise_insurance_number
from services.records.store import people
from services.records.store.known_people import KnownPeople
from services.records.store.number_locks import lock_numbers
from services.records.store.people import PersonKey


def save_people(session: Session, known_people: KnownPeople, lists: Sequence[ListedPeople]) -> None:
    """Find the people of these lists, add those who are new, and fill in missing data of known people.

    Locks come in the same order in every import, so that no two imports deadlock: first those of insurance
    numbers, then all new people by key, then all known people by position.
    """
    _read_people(session, known_people, lists)
    while lists:
        lists = _save_wave(session, known_people, lists)


def _save_wave(
    session: Session, known_people: KnownPeople, lists: Sequence[ListedPeople]
) -> Sequence[ListedPeople]:
    """Return the lists that must wait for the next wave, after writing what those before them add."""
    additions, waiting = _Additions(session, known_people), _Mentions()
    postponed = []
    for listed_people in lists:
        listed_people.recognise()
        if waiting.has_any(listed_people) or additions.mentions.has_any(listed_people):
            waiting.add(listed_people, range(len(listed_people.keys)), listed_people.list_named_positions())
            postponed.append(listed_people)
        else:
            additions.append(listed_people)
    additions.write()
    return postponed


def _read_people(session: Session, known_people: KnownPeople, lists: Sequence[ListedPeople]) -> None:
    """Read what these lists need, after locking the insurance numbers that they give to people."""
    rows = {row for of_list in lists for row in zip(of_list.keys, of_list.numbers, strict=True)}
    keys = {key for key, _ in rows}
    known_by_key = known_people.find(keys)
    others = [
        (number, known_by_key.get(key))
        for key, number in rows
        if number and not has_number(known_by_key.get(key), number)
    ]
    given = {number for number, person in others if person is None or not person.insurance_number}
    if given:
        lock_numbers(session, given)
        known_people.forget((), given, ())
    owners = known_people.find_owners({number for number, _ in others})
    if any(canonicalise_insurance_number(number) in owners for number in given):
        # Another transaction may have given somebody one of these numbers before the lock.
        known_people.forget(keys, (), ())
        known_by_key = known_people.find(keys)
    known_people.find_former_owners(keys.difference(known_by_key))


class _Mentions:
    """Keys, insurance numbers and positions of people whom lists are about."""

    def __init__(self) -> None:
        self.keys: set[PersonKey] = set()
        self.numbers: set[str] = set()
        self.positions: set[int] = set()

    def add(self, listed_people: ListedPeople, rows: Iterable[int], positions: Iterable[int]) -> None:
        """Add the people of some rows of a list, and known people by position."""
        for at in rows:
            self.keys.add(listed_people.keys[at])
            if number := listed_people.numbers[at]:
                self.numbers.add(canonicalise_insurance_number(number))
        self.positions.update(position for position in positions if position)

    def has_any(self, listed_people: ListedPeople) -> bool:
        """Return whether a list that is recognised is about one of these people or numbers."""
        if not self.keys:
            return False
        numbers = (canonicalise_insurance_number(number) for number in listed_people.numbers if number)
        return not (
            self.keys.isdisjoint(listed_people.keys)
            and self.numbers.isdisjoint(numbers)
            and (not self.positions or self.positions.isdisjoint(listed_people.list_named_positions()))
        )


class _Additions:
    """New people, and missing values of known people, of several lists: not written yet."""

    def __init__(self, session: Session, known_people: KnownPeople) -> None:
        self._session, self._known_people = session, known_people
        self._lists: list[ListedPeople] = []
        self.mentions = _Mentions()

    def append(self, listed_people: ListedPeople) -> None:
        """Write the additions of a list with the others."""
        self._lists.append(listed_people)
        filled = [listed_people.positions[at] for at in listed_people.incomplete]
        self.mentions.add(listed_people, (*listed_people.new, *listed_people.incomplete), filled)

    def write(self) -> None:
        """Write the additions, and find those people."""
        lists, mentions = self._lists, self.mentions
        if not mentions.keys:
            return
        new = [(_build_order(of_list.keys[at]), of_list, at) for of_list in lists for at in of_list.new]
        new.sort(key=itemgetter(0))
        for added in split_rows(new):
            people.add_people(self._session, [of_list.describe_person_at(at) for _, of_list, at in added])
        incomplete = [(of_list.positions[at], of_list, at) for of_list in lists for at in of_list.incomplete]
        incomplete.sort(key=itemgetter(0))
        for filled in split_rows(incomplete):
            people.fill_people(
                self._session,
                [{"position": position} | of_list.describe_person_at(at) for position, of_list, at in filled],
            )
        self._known_people.forget(mentions.keys, mentions.numbers, mentions.positions)
        self._known_people.find(mentions.keys)
        for listed_people in lists:
            listed_people.accept_added()


def _build_order(key: PersonKey) -> tuple[str, str]:
    return key[0] or "", key[1] or ""
