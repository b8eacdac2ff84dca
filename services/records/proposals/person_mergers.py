"""Merging two persons who are one: a foreigner who got a code, or one person with two insurance numbers."""

import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

from sqlalchemy.orm import Session

from services.kit.national_code import NationalCodeInvalid, parse_national_code
from services.kit.problems import Text, ValidationFailed
from services.kit.text import to_persian_digits
from services.records.actions.corrections import list_days_that_a_merger_changes
from services.records.actions.person_corrections import COLUMNS, format_field
from services.records.actions.person_mergers import merge_people
from services.records.errors import TargetUnknown
from services.records.models import Person, Proposal, ProposalKind
from services.records.proposals.handlers import Preparation
from services.records.proposals.system_corrections import propose_corrections
from services.records.store import mergers
from services.records.store.people import find_by_national_code, find_person, lock_people

INTO_WRONG = Text(
    "شخصی که سابقه‌ها از آن او می‌شود پیدا نشد. شناسه یا کد ملی او را در `into` بنویسید.",
    "The person who gets the record was not found. Give the id or national code in `into`.",
)
SAME_PERSON = Text("هر دو یک سابقه‌اند. شخص دیگری را بنویسید.", "Both are one record. Give another person.")
INTO_CODELESS = Text(
    "کسی که کد ملی دارد در سابقه بی‌کد یکی نمی‌شود. جای دو شخص را عوض کنید.",
    "A person with a national code is not merged into one without. Exchange the two.",
)
OBJECTIONS_OPEN = Text(
    "هر دو شخص اعتراض بررسی‌نشده‌ای از یک نوع دارند. ابتدا درباره یکی تصمیم بگیرید.",
    "Both people have an undecided objection of one kind. Decide about one of them first.",
)


class PersonMergerHandler:
    """`target` is the person who is merged, `change.into` the id or national code of the one who remains."""

    kind: ClassVar[ProposalKind] = ProposalKind.PERSON_MERGER
    scope: ClassVar[str] = "lists"

    def prepare(self, session: Session, target: uuid.UUID, change: Mapping[str, Any]) -> Preparation:
        """Return in what the two differ, how many lists move, and which days are others for one person."""
        if change.keys() != {"into"}:
            raise ValidationFailed(("change.into", INTO_WRONG))
        merged, into = _lock_both(session, target, change["into"])
        moved, lists_of_into = (mergers.fetch_lists(session, one.position) for one in (merged, into))
        _check_lists(moved & lists_of_into)
        objections = mergers.fetch_open_kinds(session, merged.position)
        if objections & mergers.fetch_open_kinds(session, into.position):
            raise ValidationFailed(("change.into", OBJECTIONS_OPEN))
        differences = [
            {"field": name, "old": old, "new": new}
            for name, column in COLUMNS.items()
            if (old := format_field(column, getattr(merged, column)))
            != (new := format_field(column, getattr(into, column)))
        ]
        days = [
            {"field": "days", "month_jalali": str(month), "workshop_code": code, "old": old, "new": new}
            for (month, code), old, new in list_days_that_a_merger_changes(session, merged, into)
        ]
        return Preparation(
            change={"into": str(into.id)},
            differences=[
                *differences,
                {"field": "lists", "old": len(lists_of_into), "new": len(lists_of_into) + len(moved)},
                *days,
            ],
            state=[str(merged.id), str(into.id), differences, sorted(moved), sorted(lists_of_into), days],
            people=sorted([merged.position, into.position]),
        )

    def apply(self, session: Session, proposal: Proposal) -> None:
        """Move the record of the one person to the other."""
        merged, into = _lock_both(session, proposal.target, proposal.change["into"])
        merge_people(session, merged, into, proposal.id)
        propose_corrections(session, [into.position])

    def discard(self, session: Session, proposal: Proposal) -> None:
        """Leave the two people as they are."""


def _lock_both(session: Session, target: uuid.UUID, into: object) -> tuple[Person, Person]:
    """Return who is merged and who remains, both locked. Raises TargetUnknown, ValidationFailed."""
    merged, remaining = find_person(session, target), _find_remaining(session, into)
    if merged is None or merged.id != target:
        raise TargetUnknown
    if remaining is None:
        raise ValidationFailed(("change.into", INTO_WRONG))
    lock_people(session, [merged.position, remaining.position], block_imports=True)
    session.refresh(merged)
    session.refresh(remaining)
    if merged.merged_into_position is not None or remaining.merged_into_position is not None:
        raise TargetUnknown
    if merged is remaining:
        raise ValidationFailed(("change.into", SAME_PERSON))
    if merged.national_code and not remaining.national_code:
        raise ValidationFailed(("change.into", INTO_CODELESS))
    return merged, remaining


def _find_remaining(session: Session, into: object) -> Person | None:
    try:
        return find_person(session, uuid.UUID(str(into)))
    except ValueError:
        pass
    try:
        return find_by_national_code(session, parse_national_code(str(into)))
    except NationalCodeInvalid:
        return None


def _check_lists(both: set[int]) -> None:
    """Raise ValidationFailed if both people are in one list: a person counts once in each list."""
    if both:
        raise ValidationFailed(
            (
                "change.into",
                Text(
                    f"هر دو شخص در {to_persian_digits(len(both))} لیست با هم آمده‌اند، پس یک نفر نیستند یا "
                    "ابتدا باید آن لیست‌ها جایگزین شوند.",
                    f"Both people are in {len(both)} lists together: they are two, or those lists must be "
                    "replaced first.",
                ),
            )
        )
