"""Stored lists and people that are one once their numbers are canonical: proposals of the system.

Older code told "01" and "1" apart. Nothing changes without two officers. Of lists with one number the later
one is proposed for withdrawal, of people without a national code the later one for merger into the first.
"""

import uuid
from collections.abc import Iterator
from typing import NamedTuple

import structlog
from sqlalchemy.orm import Session

from services.kit.db import Sessions
from services.kit.problems import Problem
from services.records.models import ProposalKind
from services.records.proposals.lifecycle import propose_by_system
from services.records.proposals.registry import HANDLERS
from services.records.store import collisions
from services.records.store.proposals import fetch_proposals_about

_REASONS = {
    ProposalKind.LIST_WITHDRAWAL: (
        "این لیست همان شماره لیست قدیمی‌تری از همین کارگاه و ماه را دارد، با نوشتاری دیگر."
        " بررسی کنید که روزها و دستمزدها دو بار حساب نشده باشد.\n"
        "This list has the number of an older one of the same workshop and month, in another spelling."
        " Check whether its days and wages count twice."
    ),
    ProposalKind.PERSON_MERGER: (
        "شماره بیمه این شخص همان شماره شخص دیگری است، با نوشتاری دیگر.\n"
        "This person has the insurance number of another one, in another spelling."
    ),
}

log = structlog.get_logger()


class Collision(NamedTuple):
    """What is proposed about a later row, `target`."""

    kind: ProposalKind
    target: uuid.UUID
    change: dict[str, str]


def propose_about_collisions(sessions: Sessions) -> None:
    """Propose once about each stored list and person that has the number of an older one.

    Rows whose canonical number is missing without a collision, which older code has added, get it.
    """
    with sessions.begin() as session:
        collisions.fill_canonical_numbers(session)
        collisions_to_propose = [one for one in _iterate_collisions(session) if one.kind in HANDLERS]
    for collision in collisions_to_propose:
        try:
            with sessions.begin() as session:
                if not fetch_proposals_about(session, collision.kind, [collision.target]):
                    propose_by_system(session, *collision, _REASONS[collision.kind])
        except Problem as problem:
            # Withdrawn, merged or proposed meanwhile.
            log.info("collision.skipped", target=str(collision.target), code=problem.code)


def _iterate_collisions(session: Session) -> Iterator[Collision]:
    for list_id in collisions.find_later_lists(session):
        yield Collision(ProposalKind.LIST_WITHDRAWAL, list_id, {})
    for person_id, into in collisions.find_later_people(session):
        yield Collision(ProposalKind.PERSON_MERGER, person_id, {"into": str(into)})
