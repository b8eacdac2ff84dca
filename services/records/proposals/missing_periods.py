"""The workshop code of an accepted missing period whose person did not know it.

With the code, the months stand in for the workshop's lists: the list of a month, whenever it comes, replaces
the accepted days of that month.
"""

import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

from sqlalchemy.orm import Session

from services.kit.jalali import JalaliMonth
from services.kit.outbox import add_event
from services.kit.problems import Text, ValidationFailed
from services.kit.text import normalise_digits, normalise_text
from services.records.errors import TargetUnknown
from services.records.lists.canonical import canonicalise_workshop_code
from services.records.models import Objection, ObjectionStatus, Outbox, Proposal, ProposalKind
from services.records.proposals.handlers import Preparation
from services.records.store.contributions import fetch_listed_months
from services.records.store.objections import UNNAMED, find_objection, find_objector_position
from services.records.store.people import lock_person

LONGEST_CODE = 10

CODE_WRONG = Text("کد کارگاه از ۱ تا ۱۰ نویسه است.", "A workshop code has 1 to 10 characters.")
NOT_CODELESS = Text(
    "این اعتراض دوره پذیرفته‌ای بی کد کارگاه ندارد. اعتراض را دوباره باز و بررسی کنید.",
    "This objection has no accepted period without a workshop code. Open it again and check it.",
)
SAME_CODE = Text(
    "این دوره همین کد را دارد. اگر کد نادرست است، کد درست را بنویسید.",
    "The period has this code already. If it is wrong, write the right one.",
)


class MissingPeriodWorkshopHandler:
    """`change` is `{"workshop_code"}`; the target is the objection. A wrong code can be replaced later."""

    kind: ClassVar[ProposalKind] = ProposalKind.MISSING_PERIOD_WORKSHOP
    scope: ClassVar[str] = "objections"

    def prepare(self, session: Session, target: uuid.UUID, change: Mapping[str, Any]) -> Preparation:
        """Return the checked change, and lock the person's row. Raises TargetUnknown, ValidationFailed."""
        code = _parse_code(change)
        person_position = find_objector_position(session, target)
        if person_position is None:
            raise TargetUnknown
        lock_person(session, person_position)
        objection = find_objection(session, target)
        if objection is None:
            raise TargetUnknown
        corrections = [one for one in objection.corrections if one.workshop_code == UNNAMED]
        if objection.status is not ObjectionStatus.ACCEPTED or not corrections:
            raise ValidationFailed(("target", NOT_CODELESS))
        if all(one.assigned_workshop_code == code for one in corrections):
            raise ValidationFailed(("change.workshop_code", SAME_CODE))
        list_days = _sum_listed_days(session, objection, code)
        differences: list[dict[str, Any]] = []
        for one in corrections:
            place = {"month_jalali": str(one.month), "workshop_code": code}
            old = one.current_workshop_code
            differences.append({**place, "field": "workshop_code", "old": old, "new": code})
            if one.month in list_days:
                days = {"field": "days", "old": one.new_days, "new": list_days[one.month]}
                differences.append({**place, **days})
        return Preparation(
            change={"workshop_code": code},
            differences=differences,
            state=differences,
            people=[person_position],
        )

    def apply(self, session: Session, proposal: Proposal) -> None:
        """Give the months of the period their workshop code, and add an event for each."""
        objection = find_objection(session, proposal.target)
        if objection is None:
            raise TargetUnknown
        months: set[JalaliMonth] = set()
        for correction in objection.corrections:
            if correction.workshop_code == UNNAMED:
                correction.assigned_workshop_code = proposal.change["workshop_code"]
                months.add(correction.month)
        session.flush()
        for month in sorted(months):
            data = {
                "list_id": None,
                "objection_id": str(objection.id),
                "month_jalali": str(month),
                "subjects": [str(objection.person.id)],
            }
            add_event(session, Outbox, "record.changed", data=data)

    def discard(self, session: Session, proposal: Proposal) -> None:
        """Do nothing: the proposal has stored nothing of its own."""


def _parse_code(change: Mapping[str, Any]) -> str:
    unknown = change.keys() - {"workshop_code"}
    code = change.get("workshop_code")
    text = normalise_text(normalise_digits(code)) if isinstance(code, str) else ""
    if unknown or not 1 <= len(text) <= LONGEST_CODE or not text.isalnum():
        raise ValidationFailed(("change.workshop_code", CODE_WRONG))
    return canonicalise_workshop_code(text)


def _sum_listed_days(session: Session, objection: Objection, code: str) -> dict[JalaliMonth, int]:
    """Return the days of each month in which the person is in a list of that workshop."""
    days: dict[JalaliMonth, int] = {}
    for row in fetch_listed_months(session, objection.person):
        if canonicalise_workshop_code(row.workshop_code) == code:
            days[row.month] = days.get(row.month, 0) + row.days
    return days
