"""What disclosure ends again after a restore: letters that were revoked or superseded.

`commands` calls it before the service answers; services/kit/endings says how.
"""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from services.disclosure.actions.letters import revoke_letter, supersede_letter
from services.disclosure.models import LetterState
from services.disclosure.store import letters
from services.kit.endings import EndingHandler, Entry
from services.kit.problems import NotFound

# In place of the officer's words, which no journal has.
REASON = "علت این ابطال با بازگردانی از پشتیبان از دست رفت. The reason was lost by a restore from a backup."


def supersede_again(session: Session, entry: Entry) -> None:
    """Mark a letter as no longer current."""
    letter = letters.lock_letter_by_serial(session, entry.data["serial"])
    if letter is not None and letter.state is LetterState.VALID:
        supersede_letter(session, letter)


def revoke_again(session: Session, entry: Entry) -> None:
    """Revoke a letter that an officer had revoked."""
    try:
        letter = revoke_letter(session, entry.data["serial"], entry.data["officer"], REASON)
    except NotFound:
        return
    letter.revoked_at = entry.at if letter.revocation_reason == REASON else letter.revoked_at


HANDLERS: Mapping[str, EndingHandler] = {
    "letter.superseded": supersede_again,
    "letter.revoked": revoke_again,
}
