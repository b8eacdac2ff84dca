"""The background loops of auth: relay, housekeeping, senders and consumers. `commands` starts them."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from services.auth import store
from services.auth.actions.closings import delete_closed_accounts
from services.auth.actions.codes import CODES_CHANNEL
from services.auth.actions.contacts import send_contact_notices
from services.auth.actions.deliveries import send_code, take_due_codes
from services.auth.actions.notice_deliveries import send_notice, take_due_notices
from services.auth.actions.notices import HANDLERS
from services.auth.actions.person_checks import BATCH as CHECK_BATCH
from services.auth.actions.person_checks import check_people
from services.auth.actions.retention import build_rules
from services.auth.actions.sending import Delivery, ParallelSender
from services.auth.adapters import build_message_sender, build_mobile_ownership
from services.auth.clients import HttpPersonMatcher, Ports
from services.auth.models import Ending, FeedCounter, FeedCursor, Outbox
from services.auth.settings import QuietHours, Settings
from services.kit.background import build_consumer_loops, build_endings_loop, build_standard_loops
from services.kit.db import Sessions
from services.kit.endings import delete_old_endings, watch_backups
from services.kit.http.client import ServiceClient, TokenSource
from services.kit.loops import Loop
from services.kit.queue import new_celery

# Seconds between steps of the senders, and of the one of codes while nothing happens and nothing wakes it.
SEND_INTERVAL, SEND_IDLE_INTERVAL = 0.5, 0.8
CHECK_INTERVAL = 1.0
# Seconds between steps while nothing happens, where nobody waits.
IDLE_INTERVAL = 5.0
WATCH_INTERVAL = 60.0
LOOPS = (
    "relay",
    "housekeeping",
    "endings",
    "watch-backups",
    "codes",
    "notices",
    "check-people",
    "consume-records",
    "consume-disclosure",
    "consume-inquiry",
)


def new_loops(settings: Settings, sessions: Sessions) -> Sequence[Loop]:
    """Return the relay, the housekeeping, the senders of messages, and the loop that asks about people."""
    broker = new_celery("auth", settings.broker_url)
    pepper, messages = settings.pepper, build_message_sender(settings)
    people = HttpPersonMatcher(ServiceClient(settings.records_url), _build_token_source(settings))
    ports = Ports(people, build_mobile_ownership(settings), messages)
    quiet_hours = QuietHours.parse(settings.quiet_hours)
    housekeeping: Sequence[Callable[[], int | None]] = [
        partial(delete_expired, sessions),
        partial(delete_closed_accounts, sessions),
        partial(delete_old_endings, sessions, Ending, is_journaled=bool(settings.endings_url)),
        *(rule.delete_batch for rule in build_rules(sessions, settings)),
    ]

    def take_codes(limit: int) -> Sequence[Delivery]:
        return [partial(send_code, sessions, pepper, ports, due) for due in take_due_codes(sessions, limit)]

    def take_notices(limit: int) -> Sequence[Delivery]:
        taken = take_due_notices(sessions, pepper, quiet_hours, limit)
        return [partial(send_notice, sessions, messages, one) for one in taken]

    # A code calls one gateway after the other, so that both are busy.
    codes_sender = ParallelSender(
        "codes", settings.messages_parallel + settings.mobile_ownership_parallel, take_codes
    )
    notices_sender = ParallelSender("notices", settings.messages_parallel, take_notices)

    def send_all_notices() -> int:
        return notices_sender.send_due() + send_contact_notices(sessions, messages)

    return [
        *build_standard_loops("auth", sessions, broker, Outbox, FeedCounter, housekeeping=housekeeping),
        build_endings_loop("auth", sessions, Ending, settings.open_endings),
        Loop("watch-backups", partial(watch_backups, settings.open_endings), WATCH_INTERVAL),
        Loop(
            "codes",
            codes_sender.send_due,
            SEND_INTERVAL,
            idle_interval=SEND_IDLE_INTERVAL,
            channel=CODES_CHANNEL,
            heard_interval=IDLE_INTERVAL,
        ),
        Loop("notices", send_all_notices, SEND_INTERVAL, idle_interval=IDLE_INTERVAL),
        Loop(
            "check-people",
            partial(check_people, sessions, people),
            CHECK_INTERVAL,
            batch_size=CHECK_BATCH,
            idle_interval=IDLE_INTERVAL,
        ),
    ]


def new_consumers(settings: Settings, sessions: Sessions) -> Mapping[str, Loop]:
    """Return the loops that read the feeds of other services, by service."""
    urls = {
        "records": settings.records_url,
        "disclosure": settings.disclosure_url,
        "inquiry": settings.inquiry_url,
    }
    return build_consumer_loops(sessions, FeedCursor, urls, _build_token_source(settings), HANDLERS)


def _build_token_source(settings: Settings) -> TokenSource:
    return TokenSource(settings.auth_url, "auth", settings.read_client_secrets)


def delete_expired(sessions: Sessions) -> int:
    """Delete the rows whose retention is over; return 0, since one step deletes all of them."""
    with sessions.begin() as session:
        store.delete_expired(session)
    return 0
