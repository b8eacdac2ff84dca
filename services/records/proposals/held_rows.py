"""Held rows: the same person, another person, or nobody; for one row, or for all rows of a list."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy.orm import Session

from services.kit.national_code import NationalCodeInvalid, parse_national_code
from services.kit.outbox import add_event
from services.kit.problems import Text, ValidationFailed
from services.kit.text import to_persian_digits
from services.records.actions.assignments import assign_row, find_code_to_give
from services.records.actions.lists import MAX_SUBJECTS
from services.records.actions.typed_names import find_name_fault
from services.records.actions.worker_rows import parse_row
from services.records.errors import TargetUnknown
from services.records.lists import WorkerRow
from services.records.models import HeldRow, HeldRowStatus, Outbox, Person, Proposal, ProposalKind
from services.records.proposals.handlers import Preparation
from services.records.proposals.system_corrections import propose_corrections
from services.records.store.contributions import has_contribution
from services.records.store.identities import lock_held_rows
from services.records.store.lists import find_list
from services.records.store.number_locks import lock_numbers
from services.records.store.people import find_by_national_code, find_person_named, get_person_at, lock_people

# Rows that one proposal may decide, so that a confirmation takes seconds.
MAX_ROWS = 1_000

CODE_INVALID = Text(
    "کد ملی ده رقم است. آن را دوباره بررسی کنید.", "A national code has ten digits. Check it again."
)
CODE_UNKNOWN = Text(
    "کسی با این کد ملی در سوابق نیست و کد ملی این سطر هم نیست. کد را بررسی کنید.",
    "No person in the records has this national code, and it is not the row's own. Check it.",
)
ACTION_WRONG = Text(
    "یکی از same-person، assign یا reject را بفرستید.", "Send one of same-person, assign and reject."
)
ASSIGN_ONE = Text(
    "همه سطرهای یک لیست را نمی‌شود به یک شخص داد. سطرها را جدا جدا تعیین کنید.",
    "All rows of a list cannot be assigned to one person. Assign them one by one.",
)
MEMBER_UNKNOWN = Text("این فیلد شناخته نیست. آن را نفرستید.", "Unknown field. Leave it out.")
ALREADY_DECIDED = Text(
    "درباره این سطر تصمیم گرفته شده است. فهرست سطرهای نگه‌داشته را دوباره باز کنید.",
    "This row was decided. Open the collection of held rows again.",
)
NONE_HELD = Text(
    "سطری از این لیست نگه داشته نیست. فهرست سطرهای نگه‌داشته را ببینید.",
    "No row of this list is held. See the collection of held rows.",
)
TOO_MANY = Text(
    f"این لیست بیش از {to_persian_digits(MAX_ROWS)} سطر نگه‌داشته دارد. سطرها را جدا جدا تعیین کنید.",
    f"This list has more than {MAX_ROWS} held rows. Decide about them one by one.",
)


class Action(StrEnum):
    """Whose a held row is: of the person whom it names, of a person by code, or of nobody."""

    SAME_PERSON = "same-person"
    ASSIGN = "assign"
    REJECT = "reject"


_STATUSES = {
    Action.SAME_PERSON: HeldRowStatus.SAME_PERSON,
    Action.ASSIGN: HeldRowStatus.ASSIGNED,
    Action.REJECT: HeldRowStatus.REJECTED,
}


@dataclass(frozen=True, slots=True)
class _Decision:
    """A held row with the person for whom it will count: None if it is rejected or the person is new."""

    held_row: HeldRow
    row: WorkerRow
    person: Person | None


class HeldRowHandler:
    """`target` is a held row, or a list for all its rows that are held."""

    kind: ClassVar[ProposalKind] = ProposalKind.HELD_ROW
    scope: ClassVar[str] = "lists"

    def prepare(self, session: Session, target: uuid.UUID, change: Mapping[str, Any]) -> Preparation:
        """Return what counts for whom once the rows are decided."""
        action, code = _parse_change(change)
        decisions = _lock_decisions(session, target, action, code)
        positions = [
            one.held_row.person_position for one in decisions if one.held_row.person_position is not None
        ]
        people = {get_person_at(session, position).position for position in positions}
        people |= {one.person.position for one in decisions if one.person is not None}
        return Preparation(
            change={"action": action.value} | ({} if code is None else {"national_code": code}),
            differences=[
                one for decision in decisions for one in _list_differences(session, decision, action)
            ],
            state=[
                [decision.held_row.position, decision.person and str(decision.person.id)]
                for decision in decisions
            ],
            people=sorted(people),
        )

    def apply(self, session: Session, proposal: Proposal) -> None:
        """Count the rows for their people, or for nobody."""
        action, code = _parse_change(proposal.change)
        decisions = _lock_decisions(session, proposal.target, action, code)
        counted: list[Person] = []
        for decision in decisions:
            decision.held_row.status = _STATUSES[action]
            decision.held_row.proposal_position = proposal.position
            if action is not Action.REJECT:
                person = decision.person or _find_person(session, decision.row, action, code)
                counted.append(assign_row(session, decision.held_row, decision.row, person))
        session.flush()
        if counted:
            _add_events(session, proposal, decisions[0].held_row, counted)
            propose_corrections(session, [person.position for person in counted])

    def discard(self, session: Session, proposal: Proposal) -> None:
        """Leave the rows held."""


def _parse_change(change: Mapping[str, Any]) -> tuple[Action, str | None]:
    """Return the action and the canonical code. Raises ValidationFailed."""
    errors = [
        (f"change.{name}", MEMBER_UNKNOWN) for name in change if name not in {"action", "national_code"}
    ]
    try:
        action = Action(str(change.get("action")))
    except ValueError as error:
        raise ValidationFailed(("change.action", ACTION_WRONG), *errors) from error
    given = change.get("national_code")
    if action is not Action.ASSIGN:
        if given is not None:
            errors.append(("change.national_code", MEMBER_UNKNOWN))
        if errors:
            raise ValidationFailed(*errors)
        return action, None
    try:
        code = parse_national_code(given if isinstance(given, str) else "")
    except NationalCodeInvalid as error:
        raise ValidationFailed(("change.national_code", CODE_INVALID), *errors) from error
    if errors:
        raise ValidationFailed(*errors)
    return action, code


def _lock_decisions(
    session: Session, target: uuid.UUID, action: Action, code: str | None
) -> Sequence[_Decision]:
    """Return the rows with the people for whom they will count, all of them locked.

    Raises TargetUnknown, ValidationFailed.
    """
    held_rows = _lock_rows(session, target, action)
    if action is not Action.REJECT:
        lock_numbers(session, [number for row in held_rows if (number := row.content["insurance_number"])])
    decisions = [_decide(session, held_row, action, code) for held_row in held_rows]
    lock_people(session, [one.person.position for one in decisions if one.person is not None])
    seen: set[int] = set()
    for decision in decisions:
        if decision.person is not None:
            _check_free(session, decision.held_row, decision.person, seen)
        elif action is not Action.REJECT:
            _check_names(decision.row)
    return decisions


def _lock_rows(session: Session, target: uuid.UUID, action: Action) -> Sequence[HeldRow]:
    rows = lock_held_rows(session, held_row_id=target)
    if rows:
        if rows[0].status is not HeldRowStatus.HELD:
            raise ValidationFailed(("target", ALREADY_DECIDED))
        return rows
    if find_list(session, target) is None:
        raise TargetUnknown
    if action is Action.ASSIGN:
        raise ValidationFailed(("change.action", ASSIGN_ONE))
    rows = lock_held_rows(session, list_id=target)
    if not rows:
        raise ValidationFailed(("target", NONE_HELD))
    if len(rows) > MAX_ROWS:
        raise ValidationFailed(("target", TOO_MANY))
    return rows


def _decide(session: Session, held_row: HeldRow, action: Action, code: str | None) -> _Decision:
    row = parse_row(held_row.content)
    if action is Action.REJECT:
        return _Decision(held_row, row, None)
    if action is Action.SAME_PERSON and held_row.person_position is not None:
        return _Decision(held_row, row, get_person_at(session, held_row.person_position))
    person = _find_person(session, row, action, code)
    if person is None and code not in {None, row.national_code}:
        raise ValidationFailed(("change.national_code", CODE_UNKNOWN))
    return _Decision(held_row, row, person)


def _find_person(session: Session, row: WorkerRow, action: Action, code: str | None) -> Person | None:
    """Return the person whom a decision names; None if nobody is known by that code or number."""
    if action is Action.ASSIGN:
        return find_by_national_code(session, str(code))
    return find_person_named(session, row.national_code, row.insurance_number)


def _check_free(session: Session, held_row: HeldRow, person: Person, seen: set[int]) -> None:
    """Raise ValidationFailed if the person has a row in the list: a person counts once in each list."""
    is_taken = person.position in seen or has_contribution(session, person.position, held_row.list_position)
    seen.add(person.position)
    if is_taken:
        raise ValidationFailed(
            (
                "change.action",
                Text(
                    f"صاحب سطر {to_persian_digits(held_row.row)} در همین لیست سطر دیگری دارد. "
                    "این سطر را رد کنید یا به شخص دیگری بدهید.",
                    f"The person of row {held_row.row} has another row in this list. "
                    "Reject the row, or assign it to another person.",
                ),
            )
        )


def _check_names(row: WorkerRow) -> None:
    """Raise ValidationFailed if a row whose person is new has a name that is written wrongly."""
    if any(find_name_fault(name) for name in (row.first_name, row.last_name, row.father_name) if name):
        raise ValidationFailed(
            (
                "change.action",
                Text(
                    f"نام‌های سطر {to_persian_digits(row.row)} درست نوشته نشده است و شخص تازه‌ای با آن ثبت "
                    "نمی‌شود. سطر را رد کنید یا جایگزینی لیست را پیشنهاد دهید.",
                    f"The names in row {row.row} are not written correctly, and no new person is stored "
                    "with them. Reject the row, or propose to replace the list.",
                ),
            )
        )


def _list_differences(session: Session, decision: _Decision, action: Action) -> list[dict[str, Any]]:
    """Return whose a row becomes, with its days and wage, and the code that the person gets."""
    row, person = decision.row, decision.person
    place = {"row": row.row, "national_code": row.national_code}
    if action is Action.REJECT:
        return [{**place, "field": "person", "old": None, "new": None}]
    owner = row if person is None else person
    code = person and find_code_to_give(session, person, row)
    return [
        {**place, "field": "person", "old": None, "new": owner.national_code or owner.insurance_number},
        {**place, "field": "days", "old": None, "new": row.days},
        {**place, "field": "wage", "old": None, "new": row.insurable},
        *([{**place, "field": "national_code", "old": None, "new": code}] if code else []),
    ]


def _add_events(session: Session, proposal: Proposal, held_row: HeldRow, counted: Sequence[Person]) -> None:
    subjects = sorted({str(person.id) for person in counted})
    for start in range(0, len(subjects), MAX_SUBJECTS):
        add_event(
            session,
            Outbox,
            "record.changed",
            data={
                "list_id": str(held_row.list.id),
                "proposal_id": str(proposal.id),
                "month_jalali": str(held_row.list.month),
                "subjects": subjects[start : start + MAX_SUBJECTS],
            },
        )
