"""The base of the tables of records: their metadata and the types of their columns."""

from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase

from services.kit.db import TYPES, new_enum_type, new_metadata
from services.kit.jalali import JalaliMonth


class MonthNumber(sa.TypeDecorator[JalaliMonth]):
    """A Jalali month as a number that sorts by time and reads like a month: 140307."""

    impl = sa.Integer()
    cache_ok = True

    def process_bind_param(self, value: JalaliMonth | None, dialect: Dialect) -> int | None:
        return None if value is None else value.year * 100 + value.month

    def process_result_value(self, value: int | None, dialect: Dialect) -> JalaliMonth | None:
        return None if value is None else JalaliMonth(*divmod(value, 100))


class Sex(StrEnum):
    FEMALE = "female"
    MALE = "male"


class ObjectionKind(StrEnum):
    """The claim of a person: other days in these months, a whole missing period, or another identity."""

    DAYS = "days"
    MISSING_PERIOD = "missing-period"
    IDENTITY = "identity"


class ObjectionStatus(StrEnum):
    """The status of an objection; submitted and proposed are open."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class AccessKind(StrEnum):
    """The occasion on which an officer saw a person's data."""

    SEARCH = "search"
    OBJECTION = "objection"
    DECISION = "decision"
    PROPOSAL = "proposal"
    LIST_FILE = "list-file"


class ProposalKind(StrEnum):
    """What a proposal changes when another officer confirms it."""

    HELD_ROW = "held-row"
    PERSON_CORRECTION = "person-correction"
    PERSON_MERGER = "person-merger"
    LIST_WITHDRAWAL = "list-withdrawal"
    LIST_REPLACEMENT = "list-replacement"
    MISSING_PERIOD_WORKSHOP = "missing-period-workshop"
    OBJECTION_DECISION = "objection-decision"


class ProposalStatus(StrEnum):
    """The status of a proposal; only a proposed one can still change something."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class HeldRowStatus(StrEnum):
    """The decision about a row that was held: the same person, another person, or nobody."""

    HELD = "held"
    SAME_PERSON = "same-person"
    ASSIGNED = "assigned"
    REJECTED = "rejected"


class Base(DeclarativeBase):
    metadata = new_metadata()
    type_annotation_map = TYPES | {
        JalaliMonth: MonthNumber(),
        Sex: new_enum_type(Sex, name="sex", length=6),
        ObjectionKind: new_enum_type(ObjectionKind, name="kind", length=16),
        ObjectionStatus: new_enum_type(ObjectionStatus, name="status", length=16),
        ProposalKind: sa.Enum(
            ProposalKind,
            native_enum=False,
            create_constraint=False,  # a new kind needs no migration
            length=32,
            values_callable=lambda members: [member.value for member in members],
        ),
        ProposalStatus: new_enum_type(ProposalStatus, name="status", length=16),
        HeldRowStatus: new_enum_type(HeldRowStatus, name="status", length=16),
        list[dict[str, Any]]: sa.JSON(),
    }
