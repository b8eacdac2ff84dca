"""How many failed inquiries are borne, and from whom, before the slow hash. Called by `inquiries`."""

import uuid
from dataclasses import dataclass

from sqlalchemy.orm import Session

from services.inquiry.actions.peppers import Peppers
from services.inquiry.actions.sealing import attempt_pepper
from services.inquiry.models import FailedAttempt
from services.kit.attempts import Limit, Reservation, attempt_key, start_attempt
from services.kit.network import network_of

HOUR, DAY = 3600, 24 * 3600

# The steps between the first and the last make each wait longer than the one before.
PAIR_LIMITS = (Limit(5, 15 * 60), Limit(10, HOUR), Limit(15, 4 * HOUR), Limit(20, DAY))
ADDRESS_LIMITS = (Limit(30, HOUR),)
# Of one clerk or one system. An institution as a whole has no limit, or one of its people could close it for
# all the others: `alarms` watches it.
CALLER_LIMITS = (Limit(100, DAY),)


@dataclass(frozen=True)
class Asker:
    """Who asks: an address, and the institution and its clerk or system if a token names them."""

    address: str
    institution_id: uuid.UUID | None = None
    institution_name: str | None = None
    subject: str | None = None

    @property
    def source(self) -> str:
        """What failures on one national code are counted against: the institution, else the network."""
        return str(self.institution_id) if self.institution_id else network_of(self.address)


def start_inquiry(session: Session, peppers: Peppers, national_code: str, asker: Asker) -> Reservation:
    """Count an attempt in flight until it is forgiven or failed; returns what `attempts` takes for that.

    Counts per source, so nobody can lock a citizen out for others. Raises TooManyAttempts, Busy.
    """
    pepper = attempt_pepper(peppers)
    if asker.institution_id:
        whole, limits = ("caller", str(asker.subject)), CALLER_LIMITS
    else:
        whole, limits = ("address", asker.source), ADDRESS_LIMITS
    return start_attempt(
        session,
        FailedAttempt,
        {
            attempt_key(pepper, "pair", national_code, asker.source): PAIR_LIMITS,
            attempt_key(pepper, *whole): limits,
        },
    )
