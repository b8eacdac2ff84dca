"""The sweeper of imports: an import that waits for a worker gets a message until it is claimed.

The rows show which imports wait, so a message that is lost, or a worker that is killed, delays an import and
loses nothing.
"""

from collections.abc import Callable, Mapping

import structlog

from services.kit.db import Sessions, is_any
from services.records.models import BulkImport
from services.records.store import imports

QUEUE = "imports"
IMPORT_TASK = "records.import-lists"
# Seconds until a message that nobody has taken is sent again.
NUDGE_AFTER = 30
BATCH = 50

log = structlog.get_logger()


def sweep_imports(sessions: Sessions, publish: Callable[[str, Mapping[str, str], str], None]) -> int:
    """Return how many imports had their task published. Raises BrokerAway.

    The broker is called between transactions.
    """
    if not is_any(sessions, imports.is_overdue(), by=BulkImport.claimable_at):
        return 0
    with sessions() as session:
        overdue = imports.find_overdue_imports(session, BATCH)
    for import_id, request_id in overdue.items():
        publish(IMPORT_TASK, {"import_id": str(import_id)}, request_id)
    if overdue:
        with sessions.begin() as session:
            imports.postpone_nudges(session, list(overdue), NUDGE_AFTER)
        log.info("imports.nudged", count=len(overdue))
    return len(overdue)
