"""Corrections of what is known of a person."""

import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

from sqlalchemy.orm import Session

from services.kit.problems import ValidationFailed
from services.records.actions.person_corrections import (
    FIELD_OF_COLUMN,
    NOTHING_CHANGES,
    apply_correction,
    check_correction,
    format_field,
    list_changes,
    parse_correction,
)
from services.records.errors import TargetUnknown
from services.records.models import Person, Proposal, ProposalKind
from services.records.proposals.handlers import Preparation
from services.records.store.number_locks import lock_numbers
from services.records.store.people import find_person, lock_person


class PersonCorrectionHandler:
    """`target` is a person, `change` has the corrected `fields`."""

    kind: ClassVar[ProposalKind] = ProposalKind.PERSON_CORRECTION
    scope: ClassVar[str] = "lists"

    def prepare(self, session: Session, target: uuid.UUID, change: Mapping[str, Any]) -> Preparation:
        """Return the values before and after."""
        if change.keys() != {"fields"}:
            raise ValidationFailed(("change.fields", NOTHING_CHANGES))
        values = parse_correction(change["fields"])
        if number := values.get("insurance_number"):
            lock_numbers(session, [number])
        person = _lock_person(session, target)
        return build_preparation(person, check_correction(session, person, values))

    def apply(self, session: Session, proposal: Proposal) -> None:
        """Correct the person."""
        person = _lock_person(session, proposal.target)
        changes = list_changes(person, parse_correction(proposal.change["fields"]))
        apply_correction(session, person, changes, proposal.id)

    def discard(self, session: Session, proposal: Proposal) -> None:
        """Leave the person as it is."""


def build_preparation(person: Any, changes: Mapping[str, Any]) -> Preparation:
    """Return the preparation of a correction of these columns."""
    differences = [
        {
            "field": FIELD_OF_COLUMN[column],
            "old": format_field(column, getattr(person, column)),
            "new": format_field(column, value),
        }
        for column, value in sorted(changes.items())
    ]
    return Preparation(
        change={"fields": {str(one["field"]): one["new"] for one in differences}},
        differences=differences,
        state=[str(person.id), *([one["field"], one["old"]] for one in differences)],
        people=[person.position],
    )


def _lock_person(session: Session, person_id: uuid.UUID) -> Person:
    person = find_person(session, person_id)
    if person is None:
        raise TargetUnknown
    lock_person(session, person.position)
    session.refresh(person)
    if person.merged_into_position is not None:
        raise TargetUnknown
    return person
