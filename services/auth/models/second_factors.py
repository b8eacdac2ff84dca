"""Second factors that people add themselves, and the codes for those who have lost them.

`owner_id` is the id of a citizen or a member of staff. Time-based codes of staff have their own table.
"""

import enum
import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.auth.models.base import SHA256_HEX, Base
from services.kit.db import BigKey, sql_now


class CitizenFactor(Base):
    """Time-based codes of a citizen, of which only a step after the last is valid."""

    __tablename__ = "citizen_factors"

    owner_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    sealed_secret: Mapped[bytes]
    last_step: Mapped[int] = mapped_column(sa.BigInteger(), default=0)
    enrolled_at: Mapped[datetime] = mapped_column(default=sql_now())


class Passkey(Base):
    """A credential of WebAuthn, which verifies its user and so replaces the password too."""

    __tablename__ = "passkeys"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    owner_id: Mapped[uuid.UUID] = mapped_column(index=True)
    is_staff: Mapped[bool]
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(sa.BigInteger())
    name: Mapped[str] = mapped_column(sa.String(60))
    added_at: Mapped[datetime] = mapped_column(default=sql_now())
    last_used_at: Mapped[datetime | None]


class FactorRequestKind(enum.StrEnum):
    TOTP = "totp"
    PASSKEY = "passkey"
    SIGN_IN = "sign-in"


class FactorRequest(Base):
    """A second factor that is being added, or a sign-in with a passkey; it is used once, until it expires.

    `secret` is the sealed secret of time-based codes, or a challenge of WebAuthn. A sign-in has no owner.
    """

    __tablename__ = "factor_requests"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    owner_id: Mapped[uuid.UUID | None]
    kind: Mapped[str] = mapped_column(sa.String(20))
    secret: Mapped[bytes]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class RecoveryCode(Base):
    """A code that replaces a second factor once."""

    __tablename__ = "recovery_codes"

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    owner_id: Mapped[uuid.UUID] = mapped_column(index=True)
    code_hash: Mapped[str] = mapped_column(SHA256_HEX)
    created_at: Mapped[datetime] = mapped_column(default=sql_now())
