"""Limits of failed sign-ins, counted per network, device and account. Called by `sign_ins`.

A limit is per network, so a stranger in another network cannot lock the owner out. Over all networks an
account has a threshold, past which a password from an unknown device is not enough. The threshold locks
no owner out.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from sqlalchemy.orm import Session

from services.auth.models import FailedAttempt, KnownDevice
from services.kit.attempts import Limit, cancel_attempt, check_attempts, derive_attempt_key, reserve_attempt
from services.kit.network import find_network
from services.kit.problems import TooManyAttempts

HOUR, DAY = 3600, 24 * 3600

# Failures of one user from one network, and of one network with any user: a few typing mistakes do not close
# a shared network.
PER_USER = (Limit(5, 15 * 60), Limit(20, DAY))
PER_NETWORK = (Limit(100, HOUR),)
# Failures with one known device, which then counts as unknown (OWASP, «Slow Down Online Guessing Attacks with
# Device Cookies»).
PER_DEVICE = PER_USER
# Failures of one user over all networks: the threshold.
PER_ACCOUNT = Limit(20, DAY)
# Wrong one-time codes that came with the same password of one user, over all networks.
WRONG_CODES = (Limit(5, 15 * 60),)


@dataclass(frozen=True)
class Keys:
    """The counters of one attempt; `user` counts per user and network."""

    user: str
    network: str
    account: str
    device: str | None


@dataclass(frozen=True)
class CountedAttempt:
    """An attempt that counts as failed until `forgive` is called; `is_known` means on a known device."""

    is_known: bool
    forgive: Callable[[], None]


def build_keys(pepper: bytes, kind: str, user: str, source: str, device: KnownDevice | None) -> Keys:
    """Return the counters of an attempt of a user from an address."""
    network = find_network(source)
    return Keys(
        user=derive_attempt_key(pepper, "sign-in", kind, user, network),
        network=build_network_key(pepper, source),
        account=derive_attempt_key(pepper, "account", kind, user),
        device=derive_attempt_key(pepper, "device", str(device.id)) if device else None,
    )


def build_network_key(pepper: bytes, source: str) -> str:
    """Return the counter of a network's failures with any user."""
    return derive_attempt_key(pepper, "sign-in", find_network(source))


def build_wrong_code_key(pepper: bytes, kind: str, user: str, fingerprint: str) -> str:
    """Return the counter of the wrong one-time codes that came with one password of a user.

    A wrong password has a counter just as the right one has. So only someone who knows the right password
    can fill the counter that closes the account for a while, and a full counter does not show whether the
    password is right.
    """
    return derive_attempt_key(pepper, "wrong-code", kind, user, fingerprint)


def check_limits(session: Session, keys: Keys) -> None:
    """Raise TooManyAttempts before the slow hash runs, unless a known device has failures left.

    A known device is exempt from the network's limits: others in the same network cannot lock its owner out.
    """
    if keys.device and not any(is_full(session, keys.device, limit) for limit in PER_DEVICE):
        return
    check_attempts(session, FailedAttempt, keys.user, PER_USER)
    check_attempts(session, FailedAttempt, keys.network, PER_NETWORK)


def count_attempt(session: Session, keys: Keys, wrong_code_key: str | None) -> CountedAttempt:
    """Return the attempt, counted as failed; attempts with the same counters wait for each other.

    Of many simultaneous guesses no more are compared than may fail. Many simultaneous right sign-ins are all
    accepted. `wrong_code_key` is the counter of wrong one-time codes, if a code was sent.

    Raises TooManyAttempts, and then counts nothing.
    """
    counted: dict[str, Sequence[Limit]] = {keys.user: (), keys.network: (), keys.account: ()}
    if wrong_code_key:
        counted[wrong_code_key] = ()
    if keys.device:
        with suppress(TooManyAttempts):
            reserved = reserve_attempt(session, FailedAttempt, {**counted, keys.device: PER_DEVICE})
            return CountedAttempt(True, partial(cancel_attempt, session, FailedAttempt, reserved))
    counted |= {keys.user: PER_USER, keys.network: PER_NETWORK}
    if wrong_code_key:
        counted[wrong_code_key] = WRONG_CODES
    reserved = reserve_attempt(session, FailedAttempt, counted)
    return CountedAttempt(False, partial(cancel_attempt, session, FailedAttempt, reserved))


def is_guarded(session: Session, keys: Keys) -> bool:
    """Return whether the account was past its threshold before this attempt, which is counted already."""
    return is_full(session, keys.account, Limit(PER_ACCOUNT.failures + 1, PER_ACCOUNT.seconds))


def is_full(session: Session, key: str, limit: Limit) -> bool:
    """Return whether a counter has as many failures as a limit allows."""
    try:
        check_attempts(session, FailedAttempt, key, (limit,))
    except TooManyAttempts:
        return True
    return False
