"""The table of stored objects: which sealed files lie in the object store, and which of them a row names."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.kit.db import sql_now
from services.records.models.base import Base

# Characters of the key of an object.
MAX_KEY_LENGTH = 100
# Characters of the name of a list's files, and of the path of a list in an archive.
MAX_PATH_LENGTH = 300


class StoredObject(Base):
    """An object that was, or is being, written to the object store under `key`.

    The row is committed before the object is written. `is_kept` becomes true in the transaction that names
    the object. The housekeeping removes objects that nothing names. It never removes an object without a row
    here, so an older database that was restored loses no file.
    """

    __tablename__ = "stored_objects"
    __table_args__ = (
        sa.Index(
            "ix_stored_objects_unkept",
            "stored_at",
            sqlite_where=sa.text("NOT is_kept"),
            postgresql_where=sa.text("NOT is_kept"),
        ),
    )

    key: Mapped[str] = mapped_column(sa.String(MAX_KEY_LENGTH), primary_key=True)
    sha256: Mapped[str] = mapped_column(sa.String(64))
    size: Mapped[int]
    stored_at: Mapped[datetime] = mapped_column(default=sql_now())
    is_kept: Mapped[bool] = mapped_column(default=False)


class RetentionProgress(Base):
    """How far the housekeeping is with what it looks at in order of time; null before its first batch."""

    __tablename__ = "retention_progress"

    name: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    done_until: Mapped[datetime | None]
