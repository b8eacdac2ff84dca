"""Tables of those who work with Govah: officers, institutions, their clerks and their clients."""

import enum
import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.auth.models.base import SHA256_HEX, Base
from services.kit import logging
from services.kit.db import BigKey, new_enum_type, sql_now


class Institution(Base):
    """An institution, which a person's log names when it inquires with its own token.

    `contact` is what people read to reach it, `contact_mobile` gets the operator's warnings. `purposes` are
    `{code, fa, en}`: for what it may inquire. `daily_quota` is how many requests it may make a day, null for
    the default. Nobody can work for it after `disabled_at`.
    """

    __tablename__ = "institutions"

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    id: Mapped[uuid.UUID] = mapped_column(unique=True, default=uuid.uuid4)
    name: Mapped[str] = mapped_column(sa.String(100), unique=True)
    added_at: Mapped[datetime] = mapped_column(default=sql_now())
    contact_mobile: Mapped[str | None] = mapped_column(sa.String(11))
    contact: Mapped[str | None] = mapped_column(sa.String(200))
    verified_since: Mapped[datetime | None]
    purposes: Mapped[list[dict[str, str]] | None] = mapped_column(sa.JSON(none_as_null=True))
    return_urls: Mapped[list[str] | None] = mapped_column(sa.JSON(none_as_null=True))
    daily_quota: Mapped[int | None]
    disabled_at: Mapped[datetime | None]


class StaffRole(enum.StrEnum):
    OFFICER = "officer"
    CLERK = "clerk"
    ADMIN = "admin"


class Staff(Base):
    """Someone who signs in with a user name: an officer, an admin, or a clerk of an institution.

    `is_manager` is a clerk who manages the own institution. A password with `password_expires_at` is a
    one-time password: it leads only to a new one.
    """

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
    is_manager: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    password_expires_at: Mapped[datetime | None]


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


class ActorRole(enum.StrEnum):
    """Who did something: an admin, the manager of an institution, or an operator by a command."""

    ADMIN = "admin"
    MANAGER = "manager"
    OPERATOR = "operator"


class AdministrativeAct(Base):
    """What the web administration did, without secrets. Rows are only ever added.

    `action` and `actor_role` are text, so that older code reads newer ones. `target` is a user name, a client
    id or an institution's name.
    """

    __tablename__ = "administrative_acts"

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    id: Mapped[uuid.UUID] = mapped_column(unique=True, default=uuid.uuid4)
    at: Mapped[datetime] = mapped_column(default=sql_now())
    actor_id: Mapped[uuid.UUID | None]
    actor: Mapped[str] = mapped_column(sa.String(64))
    actor_role: Mapped[str] = mapped_column(sa.String(16))
    action: Mapped[str] = mapped_column(sa.String(64))
    target: Mapped[str] = mapped_column(sa.String(100))
    institution_id: Mapped[uuid.UUID | None]
    details: Mapped[dict[str, Any]]
    request_id: Mapped[str] = mapped_column(sa.String(64), default=logging.get_request_id)
