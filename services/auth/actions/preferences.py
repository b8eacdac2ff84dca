"""Which messages people get, and which they read only in the portal. Called by `deliveries` and the routes.

What tells a person of a takeover is always sent: sign-ins, passwords, mobiles, permits, second factors.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.auth import store
from services.auth.models import (
    AccountNoticeKind,
    MandateNoticeKind,
    MutedKind,
    NoticeKind,
    PersonNoticeKind,
    RecordNoticeKind,
    SecurityNoticeKind,
)
from services.auth.models.counter import CounterNoticeKind
from services.kit.problems import NotFound, Text, ValidationFailed


class Delivery(StrEnum):
    MESSAGE = "message"
    PORTAL = "portal"


# In the order of the page.
OPTIONAL_KINDS: Sequence[str] = (
    NoticeKind.LETTER_READY,
    NoticeKind.LETTER_VIEWED,
    NoticeKind.ATTEMPTS_FAILED,
    NoticeKind.LETTER_SUPERSEDED,
    AccountNoticeKind.LETTER_REVOKED,
    AccountNoticeKind.DISCREPANCY_REPORTED,
    AccountNoticeKind.PERMIT_ENDING,
    RecordNoticeKind.OBJECTION_DECIDED,
    RecordNoticeKind.OBJECTION_QUESTION,
    PersonNoticeKind.IDENTITY_CORRECTED,
)
FIXED_KINDS: Sequence[str] = (
    SecurityNoticeKind.NEW_SIGN_IN,
    SecurityNoticeKind.PASSWORD_CHANGED,
    SecurityNoticeKind.MOBILE_CHANGED,
    SecurityNoticeKind.PERMIT_ISSUED,
    SecurityNoticeKind.WRONG_CODES,
    AccountNoticeKind.SECOND_FACTOR_CHANGED,
    CounterNoticeKind.PROPOSED,
    CounterNoticeKind.CONFIRMED,
    *MandateNoticeKind,
)
# A digest belongs to what it counts.
_GROUPS: Mapping[str, str] = {AccountNoticeKind.VIEWS_OF_DAY: NoticeKind.LETTER_VIEWED}


@dataclass(frozen=True)
class Preference:
    """How messages of one kind reach a person; `is_fixed` if the person cannot choose."""

    kind: str
    delivery: Delivery
    is_fixed: bool


def list_preferences(session: Session, person_id: uuid.UUID) -> Sequence[Preference]:
    """Return a person's preference for every kind, those that cannot be changed last."""
    muted = set(session.scalars(sa.select(MutedKind.kind).where(MutedKind.person_id == person_id)))
    return [
        *(
            Preference(kind, Delivery.PORTAL if kind in muted else Delivery.MESSAGE, False)
            for kind in map(str, OPTIONAL_KINDS)
        ),
        *(Preference(str(kind), Delivery.MESSAGE, True) for kind in FIXED_KINDS),
    ]


def replace_preferences(session: Session, person_id: uuid.UUID, wanted: Mapping[str, str]) -> None:
    """Set the delivery of every kind; kinds that are not in `wanted` are sent as messages.

    Raises ValidationFailed for an unknown kind, and for a kind that cannot be switched off. Raises NotFound
    without an account.
    """
    errors = [(f"preferences.{kind}", text) for kind, text in _find_errors(wanted).items()]
    if errors:
        raise ValidationFailed(*errors)
    if store.lock_account(session, person_id) is None:
        raise NotFound
    session.execute(sa.delete(MutedKind).where(MutedKind.person_id == person_id))
    muted = [kind for kind, delivery in wanted.items() if delivery == Delivery.PORTAL]
    session.add_all(MutedKind(person_id=person_id, kind=kind) for kind in muted)


def _find_errors(wanted: Mapping[str, str]) -> Mapping[str, Text]:
    errors = {}
    for kind, delivery in wanted.items():
        if kind in set(FIXED_KINDS):
            if delivery != Delivery.MESSAGE:
                errors[kind] = Text(
                    "این پیامک برای امنیت حساب است و همیشه فرستاده می‌شود.",
                    "This message protects the account and is always sent.",
                )
        elif kind not in set(OPTIONAL_KINDS):
            errors[kind] = Text(
                "پیامکی از این نوع وجود ندارد. نوع‌ها را از فهرست بردارید.",
                "There is no such kind of message. Take the kinds from the list.",
            )
    return errors


def is_muted(session: Session, person_id: uuid.UUID, kind: str) -> bool:
    """Return whether a person reads messages of a kind only in the portal."""
    group = _GROUPS.get(kind, kind)
    if group not in set(OPTIONAL_KINDS):
        return False
    muted = sa.select(MutedKind.kind).where(MutedKind.person_id == person_id, MutedKind.kind == group)
    return session.scalars(muted).one_or_none() is not None


def delete_preferences(session: Session, person_ids: Collection[uuid.UUID]) -> None:
    """Delete what people have chosen, with their accounts."""
    session.execute(sa.delete(MutedKind).where(MutedKind.person_id.in_(person_ids)))
