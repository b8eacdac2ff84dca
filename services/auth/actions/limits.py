"""How many failures are borne, and by what they are counted: network, device, account. Called by `sign_in`.

Limits hold per network, so nobody elsewhere can close an account to its owner. Over all networks an account
has a threshold, past which a password from an unknown device is not enough; it closes nothing.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from sqlalchemy.orm import Session

from services.auth.models import FailedAttempt, KnownDevice
from services.kit.attempts import Limit, attempt_key, check, forgive, reserve
from services.kit.network import network_of
from services.kit.problems import TooManyAttempts

HOUR, DAY = 3600, 24 * 3600

# Failures of one user from one network, and of one network with any user: a shared network is not closed by a
# few typing mistakes.
PER_USER = (Limit(5, 15 * 60), Limit(20, DAY))
PER_NETWORK = (Limit(100, HOUR),)
# Failures with one known device. It is then as good as unknown (OWASP, «Slow Down Online Guessing Attacks
# with Device Cookies»).
PER_DEVICE = PER_USER
# Failures of one user over all networks: the threshold.
PER_ACCOUNT = Limit(20, DAY)
# Wrong one-time codes that came with one and the same password of one user, over all networks.
WRONG_CODES = (Limit(5, 15 * 60),)


@dataclass(frozen=True)
class Keys:
    """The counters of one attempt; `user` is of a user and a network."""

    user: str
    network: str
    account: str
    device: str | None


@dataclass(frozen=True)
class Counted:
    """An attempt that is counted as failed until `forgive` is called; `is_known`: on a known device."""

    is_known: bool
    forgive: Callable[[], None]


def keys_of(pepper: bytes, kind: str, user: str, source: str, device: KnownDevice | None) -> Keys:
    """Return the counters of an attempt of a user from an address."""
    network = network_of(source)
    return Keys(
        user=attempt_key(pepper, "sign-in", kind, user, network),
        network=network_key(pepper, source),
        account=attempt_key(pepper, "account", kind, user),
        device=attempt_key(pepper, "device", str(device.id)) if device else None,
    )


def network_key(pepper: bytes, source: str) -> str:
    """Return the counter of the failures of a network with any user."""
    return attempt_key(pepper, "sign-in", network_of(source))


def wrong_code_key(pepper: bytes, kind: str, user: str, fingerprint: str) -> str:
    """Return the counter of the wrong one-time codes that came with one password of a user.

    Those of a wrong password count just as those of the right one do. So only who knows the right password
    can fill the counter that closes the account for a while, and a full counter does not tell which of the
    two a password is.
    """
    return attempt_key(pepper, "wrong-code", kind, user, fingerprint)


def check_early(session: Session, keys: Keys) -> None:
    """Raise TooManyAttempts before the slow hash runs, unless a known device has failures left.

    A known device passes the network's limits: whoever shares the network cannot keep its owner out.
    """
    if keys.device and not any(is_full(session, keys.device, limit) for limit in PER_DEVICE):
        return
    check(session, FailedAttempt, keys.user, PER_USER)
    check(session, FailedAttempt, keys.network, PER_NETWORK)


def count_attempt(session: Session, keys: Keys, wrong_code: str | None) -> Counted:
    """Count an attempt as failed, by one after the other. Raises TooManyAttempts, and then counts nothing.

    Of many guesses at once no more are told apart than may fail, and many right sign-ins at once are all
    let in. `wrong_code` is the counter of wrong one-time codes, if one was sent.
    """
    counted: dict[str, Sequence[Limit]] = {keys.user: (), keys.network: (), keys.account: ()}
    if wrong_code:
        counted[wrong_code] = ()
    if keys.device:
        with suppress(TooManyAttempts):
            reserved = reserve(session, FailedAttempt, {**counted, keys.device: PER_DEVICE})
            return Counted(True, partial(forgive, session, FailedAttempt, reserved))
    counted |= {keys.user: PER_USER, keys.network: PER_NETWORK}
    if wrong_code:
        counted[wrong_code] = WRONG_CODES
    reserved = reserve(session, FailedAttempt, counted)
    return Counted(False, partial(forgive, session, FailedAttempt, reserved))


def is_guarded(session: Session, keys: Keys) -> bool:
    """Whether the account was past its threshold before the attempt that is counted already."""
    return is_full(session, keys.account, Limit(PER_ACCOUNT.failures + 1, PER_ACCOUNT.seconds))


def is_full(session: Session, key: str, limit: Limit) -> bool:
    """Whether a counter has as many failures as a limit allows."""
    try:
        check(session, FailedAttempt, key, (limit,))
    except TooManyAttempts:
        return True
    return False
