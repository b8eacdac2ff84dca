"""The effect of merging two persons who are one: everything of the one becomes the other's."""

import uuid

from sqlalchemy.orm import Session

from services.kit.outbox import add_event
from services.records.actions.identities import FIELDS, build_key, format_value, parse_value
from services.records.models import Outbox, Person
from services.records.store import identities, mergers
from services.records.store.people import FILLABLE


def merge_people(session: Session, merged: Person, into: Person, proposal_id: uuid.UUID) -> None:
    """Move the record of one person to another; both are locked, and are in no list together.

    The merged person remains as a name for the other: its id, code and insurance number lead there.
    """
    months = mergers.fetch_months(session, merged.position)
    _compare_again(session, merged, into)
    mergers.move_rows(session, merged.position, into.position)
    for name in FILLABLE:
        if not getattr(into, name) and getattr(merged, name):
            setattr(into, name, getattr(merged, name))
    session.flush()
    add_event(
        session,
        Outbox,
        "person.merged",
        subject=merged.id,
        data={"into": str(into.id), "proposal_id": str(proposal_id)},
    )
    for month in months:
        add_event(
            session,
            Outbox,
            "record.changed",
            data={
                "list_id": None,
                "proposal_id": str(proposal_id),
                "month_jalali": str(month),
                "subjects": [str(into.id)],
            },
        )


def _compare_again(session: Session, merged: Person, into: Person) -> None:
    """Make the differences of the merged person those from what is known of the other one."""
    stated = identities.fetch_stated_values(session, [merged.position])
    for field, name in enumerate(FIELDS):
        after, before = getattr(into, name), getattr(merged, name)
        agreeing = identities.fetch_agreeing_lists(session, merged.position, field)
        same = [
            one.list_position
            for one in stated
            if one.field == field
            and after
            and build_key(name, parse_value(name, one.value)) == build_key(name, after)
        ]
        identities.delete_differences(session, merged.position, field, same)
        if before and after and build_key(name, before) != build_key(name, after):
            identities.add_differences(
                session,
                [
                    {
                        "person_position": merged.position,
                        "list_position": position,
                        "field": field,
                        "value": format_value(before),
                    }
                    for position in agreeing
                ],
            )
