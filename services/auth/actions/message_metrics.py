"""Metrics of messages that wait to be sent, read from the database at each /metrics."""

from collections.abc import Iterator

import sqlalchemy as sa
from prometheus_client.core import Metric

from services.auth.actions.deliveries import MAX_WAIT_SECONDS, RETRY_SECONDS
from services.auth.actions.notice_deliveries import MODELS
from services.auth.gateways import GatewayUnavailable
from services.auth.models import CodeState
from services.kit.db import Sessions, read_database_time, sql_now
from services.kit.metrics import build_gauge

# What codes wait for: their turn, or the end of an outage.
TURN = "turn"
CAUSES = (TURN, GatewayUnavailable.waiting_code)


def measure_messages(sessions: Sessions) -> Iterator[Metric]:
    """Yield how many codes and notices wait, and the age of the oldest code.

    Codes past the limit of their person are left out: they wait for that, not for a gateway.
    """
    counts, oldest = dict.fromkeys(CAUSES, 0), 0.0
    with sessions() as session:
        now = read_database_time(session)
        for model in MAX_WAIT_SECONDS:
            is_outage = model.waiting_code.is_not(None)
            rows = session.execute(
                sa.select(model.waiting_code, sa.func.count(), sa.func.min(model.asked_at))
                .where(
                    model.due_at.is_not(None),
                    model.state == CodeState.OPEN,
                    sa.or_(is_outage, model.due_at <= sql_now(RETRY_SECONDS)),
                )
                .group_by(model.waiting_code)
            )
            for code, count, asked_at in rows:
                cause = code if code in counts else TURN
                counts[cause] += count
                oldest = max(oldest, (now - asked_at).total_seconds())
        notices = sum(
            session.scalars(
                sa.select(sa.func.count()).select_from(model).where(model.due_at <= sql_now())
            ).one()
            for model in MODELS
        )
    yield build_gauge(
        "govah_codes_waiting",
        "Codes to mobiles that wait, by cause",
        [((cause,), count) for cause, count in counts.items()],
        "cause",
    )
    yield build_gauge("govah_codes_oldest_seconds", "Age of the oldest code that waits", [((), oldest)])
    yield build_gauge("govah_notices_waiting", "Notices to mobiles that are due", [((), notices)])
