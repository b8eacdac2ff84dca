"""Workshops whose names older code has stored without the key by which they are searched."""

import structlog

from services.kit.db import Sessions
from services.records.store.lists import fold_workshop_names

# Workshops of one transaction.
BATCH = 1_000

log = structlog.get_logger()


def fill_folded_names(sessions: Sessions) -> None:
    """Fill the folded names of all workshops that have none; after an upgrade this takes several batches."""
    total = 0
    while True:
        with sessions.begin() as session:
            filled = fold_workshop_names(session, BATCH)
        total += filled
        if filled < BATCH:
            break
    if total:
        log.info("workshops.folded", workshops=total)
