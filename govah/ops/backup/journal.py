"""The journal of endings as backups and restores see it: a backup notes it, a restore demands it.

Without the journal, what people and officers ended after the backup would live again. So a restore without it
needs a choice of the operator.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from obstore.exceptions import BaseError

from govah.ops.backup.choices import MISSING, Choice
from govah.ops.backup.folder import BackupFailed
from govah.ops.backup.moment import SERVICES
from services.kit.endings import Journal, JournalMissing, Mark, open_journal
from services.kit.settings import SettingsError
from services.kit.storage import S3Config
from services.kit.storage.settings import build_s3_config

FACT = "endings"


def read_mark(journal: Journal | None) -> Mapping[str, Any]:
    """Return what a backup notes of the journal, as facts of its folder; nothing without a journal."""
    if journal is None:
        return {}
    try:
        mark = journal.take_mark(SERVICES)
    except JournalMissing:
        # Nothing has run yet that could have ended something.
        return {}
    except (BaseError, OSError) as error:
        raise BackupFailed(
            f"the journal of endings cannot be read ({type(error).__name__}); see GOVAH_ENDINGS_URL"
        ) from error
    return {FACT: {"journal": mark.journal, "last": mark.last}}


def open_existing(url: str, s3: S3Config | None = None) -> Journal | None:
    """Return the journal of a URL; None without one, or if it cannot be opened."""
    try:
        return open_journal(url, s3)
    except (SettingsError, BaseError, OSError):
        return None


def open_from_environment(environ: Mapping[str, str]) -> Journal | None:
    """Return the journal that the variables of a container name; None without one. Raises SettingsError."""
    credentials = environ.get("GOVAH_ENDINGS_CREDENTIALS_FILE")
    s3 = build_s3_config(
        environ.get("GOVAH_STORAGE_ENDPOINT", ""),
        environ.get("GOVAH_STORAGE_REGION", ""),
        Path(credentials) if credentials else None,
    )
    return open_existing(environ.get("GOVAH_ENDINGS_URL", ""), s3)


def has_journal(facts: Mapping[str, Any], journal: Journal | None, choice: Choice | None) -> bool:
    """Return whether the journal of a backup is there and complete.

    Raises BackupFailed if it is not and there is no choice.
    """
    try:
        _require_journal(facts, journal)
    except (JournalMissing, BaseError, OSError, ValueError) as error:
        if choice is None:
            reason = str(error) if isinstance(error, JournalMissing) else type(error).__name__
            raise BackupFailed(MISSING.format(reason=reason)) from None
        return False
    return True


def _require_journal(facts: Mapping[str, Any], journal: Journal | None) -> None:
    if journal is None:
        raise JournalMissing("there is no journal of endings")
    if noted := facts.get(FACT):
        journal.require(Mark(noted["journal"], noted["last"]))
    else:
        # A backup of an older release.
        journal.read_id()
