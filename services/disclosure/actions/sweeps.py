"""The sweeper: what waits too long gets a new message, what has used up its attempts fails.

Called by the background loop, outside of any transaction. It needs no memory of what was published:
the rows say who waits.
"""

from collections.abc import Callable, Mapping

import structlog

from services.disclosure import store
from services.disclosure.actions.attempts import fail_exhausted
from services.disclosure.actions.requests import NUDGE_AFTER, RENDER_TASK
from services.disclosure.models import DisclosureRequest
from services.kit.db import Sessions, is_any

BATCH = 200

log = structlog.get_logger()


def sweep(
    sessions: Sessions,
    queue_length: Callable[[], int],
    publish: Callable[[str, Mapping[str, str], str], None],
) -> int:
    """Fail the exhausted, publish again what seems lost; returns how many requests were either.

    Only as many tasks are published as the queue has fewer messages than there are requests to claim:
    a long queue is no reason to make it longer. Raises BrokerAway, after the exhausted have failed.
    """
    # Mostly nobody waits too long, and then nothing is counted.
    if not is_any(sessions, store.waits_too_long(), by=DisclosureRequest.state):
        return 0
    with sessions.begin() as session:
        failed = fail_exhausted(session, BATCH)
    with sessions() as session:
        claimable = store.count_claimable(session)
    lost = claimable - queue_length() if claimable else 0
    if lost <= 0:
        return failed
    with sessions() as session:
        waiting = store.requests_to_nudge(session, min(lost, BATCH))
    for disclosure_id, request_id in waiting.items():
        publish(RENDER_TASK, {"disclosure_request_id": str(disclosure_id)}, request_id)
    if waiting:
        with sessions.begin() as session:
            store.postpone_nudges(session, list(waiting), NUDGE_AFTER)
        log.info("requests.nudged", count=len(waiting))
    return failed + len(waiting)
