"""The keys that sign tokens: a private file each, and the public half with its state in the database.

A key is added (a file), published (in the key set, so that every service has it), made to sign, and at last
retired. `commands.keys` calls these functions; `tokens.Signer` loads the file.
"""

import hashlib
import os
from pathlib import Path
from typing import Any

import jwt
import sqlalchemy as sa
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm
from sqlalchemy.orm import Session

from services.auth import store
from services.auth.errors import CommandRefused
from services.auth.models import Ending, KeyState, SigningKey
from services.kit.db import Sessions, sql_now
from services.kit.endings import add_ending
from services.kit.tokens import FRESH_FOR

# Seconds after which every service has fetched a new key set, and after which every old token has expired.
PUBLISH_AHEAD = 2 * FRESH_FOR
LAST_TOKEN = 15 * 60


def _build_path(directory: Path, kid: str) -> Path:
    return directory / f"{kid}.pem"


def add_key(directory: Path) -> str:
    """Create a private key file of mode 0600, which is not published yet; return the key's id."""
    private = Ed25519PrivateKey.generate()
    kid = hashlib.sha256(private.public_key().public_bytes_raw()).hexdigest()[:16]
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(_build_path(directory, kid), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(
            private.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
    return kid


def load_private_key(directory: Path, kid: str) -> Ed25519PrivateKey:
    """Return the private key of that id. Raises CommandRefused when its file is missing or invalid."""
    try:
        key = serialization.load_pem_private_key(_build_path(directory, kid).read_bytes(), password=None)
    except (OSError, ValueError) as error:
        raise CommandRefused(
            f"the file of key {kid} cannot be read; restore it, or add another key"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise CommandRefused(f"the file of key {kid} holds no Ed25519 key")
    return key


def publish_key(session: Session, directory: Path, kid: str) -> None:
    """Put the public half of a key in the key set. Raises CommandRefused."""
    public = load_private_key(directory, kid).public_key()
    if session.get(SigningKey, kid):
        raise CommandRefused(f"key {kid} is published already")
    jwk: dict[str, Any] = OKPAlgorithm.to_jwk(public, as_dict=True)
    session.add(SigningKey(kid=kid, jwk=jwk | {"kid": kid, "alg": "EdDSA", "use": "sig"}))
    session.flush()


def sign_with(session: Session, directory: Path, kid: str, *, skip_wait: bool = False) -> None:
    """Sign with this key from now on; the previous key stays published.

    Raises CommandRefused while services may not have the key yet, unless `skip_wait`.
    """
    load_private_key(directory, kid)
    key = _require_key(session, kid)
    if key.state is KeyState.SIGNING:
        return
    if key.state is KeyState.RETIRED:
        raise CommandRefused(f"key {kid} is retired; add another one")
    if not skip_wait and not _is_unchanged_for(session, key, PUBLISH_AHEAD):
        raise CommandRefused(f"key {kid} was published a moment ago; wait {PUBLISH_AHEAD // 60} minutes")
    session.execute(
        sa.update(SigningKey)
        .where(SigningKey.state == KeyState.SIGNING)
        .values(state=KeyState.PUBLISHED, changed_at=sql_now())
    )
    _set_state(session, key, KeyState.SIGNING)


def retire_key(session: Session, kid: str, *, skip_wait: bool = False) -> None:
    """Remove a key from the key set: tokens that it signed are no longer accepted.

    Raises CommandRefused while it signs, or while tokens that it signed are valid, unless `skip_wait`.
    """
    key = _require_key(session, kid)
    if key.state is KeyState.SIGNING:
        raise CommandRefused(f"key {kid} signs; make another key sign first")
    if not skip_wait and not _is_unchanged_for(session, key, LAST_TOKEN):
        raise CommandRefused(f"tokens signed with key {kid} are still alive; wait {LAST_TOKEN // 60} minutes")
    _set_state(session, key, KeyState.RETIRED)
    add_ending(session, Ending, "key.retired", kid=kid)


def retire_key_again(session: Session, directory: Path, kid: str) -> None:
    """Retire a key that came back with a backup, whatever it does, and delete its file.

    If it signed, `ensure_key` creates another one.
    """
    key = session.get(SigningKey, kid)
    if key is not None and key.state is not KeyState.RETIRED:
        _set_state(session, key, KeyState.RETIRED)
    delete_private_key(directory, kid)


def delete_private_key(directory: Path, kid: str) -> None:
    """Delete the file of a retired key."""
    _build_path(directory, kid).unlink(missing_ok=True)


def ensure_key(session: Session, directory: Path) -> str:
    """Return the id of the key that signs; create one if it is missing. Raises CommandRefused."""
    kid = store.find_signing_kid(session)
    if kid is None:
        kid = add_key(directory)
        publish_key(session, directory, kid)
        sign_with(session, directory, kid, skip_wait=True)
    load_private_key(directory, kid)
    return kid


def _require_key(session: Session, kid: str) -> SigningKey:
    key = session.get(SigningKey, kid)
    if key is None:
        raise CommandRefused(f"key {kid} is not published")
    return key


def _is_unchanged_for(session: Session, key: SigningKey, seconds: int) -> bool:
    changed = sa.select(SigningKey.changed_at < sql_now(-seconds)).where(SigningKey.kid == key.kid)
    return bool(session.scalar(changed))


def _set_state(session: Session, key: SigningKey, state: KeyState) -> None:
    key.state = state
    session.execute(sa.update(SigningKey).where(SigningKey.kid == key.kid).values(changed_at=sql_now()))
    session.flush()


class OwnKeys:
    """The keys with which auth verifies tokens: its own, from its own database."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def find(self, kid: str) -> jwt.PyJWK | None:
        with self._sessions() as session:
            key = session.get(SigningKey, kid) if kid.isascii() and kid.isalnum() else None
        if key is None or key.state is KeyState.RETIRED:
            return None
        return jwt.PyJWK(dict(key.jwk), algorithm="EdDSA")
