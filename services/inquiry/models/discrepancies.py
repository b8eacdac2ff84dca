"""What institutions report about months of letters, and the objections that came of it."""

import enum
import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.inquiry.models.base import Base
from services.inquiry.models.inquiries import Inquiry
from services.inquiry.models.letters import Objection
from services.kit.db import sql_now


class DiscrepancyStatus(enum.StrEnum):
    """What became of a report. It follows from `Discrepancy.declined_at` and the registered objections."""

    REPORTED = "reported"
    OBJECTED = "objected"
    DECLINED = "declined"
    DECIDED = "decided"


class Discrepancy(Base):
    """An institution's report that a month of a letter differs from its own data. The text is encrypted."""

    __tablename__ = "discrepancies"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    inquiry_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey(Inquiry.id), index=True)
    month_jalali: Mapped[str] = mapped_column(sa.String(7))
    text: Mapped[bytes]
    at: Mapped[datetime] = mapped_column(default=sql_now())
    # When the letter's owner declined it: the record is right.
    declined_at: Mapped[datetime | None]

    inquiry: Mapped[Inquiry] = relationship()


class DiscrepancyObjection(Base):
    """A registered objection that its person says came of a report about themselves."""

    __tablename__ = "discrepancy_objections"

    discrepancy_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey(Discrepancy.id), primary_key=True)
    objection_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey(Objection.id), primary_key=True)
