"""The effect of accepted objections to an identity: a correction of what is known of the person."""

from typing import Any

from sqlalchemy.orm import Session

from services.records.actions.person_corrections import (
    apply_correction,
    check_correction,
    list_changes,
    parse_correction,
)
from services.records.models import Objection

# Errors name the fields of the objection.
PLACE = "fields"


def check_claimed_identity(session: Session, objection: Objection) -> dict[str, Any]:
    """Return the columns that acceptance of an objection changes, none for the other kinds.

    A field that was corrected meanwhile is left out. Raises ValidationFailed if a number is another's.
    """
    if not objection.fields:
        return {}
    values = parse_correction(objection.fields, PLACE)
    if not list_changes(objection.person, values):
        return {}
    return check_correction(session, objection.person, values, PLACE)


def correct_identity(session: Session, objection: Objection) -> None:
    """Correct what is known of the person as an accepted objection claims. Raises as the check does."""
    changes = check_claimed_identity(session, objection)
    if changes:
        apply_correction(session, objection.person, changes, None)
