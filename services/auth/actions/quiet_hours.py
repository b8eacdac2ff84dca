"""The kinds of messages that wait in the quiet hours. Called by `deliveries`."""

from collections.abc import Collection
from datetime import datetime

from services.auth.models import AccountNoticeKind, NoticeKind
from services.auth.settings import QuietHours

# Views, digests and reminders. All other messages are about something that a person may have to stop.
HELD_KINDS = frozenset(
    {NoticeKind.LETTER_VIEWED, AccountNoticeKind.VIEWS_OF_DAY, AccountNoticeKind.PERMIT_ENDING}
)


def list_held_kinds(hours: QuietHours | None, moment: datetime) -> Collection[str]:
    """Return the kinds of messages that are not sent at a moment."""
    return HELD_KINDS if hours and hours.is_quiet(moment) else ()
