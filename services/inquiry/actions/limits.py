"""The limits on failed inquiries, checked before the slow hash, and on reports. Called by the actions."""

import uuid
from dataclasses import dataclass

from sqlalchemy.orm import Session

from services.inquiry.actions.peppers import Peppers
from services.inquiry.actions.sealing import derive_attempt_pepper
from services.inquiry.errors import TooManyReports
from services.inquiry.models import FailedAttempt
from services.kit.attempts import Limit, Reservation, derive_attempt_key, reserve_attempt, start_attempt
from services.kit.network import find_network
from services.kit.problems import TooManyAttempts

HOUR, DAY = 3600, 24 * 3600

# The steps between the first and the last make each wait longer than the one before.
PAIR_LIMITS = (Limit(5, 15 * 60), Limit(10, HOUR), Limit(15, 4 * HOUR), Limit(20, DAY))
ADDRESS_LIMITS = (Limit(30, HOUR),)
# For one clerk or one system. A limit for a whole institution would let one of its people close it for all
# others; `alarms` watches it instead.
CALLER_LIMITS = (Limit(100, DAY),)
# Reports of one institution about one permit: as many months as a clerk compares in a day.
REPORTS_PER_DAY = 20
REPORT_LIMITS = (Limit(REPORTS_PER_DAY, DAY),)


@dataclass(frozen=True)
class Inquirer:
    """The caller of an inquiry: an address, and with a token the institution and its clerk or system."""

    address: str
    institution_id: uuid.UUID | None = None
    institution_name: str | None = None
    subject: str | None = None

    @property
    def source(self) -> str:
        """Return what failures on a person are counted against: the institution, else the network."""
        return str(self.institution_id) if self.institution_id else find_network(self.address)


def start_inquiry(session: Session, peppers: Peppers, identifier: str, inquirer: Inquirer) -> Reservation:
    """Return the reservation of an attempt in flight, which `forgive` or `fail_attempt` ends.

    It counts per source, so no caller can lock a citizen out for others. Raises TooManyAttempts, Busy.
    """
    pepper = derive_attempt_pepper(peppers)
    if inquirer.institution_id:
        whole, limits = ("caller", str(inquirer.subject)), CALLER_LIMITS
    else:
        whole, limits = ("address", inquirer.source), ADDRESS_LIMITS
    return start_attempt(
        session,
        FailedAttempt,
        {
            derive_attempt_key(pepper, "pair", identifier, inquirer.source): PAIR_LIMITS,
            derive_attempt_key(pepper, *whole): limits,
        },
    )


def reserve_comparison(session: Session, peppers: Peppers, serial: str, address: str) -> Reservation:
    """Return the reservation of a comparison with a letter's QR code, which a person that fits cancels.

    Counts as inquiries do. Raises TooManyAttempts, Busy.
    """
    pepper, network = derive_attempt_pepper(peppers), find_network(address)
    return reserve_attempt(
        session,
        FailedAttempt,
        {
            derive_attempt_key(pepper, "paper", serial, network): PAIR_LIMITS,
            derive_attempt_key(pepper, "paper-address", network): ADDRESS_LIMITS,
        },
    )


def count_report(session: Session, peppers: Peppers, institution_id: uuid.UUID, permit_id: uuid.UUID) -> None:
    """Count a report of an institution about a permit. Raises TooManyReports, and then counts nothing."""
    key = derive_attempt_key(derive_attempt_pepper(peppers), "report", str(institution_id), str(permit_id))
    try:
        reserve_attempt(session, FailedAttempt, {key: REPORT_LIMITS})
    except TooManyAttempts as refusal:
        raise TooManyReports(refusal.retry_after or DAY) from refusal
