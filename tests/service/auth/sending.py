"""One step of sending, in this thread; the loops of auth send many simultaneously."""

from services.auth.actions.deliveries import send_code, take_due_codes
from services.auth.actions.notice_deliveries import send_notice, take_due_notices
from services.auth.clients import MessageSender, Ports
from services.auth.settings import QuietHours
from services.kit.db import Sessions


def send_codes(sessions: Sessions, pepper: bytes, ports: Ports) -> int:
    """Send the code that has waited longest, if its person may have one; return the rows processed, 0 or 1.

    Raises Unavailable as `send_code` does.
    """
    due = take_due_codes(sessions, 1)
    for one in due:
        send_code(sessions, pepper, ports, one)
    return len(due)


def send_notices(
    sessions: Sessions, pepper: bytes, messages: MessageSender, quiet_hours: QuietHours | None = None
) -> int:
    """Send the notice that is due next, and return the number of rows processed, 0 or 1.

    Raises Unavailable as `send_notice` does.
    """
    taken = take_due_notices(sessions, pepper, quiet_hours, 1)
    for one in taken:
        send_notice(sessions, messages, one)
    return len(taken)
