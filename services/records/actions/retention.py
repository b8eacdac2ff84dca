"""What records stores for how long: accesses of officers, files of lists, papers of objections, events.

The contents of lists, the objections and their decisions stay: they are the record.
"""

from collections.abc import Sequence
from typing import Protocol

from services.kit.db import Sessions
from services.kit.retention import Rule, build_feed_rule
from services.records.actions.files import release_files
from services.records.models import FEED
from services.records.store import retention

BATCH, FILES_BATCH = 1000, 200


class Days(Protocol):
    """The settings of the service that say for how many days things are stored."""

    @property
    def access_log_days(self) -> int: ...

    @property
    def received_files_days(self) -> int: ...

    @property
    def attachments_days(self) -> int: ...

    @property
    def feed_days(self) -> int: ...


def build_rules(sessions: Sessions, settings: Days) -> Sequence[Rule]:
    """Return the rules of records. The housekeeping removes the objects that no row names afterwards."""
    return [
        Rule(
            "accesses",
            "GOVAH_ACCESS_LOG_DAYS",
            settings.access_log_days,
            lambda days: delete_old_accesses(sessions, days),
            retention.count_old_accesses,
        ),
        Rule(
            "received-files",
            "GOVAH_RECEIVED_FILES_DAYS",
            settings.received_files_days,
            lambda days: release_old_files(sessions, days),
            retention.count_old_list_files,
        ),
        Rule(
            "attachments",
            "GOVAH_ATTACHMENTS_DAYS",
            settings.attachments_days,
            lambda days: delete_old_attachments(sessions, days),
            retention.count_old_attachments,
        ),
        build_feed_rule(sessions, "records", FEED, settings.feed_days),
    ]


def delete_old_accesses(sessions: Sessions, days: int) -> int:
    """Return how many accesses were deleted."""
    with sessions.begin() as session:
        return retention.delete_old_accesses(session, days, BATCH)


def delete_old_attachments(sessions: Sessions, days: int) -> int:
    """Return how many papers were deleted, of objections that ended that long ago."""
    with sessions.begin() as session:
        keys = retention.take_old_attachments(session, days, FILES_BATCH)
        release_files(session, keys)
    return len(keys)


def release_old_files(sessions: Sessions, days: int) -> int:
    """Return of how many lists, versions or parts of archives the files are no longer named.

    Archives come last: until then, files of lists may be in them.
    """
    with sessions.begin() as session:
        count, keys = retention.take_old_list_files(session, days, FILES_BATCH)
        if not count:
            keys = retention.take_old_version_files(session, days, FILES_BATCH)
            keys = keys or retention.take_old_archive_parts(session, days, FILES_BATCH)
        release_files(session, keys)
    return len(keys)
