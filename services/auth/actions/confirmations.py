"""Another check of the password of somebody who is signed in, before what a thief of a session would do."""

import structlog

from services.auth.actions import families, limits
from services.auth.actions.own_accounts import find_holder
from services.auth.actions.passwords import Hasher
from services.auth.errors import CredentialsNotAccepted
from services.auth.models import Account, FailedAttempt, Staff
from services.kit.attempts import cancel_attempt, check_attempts, derive_attempt_key, reserve_attempt
from services.kit.db import Sessions
from services.kit.problems import TokenInvalid
from services.kit.tokens import Principal

log = structlog.get_logger()


def confirm_password(
    sessions: Sessions, hasher: Hasher, pepper: bytes, caller: Principal, password: str, source: str
) -> Account | Staff:
    """Return the account or member of staff that calls, after another check of the password.

    Failures count per session, over all networks. So someone with another session of the person, or with
    none, cannot keep this session from its change. Argon2 runs between two transactions.

    Raises TokenInvalid when the session has ended, CredentialsNotAccepted, TooManyAttempts.
    """
    counters = {
        derive_attempt_key(pepper, "confirm", caller.session_id or ""): limits.PER_USER,
        limits.build_network_key(pepper, source): limits.PER_NETWORK,
    }
    with sessions.begin() as session:
        if not families.is_live(session, caller.session_id):
            raise TokenInvalid
        for key, limits_of_key in counters.items():
            check_attempts(session, FailedAttempt, key, limits_of_key)
        holder = find_holder(session, caller)
    is_match = hasher.is_match(holder.password_hash, password)
    with sessions.begin() as session:
        counted = reserve_attempt(session, FailedAttempt, counters)
        if is_match:
            cancel_attempt(session, FailedAttempt, counted)
    if not is_match:
        log.info("password.refused")
        raise CredentialsNotAccepted
    return holder
