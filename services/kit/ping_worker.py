"""``python -m services.kit.ping_worker ROLE@HOST``: whether that worker answers through the broker.

The health check of workers' containers. Unlike Celery's own command it reads the broker's password from its
file, and finds the broker by Sentinel.
"""

import os
import sys

from services.kit.queue import new_celery

ANSWER_WITHIN = 5


def is_answering(broker_url: str, worker: str, seconds: float = ANSWER_WITHIN) -> bool:
    """Return whether a worker answers in time. Raises BrokerAway."""
    app = new_celery("ping", broker_url)
    return bool(app.control.ping([worker], timeout=seconds))


if __name__ == "__main__":
    sys.exit(not is_answering(os.environ["GOVAH_BROKER_URL"], sys.argv[1]))
