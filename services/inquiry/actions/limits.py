"""How many failed inquiries are borne, and from whom, before the slow hash. Called by `inquiries`."""

import ipaddress
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from services.inquiry.actions.peppers import Peppers
from services.inquiry.actions.sealing import attempt_pepper
from services.inquiry.models import FailedAttempt
from services.kit.attempts import Limit, attempt_key, reserve

HOUR, DAY = 3600, 24 * 3600

# The steps between the first and the last make each wait longer than the one before.
PAIR_LIMITS = (Limit(5, 15 * 60), Limit(10, HOUR), Limit(15, 4 * HOUR), Limit(20, DAY))
ADDRESS_LIMITS = (Limit(30, HOUR),)
INSTITUTION_LIMITS = (Limit(100, DAY),)


@dataclass(frozen=True)
class Asker:
    """Who asks: an address, and the institution if a token names one."""

    address: str
    institution_id: uuid.UUID | None = None
    institution_name: str | None = None

    @property
    def source(self) -> str:
        """What failures are counted against: the institution, else the address (of IPv6 the /64)."""
        if self.institution_id:
            return str(self.institution_id)
        return _household(self.address)


def _household(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        # A unix socket has no address: all who come that way are one source.
        return address
    if parsed.version == 4:
        return str(parsed)
    return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))


def reserve_attempt(session: Session, peppers: Peppers, national_code: str, asker: Asker) -> Sequence[int]:
    """Count an attempt as failed until it is forgiven; returns what `attempts.forgive` takes.

    Counts per source, so nobody can lock a citizen out for others. Raises TooManyAttempts.
    """
    pepper = attempt_pepper(peppers)
    whole = ("institution", INSTITUTION_LIMITS) if asker.institution_id else ("address", ADDRESS_LIMITS)
    return reserve(
        session,
        FailedAttempt,
        {
            attempt_key(pepper, "pair", national_code, asker.source): PAIR_LIMITS,
            attempt_key(pepper, whole[0], asker.source): whole[1],
        },
    )
