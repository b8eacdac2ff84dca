"""Programs prove who they are with their secrets. Called by the token endpoint."""

import hmac

import structlog
from sqlalchemy.orm import Session

from services.auth import store
from services.auth.actions.administration import hash_secret
from services.auth.models import Client, FailedAttempt
from services.kit.attempts import Limit, attempt_key, forgive, reserve
from services.kit.network import network_of

# Failures of one client id from one network, and of one network with any. Secrets are long and random, so the
# windows are short: a program is let in soon after its secret was put right, and alone it never closes a
# network that it shares with others.
PER_CLIENT = (Limit(5, 5 * 60),)
PER_NETWORK = (Limit(300, 3600),)
# A hash that no secret has, compared where there is no such client.
NOBODYS_HASH = "0" * 64

log = structlog.get_logger()


def authenticate(session: Session, pepper: bytes, client_id: str, secret: str, source: str) -> Client | None:
    """The client with that id and secret; None is a failure, and the caller commits its count.

    Raises TooManyAttempts.
    """
    network = network_of(source)
    limits = {
        attempt_key(pepper, "client", client_id, network): PER_CLIENT,
        attempt_key(pepper, "client", network): PER_NETWORK,
    }
    counted = reserve(session, FailedAttempt, limits)
    plain = client_id.isascii() and client_id.isprintable()
    client = store.live_client(session, client_id) if plain else None
    matches = hmac.compare_digest(client.secret_hash if client else NOBODYS_HASH, hash_secret(secret))
    if not matches:
        log.info("client.refused")
        return None
    forgive(session, FailedAttempt, counted)
    return client
