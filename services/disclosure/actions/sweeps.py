"""The sweeper: overdue requests get a new message, and requests without attempts left fail.

It needs no memory of what was published, since the rows show which requests wait.
"""

from collections.abc import Callable, Mapping

import structlog

from services.disclosure.actions.attempts import fail_exhausted
from services.disclosure.actions.requests import NUDGE_AFTER, RENDER_TASK
from services.disclosure.models import DisclosureRequest
from services.disclosure.store import queue
from services.kit.db import Sessions, is_any

BATCH = 200

log = structlog.get_logger()


def sweep_requests(
    sessions: Sessions,
    queue_length: Callable[[], int],
    publish: Callable[[str, Mapping[str, str], str], None],
) -> int:
    """Return how many requests failed or had their task published again.

    It publishes only as many tasks as there are more claimable requests than messages in the queue, so that a
    long queue does not become longer. The broker is called between transactions. Raises BrokerAway, after the
    exhausted requests have failed.
    """
    # Usually no request is overdue, and then nothing is counted.
    if not is_any(sessions, queue.is_overdue(), by=DisclosureRequest.state):
        return 0
    with sessions.begin() as session:
        failed = fail_exhausted(session, BATCH)
    with sessions() as session:
        claimable = queue.count_claimable(session)
    lost = claimable - queue_length() if claimable else 0
    if lost <= 0:
        return failed
    with sessions() as session:
        overdue = queue.find_overdue_requests(session, min(lost, BATCH))
    for disclosure_id, request_id in overdue.items():
        publish(RENDER_TASK, {"disclosure_request_id": str(disclosure_id)}, request_id)
    if overdue:
        with sessions.begin() as session:
            queue.postpone_nudges(session, list(overdue), NUDGE_AFTER)
        log.info("requests.nudged", count=len(overdue))
    return failed + len(overdue)
