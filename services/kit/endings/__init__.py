"""The journal of endings: what people and officers have ended stays ended after a restore.

An action adds a row by `add_ending` in the commit that ends something. A loop writes the rows to an object
store that no backup contains (`journal`). A database that comes back from a backup is older than the
journal, so `replay` ends again what is missing, before the service answers. Ids and times only.
"""

from services.kit.endings.journal import Entry, Journal, JournalDamaged, JournalMissing, Mark, open_journal
from services.kit.endings.replay import EndingHandler, EndingUnknown, replay_endings
from services.kit.endings.rows import (
    BATCH,
    EndingMixin,
    add_ending,
    delete_old_endings,
    measure_endings,
    watch_backups,
    write_endings,
)

__all__ = [
    "BATCH",
    "EndingHandler",
    "EndingMixin",
    "EndingUnknown",
    "Entry",
    "Journal",
    "JournalDamaged",
    "JournalMissing",
    "Mark",
    "add_ending",
    "delete_old_endings",
    "measure_endings",
    "open_journal",
    "replay_endings",
    "watch_backups",
    "write_endings",
]
