"""Corrections that the system proposes when people's lists agree on something other than what is known.

Known is what most list months state; a tie goes to the value that the earliest month states. Three months
that agree on another value are proposed in any case. Each value of a person is proposed only once, and a
value that officers have replaced is not proposed again.
"""

import hashlib
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import structlog
from sqlalchemy.orm import Session

from services.kit.jalali import JalaliMonth
from services.kit.text import to_persian_digits
from services.records.actions.identities import FIELDS, NAMES, build_key, parse_value
from services.records.actions.person_corrections import FIELD_OF_COLUMN, format_field
from services.records.actions.typed_names import find_name_fault
from services.records.lists.canonical import canonicalise_insurance_number
from services.records.models import Proposal, ProposalKind, ProposalStatus, Sex
from services.records.proposals.person_corrections import build_preparation
from services.records.store.identities import (
    KnownMonths,
    count_agreeing_months,
    fetch_people_who_differ,
    fetch_stated_values,
)
from services.records.store.people import (
    KnownPerson,
    fetch_number_owners,
    fetch_people_at,
)
from services.records.store.proposals import add_system_proposals, fetch_proposals_about

# Months that have to agree for a proposal, however many state what is known.
ENOUGH_MONTHS = 3
# People of one SQL statement.
BATCH = 5_000
# The system writes reasons in both languages: it does not know who will read them.
REASON = "{fa_months} ماه از لیست‌ها این مقدار را دارند. {months} months of lists state this value."

log = structlog.get_logger()


@dataclass(slots=True)
class _Candidate:
    """A value that lists state otherwise than it is known, with the months that do."""

    value: str
    months: set[JalaliMonth] = field(default_factory=set)

    @property
    def first(self) -> JalaliMonth:
        return min(self.months)

    @property
    def rank(self) -> tuple[int, int]:
        """Return the key by which the best candidate is the smallest: most months, then the earliest."""
        return -len(self.months), self.first.year * 12 + self.first.month

    def is_better_than(self, agreeing: KnownMonths) -> bool:
        """Return whether more months state this value than the known one, or as many from an earlier one."""
        if len(self.months) != agreeing.total:
            return len(self.months) > agreeing.total
        return agreeing.first is None or self.first < agreeing.first


def propose_corrections_after(session: Session, list_position: int) -> None:
    """Propose corrections of the people of whom a list, which was just imported, states something else."""
    propose_corrections(session, fetch_people_who_differ(session, list_position))


def propose_corrections(session: Session, people: Sequence[int]) -> None:
    """Propose corrections of these people where their lists agree on another value than is known."""
    for start in range(0, len(people), BATCH):
        batch = people[start : start + BATCH]
        chosen = list(_choose(session, _collect(session, batch)))
        if chosen:
            _propose(session, chosen)


def _collect(session: Session, people: Collection[int]) -> Mapping[tuple[int, int], _Candidate]:
    """Return by person and field the value that most months state, of those that differ."""
    candidates: dict[tuple[int, int], dict[str, _Candidate]] = defaultdict(dict)
    for stated in fetch_stated_values(session, people):
        values = candidates[stated.person_position, stated.field]
        key = build_key(FIELDS[stated.field], parse_value(FIELDS[stated.field], stated.value))
        candidate = values.setdefault(key, _Candidate(stated.value))
        candidate.value = stated.value
        candidate.months.add(stated.month)
    return {place: min(values.values(), key=lambda one: one.rank) for place, values in candidates.items()}


def _choose(
    session: Session, candidates: Mapping[tuple[int, int], _Candidate]
) -> Iterator[tuple[int, str, _Candidate]]:
    """Yield person, field and value of what is to be proposed."""
    for number, name in enumerate(FIELDS):
        of_field = {person: one for (person, field), one in candidates.items() if field == number}
        few = [person for person, one in of_field.items() if len(one.months) < ENOUGH_MONTHS]
        agreeing = count_agreeing_months(session, few, number) if few else {}
        for person, candidate in of_field.items():
            enough = len(candidate.months) >= ENOUGH_MONTHS
            if enough or candidate.is_better_than(agreeing.get(person, KnownMonths(0, None))):
                yield person, name, candidate


def _propose(session: Session, chosen: Sequence[tuple[int, str, _Candidate]]) -> None:
    people = fetch_people_at(session, {person for person, _, _ in chosen})
    decided = _collect_decided(session, [person.id for person in people.values()])
    numbers = {one.value for _, name, one in chosen if name == "insurance_number"}
    owners = fetch_number_owners(session, numbers) if numbers else {}
    proposals: list[tuple[Proposal, int]] = []
    for position, name, candidate in chosen:
        if name in NAMES and find_name_fault(candidate.value):
            continue  # three garbled months do not justify a garbled name
        person, key = people[position], _build_decided_key(name, parse_value(name, candidate.value))
        same_number = (
            owners.get(canonicalise_insurance_number(candidate.value), ()) if name in _NUMBER else ()
        )
        if any(owner.position != position for owner in same_number):
            continue  # it became another person's meanwhile
        if (person.id, name, key) not in decided:
            proposals.append((_build_proposal(person, name, key, candidate), position))
    added = add_system_proposals(session, proposals)
    if added:
        log.info("proposals.made", kind=ProposalKind.PERSON_CORRECTION.value, proposals=added)


def _collect_decided(session: Session, people: Collection[uuid.UUID]) -> set[tuple[uuid.UUID, str, str]]:
    """Return the values, by person and field, that were proposed before or that a correction has replaced."""
    decided = set()
    for proposal in fetch_proposals_about(session, ProposalKind.PERSON_CORRECTION, people):
        is_open = proposal.status is ProposalStatus.PROPOSED
        for difference in proposal.differences:
            name = _FIELDS_BY_NAME.get(difference["field"])
            replaced = difference["old"] if proposal.status is ProposalStatus.CONFIRMED else None
            for value in (difference["new"] if proposal.by_system or is_open else None, replaced):
                if name and value is not None:
                    decided.add((proposal.target, name, _build_decided_key(name, value)))
    return decided


_NUMBER = ("insurance_number",)
_FIELDS_BY_NAME = {FIELD_OF_COLUMN[name]: name for name in FIELDS}


def _build_decided_key(name: str, value: Any) -> str:
    """Return the text under which values are the same; dates are compared as proposals show them."""
    return str(format_field(name, value)) if isinstance(value, date) else build_key(name, value)


def _build_proposal(person: KnownPerson, name: str, key: str, candidate: _Candidate) -> Proposal:
    value = parse_value(name, candidate.value)
    preparation = build_preparation(person, {name: Sex(value) if name == "sex" else value})
    months = len(candidate.months)
    return Proposal(
        kind=ProposalKind.PERSON_CORRECTION,
        target=person.id,
        change=dict(preparation.change),
        differences=[dict(one) for one in preparation.differences],
        differences_total=len(preparation.differences),
        reason=REASON.format(fa_months=to_persian_digits(months), months=months),
        state=preparation.fingerprint,
        by_system=True,
        system_key=hashlib.sha256(f"{person.id} {name} {key}".encode()).hexdigest(),
    )
