"""Tables of the counter: people whom an officer has identified by documents, and messages about that."""

import enum
import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.auth.models.base import MOBILE, SHA256_HEX, Base, NoticeMixin
from services.kit.db import BigKey, new_enum_type, sql_now


class IdentificationStatus(enum.StrEnum):
    """How an identification stands."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    ACTIVATED = "activated"


class DocumentKind(enum.StrEnum):
    """The document that an officer has seen."""

    NATIONAL_CARD = "national-card"
    BIRTH_CERTIFICATE = "birth-certificate"
    PASSPORT = "passport"
    RESIDENCE_PERMIT = "residence-permit"
    REFUGEE_CARD = "refugee-card"


class Identification(Base):
    """A person whom one officer identified and another one confirmed, with a new mobile for the account.

    Of the document only its kind and the end of its number are stored; notes are encrypted. One of the two
    numbers is set. `code_hash` is that of the activation code, from the confirmation until it is used.
    """

    __tablename__ = "identifications"

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    id: Mapped[uuid.UUID] = mapped_column(unique=True, default=uuid.uuid4)
    person_id: Mapped[uuid.UUID] = mapped_column(index=True)
    national_code: Mapped[str | None] = mapped_column(sa.String(10))
    insurance_number: Mapped[str | None] = mapped_column(sa.String(10))
    birth_date: Mapped[date]
    mobile: Mapped[str] = mapped_column(MOBILE)
    has_account: Mapped[bool]
    document: Mapped[DocumentKind] = mapped_column(new_enum_type(DocumentKind, name="document"))
    document_ends: Mapped[str] = mapped_column(sa.String(4))
    sealed_note: Mapped[bytes]
    status: Mapped[IdentificationStatus] = mapped_column(
        new_enum_type(IdentificationStatus, name="status"), default=IdentificationStatus.PROPOSED
    )
    proposed_by: Mapped[uuid.UUID]
    proposed_at: Mapped[datetime] = mapped_column(default=sql_now())
    decided_by: Mapped[uuid.UUID | None]
    decided_at: Mapped[datetime | None]
    sealed_reason: Mapped[bytes | None]
    code_hash: Mapped[str | None] = mapped_column(SHA256_HEX, unique=True)
    expires_at: Mapped[datetime]
    activated_at: Mapped[datetime | None]


class CounterNoticeKind(enum.StrEnum):
    """The values are the kinds of the messages."""

    PROPOSED = "counter-proposed"
    CONFIRMED = "counter-confirmed"
    ACTIVATION = "counter-activation-code"


class CounterNotice(NoticeMixin, Base):
    """A message to the mobile on file about an identification, or to the new one with the activation code."""

    __tablename__ = "counter_notices"

    kind: Mapped[CounterNoticeKind] = mapped_column(new_enum_type(CounterNoticeKind, name="kind"))
    mobile: Mapped[str | None] = mapped_column(MOBILE)
    identification_id: Mapped[uuid.UUID]

    @property
    def message_kind(self) -> str:
        return self.kind.value
