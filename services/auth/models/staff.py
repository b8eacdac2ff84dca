"""Tables of those who work with Govah: officers, institutions, their clerks and their clients."""

import enum
import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.auth.models.base import SHA256_HEX, Base
from services.kit.db import BigKey, new_enum_type, sql_now


class Institution(Base):
    """An institution, which a person's log names when it inquires with its own token."""

    __tablename__ = "institutions"

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    id: Mapped[uuid.UUID] = mapped_column(unique=True, default=uuid.uuid4)
    name: Mapped[str] = mapped_column(sa.String(100), unique=True)
    added_at: Mapped[datetime] = mapped_column(default=sql_now())
    contact_mobile: Mapped[str | None] = mapped_column(sa.String(11))


class StaffRole(enum.StrEnum):
    OFFICER = "officer"
    CLERK = "clerk"


class Staff(Base):
    """Someone who signs in with a user name: an officer, or a clerk of an institution."""

    __tablename__ = "staff"
    __table_args__ = (
        sa.CheckConstraint("(role = 'clerk') = (institution_id IS NOT NULL)", name="clerk_has_institution"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    username: Mapped[str] = mapped_column(sa.String(64), unique=True)
    role: Mapped[StaffRole] = mapped_column(new_enum_type(StaffRole, name="role"))
    institution_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey(Institution.id))
    scopes: Mapped[list[str]]
    password_hash: Mapped[str] = mapped_column(sa.String(200))
    added_at: Mapped[datetime] = mapped_column(default=sql_now())
    disabled_at: Mapped[datetime | None]


class SecondFactor(Base):
    """The second factor of a member of staff: time-based codes, of which only a step after the last is valid.

    `wrong_codes` counts wrong codes after a right password, since the last sign-in.
    """

    __tablename__ = "second_factors"

    staff_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey(Staff.id), primary_key=True)
    sealed_secret: Mapped[bytes]
    last_step: Mapped[int] = mapped_column(sa.BigInteger(), default=0)
    wrong_codes: Mapped[int] = mapped_column(default=0, server_default="0")
    enrolled_at: Mapped[datetime] = mapped_column(default=sql_now())

    @property
    def owner_id(self) -> uuid.UUID:
        return self.staff_id


class Client(Base):
    """A program that requests its own tokens: an institution's system, or one of our services.

    Tokens that were issued until `tokens_ended_at` are refused, after it was enabled again too.
    """

    __tablename__ = "clients"

    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    institution_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey(Institution.id))
    scopes: Mapped[list[str]]
    secret_hash: Mapped[str] = mapped_column(SHA256_HEX)
    added_at: Mapped[datetime] = mapped_column(default=sql_now())
    disabled_at: Mapped[datetime | None]
    tokens_ended_at: Mapped[datetime | None]
