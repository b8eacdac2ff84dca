"""Verifying access tokens: one function, one algorithm, required claims, keys that outlive auth's outages.

Every service builds a `TokenVerifier` in `create_app`. Only auth signs; nothing here holds a private key.
"""

import math
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import jwt
import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from services.kit.db import Sessions, sql_now
from services.kit.problems import TokenExpired, TokenInvalid, Unavailable

ALGORITHMS = ["EdDSA"]
REQUIRED_CLAIMS = ["exp", "iat", "iss", "aud", "sub"]
ROLES = frozenset({"citizen", "institution", "officer", "service"})
# Seconds that the clocks of two machines may differ.
LEEWAY = 30
# Seconds a key set is taken as fresh, and seconds between two attempts to fetch it.
FRESH_FOR = 300
RETRY_AFTER = 10

log = structlog.get_logger()


@dataclass(frozen=True)
class Principal:
    """Who calls, as the verified token says."""

    subject: str
    role: str
    scopes: frozenset[str]
    name: str | None = None
    institution_id: str | None = None
    session_id: str | None = None
    # Seconds since 1970, by the clock of auth's database.
    issued_at: float = 0.0
    token: str = field(default="", repr=False)

    @property
    def person_id(self) -> uuid.UUID:
        """The subject of a citizen's token."""
        return uuid.UUID(self.subject)


class KnownKeyMixin:
    """The public keys of auth, as a service keeps them in its own database."""

    __tablename__ = "known_keys"

    kid: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    jwk: Mapped[dict[str, Any]]
    fetched_at: Mapped[datetime] = mapped_column(default=sql_now())


class Keys(Protocol):
    """Where public keys come from."""

    def find(self, kid: str) -> jwt.PyJWK | None:
        """The key of that id, or None."""
        ...


class Endings(Protocol):
    """Which access tokens have ended before their time."""

    def has_ended(self, principal: Principal) -> bool:
        """Whether the session or the account of that token has ended since it was issued."""
        ...


class KeyRing:
    """auth's public keys: in memory, behind that in the service's own database, behind that at auth.

    A key set that cannot be fetched again stays in use; it is asked for at most every `RETRY_AFTER`
    seconds, so an unknown key id cannot make the service hammer auth.
    """

    def __init__(
        self,
        sessions: Sessions,
        model: type[KnownKeyMixin],
        fetch: Callable[[], Mapping[str, Any]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sessions = sessions
        self._model = model
        self._fetch = fetch
        self._clock = clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fresh_until = 0.0
        self._asked_at = -math.inf
        self._lock = threading.Lock()

    def find(self, kid: str) -> jwt.PyJWK | None:
        """The key of that id, or None. Raises Unavailable while no key at all is known."""
        known = kid in self._keys
        if not known or self._clock() > self._fresh_until:
            # Who has the key goes on with it while another thread asks; who has not waits for the answer.
            if self._lock.acquire(blocking=not known):
                try:
                    self.refresh()
                finally:
                    self._lock.release()
            if not self._keys:
                raise Unavailable
        return self._keys.get(kid)

    def refresh(self) -> None:
        """Fetch the key set and keep it; when auth does not answer, use what was kept."""
        now = self._clock()
        if now - self._asked_at < RETRY_AFTER:
            return
        self._asked_at = now
        try:
            jwks = _require_keys(self._fetch()["keys"])
            fetched = _index_by_kid(jwks)
        except (Unavailable, jwt.PyJWTError, LookupError, TypeError, ValueError) as error:
            log.warning("keys.kept", reason=type(error.__cause__ or error).__name__)
            self._recall()
            return
        self._keys = fetched
        self._fresh_until = now + FRESH_FOR
        self._keep(jwks)

    def _recall(self) -> None:
        if self._keys:
            return
        with self._sessions() as session:
            self._keys = _index_by_kid([row.jwk for row in session.scalars(sa.select(self._model))])

    def _keep(self, jwks: Sequence[Mapping[str, Any]]) -> None:
        try:
            with self._sessions.begin() as session:
                session.execute(
                    sa.delete(self._model).where(self._model.kid.not_in([jwk["kid"] for jwk in jwks]))
                )
                kept = set(session.scalars(sa.select(self._model.kid)))
                for jwk in jwks:
                    if jwk["kid"] not in kept:
                        session.execute(sa.insert(self._model).values(kid=jwk["kid"], jwk=dict(jwk)))
        except SQLAlchemyError as error:
            # Two processes may keep the same key at once; the other one's row serves both.
            log.info("keys.not-kept", reason=type(error).__name__)


def _require_keys(jwks: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    # To believe an empty set would be to end everybody's session.
    some = list(jwks)
    if not some:
        raise ValueError("a key set without keys")
    return some


def _index_by_kid(jwks: Sequence[Mapping[str, Any]]) -> dict[str, jwt.PyJWK]:
    return {jwk["kid"]: jwt.PyJWK(dict(jwk), algorithm="EdDSA") for jwk in jwks}


@dataclass(frozen=True)
class TokenVerifier:
    """Turns a bearer token into a Principal for one audience, or for any of several.

    The signature is checked and the session looked up at every call. Nothing is remembered of either: both
    together take a fraction of a millisecond, and a key that is withdrawn ends its tokens.
    """

    issuer: str
    audience: str | Sequence[str]
    keys: Keys
    endings: Endings

    def verify(self, token: str) -> Principal:
        """Return the principal that a token names. Raises TokenExpired or TokenInvalid."""
        principal = self._read(token)
        if self.endings.has_ended(principal):
            raise TokenInvalid
        return principal

    def _read(self, token: str) -> Principal:
        try:
            header = jwt.get_unverified_header(token)
            key = self.keys.find(str(header.get("kid", ""))) if header.get("alg") in ALGORITHMS else None
            if key is None:
                raise TokenInvalid
            claims = jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                audience=self.audience,
                issuer=self.issuer,
                leeway=LEEWAY,
                options={"require": REQUIRED_CLAIMS},
            )
            return _build_principal(claims, token)
        except jwt.ExpiredSignatureError as error:
            raise TokenExpired from error
        except (jwt.PyJWTError, ValueError) as error:
            raise TokenInvalid from error


def _build_principal(claims: Mapping[str, Any], token: str) -> Principal:
    said = {name: claims.get(name) for name in ("sub", "role", "scope", "name", "institution_id", "sid")}
    if not all(isinstance(word, str | None) for word in said.values()) or said["role"] not in ROLES:
        raise TokenInvalid
    for text in (said["institution_id"], said["sid"], said["sub"] if said["role"] == "citizen" else None):
        if text is not None:
            # Raises ValueError: whoever gets a principal takes these for ids without asking again.
            uuid.UUID(text)
    return Principal(
        subject=claims["sub"],
        role=said["role"],
        scopes=frozenset((said["scope"] or "").split()),
        name=said["name"],
        institution_id=said["institution_id"],
        session_id=said["sid"],
        # May have a fraction (RFC 7519, 2).
        issued_at=float(claims["iat"]),
        token=token,
    )
