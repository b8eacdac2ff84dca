"""Verifying access tokens: one function, one algorithm, required claims, keys that outlive auth's outages.

Every service builds a `TokenVerifier` in `create_app`. Only auth signs; nothing here holds a private key.
"""

import math
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol

import jwt
import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from services.kit.db import Sessions, sql_now
from services.kit.problems import TokenExpired, TokenInvalid, Unavailable

ALGORITHMS = ["EdDSA"]
REQUIRED_CLAIMS = ["exp", "iat", "iss", "aud", "sub"]
ROLES = frozenset({"admin", "citizen", "institution", "officer", "service"})
# The token of an admin who has still to enrol a second factor is without it.
ADMIN_SCOPE = "admin"
# Seconds by which the clocks of two machines may differ.
LEEWAY = 30
# Tokens whose signature is not checked again; each takes about a kibibyte.
VERIFIED_TOKENS = 1024
# Seconds for which a key set is fresh, and between two attempts to fetch it.
FRESH_FOR = 300
RETRY_AFTER = 10

log = structlog.get_logger()


@dataclass(frozen=True)
class Principal:
    """The caller, according to the verified token.

    `is_manager` is true for a clerk who manages the own institution.
    """

    subject: str
    role: str
    scopes: frozenset[str]
    name: str | None = None
    institution_id: str | None = None
    session_id: str | None = None
    # Who acts for the subject: the `sub` of the claim `act` (RFC 8693, 4.1). Mostly nobody.
    actor: str | None = None
    is_manager: bool = False
    # Seconds since 1970, by the clock of auth's database.
    issued_at: float = 0.0
    token: str = field(default="", repr=False)

    @property
    def person_id(self) -> uuid.UUID:
        """The subject of a citizen's token."""
        return uuid.UUID(self.subject)


class KnownKeyMixin:
    """The public keys of auth, as a service stores them in its own database."""

    __tablename__ = "known_keys"

    kid: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    jwk: Mapped[dict[str, Any]]
    fetched_at: Mapped[datetime] = mapped_column(default=sql_now())


class Keys(Protocol):
    """Where public keys come from."""

    def find(self, kid: str) -> jwt.PyJWK | None:
        """Return the key of that id, or None."""
        ...


class Endings(Protocol):
    """Which access tokens were revoked before they expired."""

    def has_ended(self, principal: Principal) -> bool:
        """Return whether the session or the account of that token has ended since it was issued."""
        ...


class KeyRing:
    """auth's public keys: in memory, behind that in the service's own database, behind that at auth.

    A key set that cannot be fetched again stays in use. It is fetched at most every `RETRY_AFTER` seconds, so
    an unknown key id cannot make the service overload auth.
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
        self._fetched_at = -math.inf
        self._lock = threading.Lock()

    def find(self, kid: str) -> jwt.PyJWK | None:
        """Return the key of that id, or None. Raises Unavailable while no key at all is known."""
        is_known = kid in self._keys
        if not is_known or self._clock() > self._fresh_until:
            # With a known key a thread continues while another one fetches; with an unknown key it waits.
            if self._lock.acquire(blocking=not is_known):
                try:
                    self.refresh()
                finally:
                    self._lock.release()
            if not self._keys:
                raise Unavailable
        return self._keys.get(kid)

    def refresh(self) -> None:
        """Fetch the key set and store it; if auth is unavailable, use the stored one."""
        now = self._clock()
        if now - self._fetched_at < RETRY_AFTER:
            return
        self._fetched_at = now
        try:
            jwks = _require_keys(self._fetch()["keys"])
            fetched = _index_by_kid(jwks)
        except (Unavailable, jwt.PyJWTError, LookupError, TypeError, ValueError) as error:
            log.warning("keys.not-fetched", reason=type(error.__cause__ or error).__name__)
            self._load_stored_keys()
            return
        self._keys = fetched
        self._fresh_until = now + FRESH_FOR
        self._store_keys(jwks)

    def _load_stored_keys(self) -> None:
        if self._keys:
            return
        with self._sessions() as session:
            self._keys = _index_by_kid([row.jwk for row in session.scalars(sa.select(self._model))])

    def _store_keys(self, jwks: Sequence[Mapping[str, Any]]) -> None:
        try:
            with self._sessions.begin() as session:
                session.execute(
                    sa.delete(self._model).where(self._model.kid.not_in([jwk["kid"] for jwk in jwks]))
                )
                stored = set(session.scalars(sa.select(self._model.kid)))
                for jwk in jwks:
                    if jwk["kid"] not in stored:
                        session.execute(sa.insert(self._model).values(kid=jwk["kid"], jwk=dict(jwk)))
        except SQLAlchemyError as error:
            # Two processes may store the same key simultaneously; one row serves both.
            log.info("keys.not-stored", reason=type(error).__name__)


def _require_keys(jwks: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    # Accepting an empty set would end all sessions.
    keys = list(jwks)
    if not keys:
        raise ValueError("a key set without keys")
    return keys


def _index_by_kid(jwks: Sequence[Mapping[str, Any]]) -> dict[str, jwt.PyJWK]:
    return {jwk["kid"]: jwt.PyJWK(dict(jwk), algorithm="EdDSA") for jwk in jwks}


class _Verified(NamedTuple):
    """What a verified token says, until when it is valid, and the key that its signature was checked with."""

    principal: Principal
    expires_at: float
    kid: str
    key: jwt.PyJWK


class VerifiedTokens:
    """The last tokens of valid signature, by their bytes: a caller sends the same one many times.

    A token is found until it expires, or until the key ring has fetched its keys again.
    """

    def __init__(self, size: int = VERIFIED_TOKENS) -> None:
        self._size = size
        self._tokens: OrderedDict[str, _Verified] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, token: str, keys: Keys) -> Principal | None:
        """Return the principal of a token that was added. Raises Unavailable while no key is known."""
        with self._lock:
            if (verified := self._tokens.get(token)) is None:
                return None
            self._tokens.move_to_end(token)
        if time.time() < verified.expires_at + LEEWAY and keys.find(verified.kid) is verified.key:
            return verified.principal
        with self._lock:
            self._tokens.pop(token, None)
        return None

    def add(self, principal: Principal, expires_at: float, kid: str, key: jwt.PyJWK) -> None:
        """Add the token of a principal; the one that was used longest ago goes if there are too many."""
        with self._lock:
            self._tokens[principal.token] = _Verified(principal, expires_at, kid, key)
            self._tokens.move_to_end(principal.token)
            while len(self._tokens) > self._size:
                self._tokens.popitem(last=False)


@dataclass(frozen=True)
class TokenVerifier:
    """Turns a bearer token into a Principal for one audience, or for any of several.

    The session is looked up at every call. A signature is checked once for as long as the key ring has the
    same keys, so that withdrawing a key revokes its tokens.
    """

    issuer: str
    audience: str | Sequence[str]
    keys: Keys
    endings: Endings
    _verified: VerifiedTokens = field(default_factory=VerifiedTokens, init=False, repr=False, compare=False)

    def verify(self, token: str) -> Principal:
        """Return the principal that a token names. Raises TokenExpired or TokenInvalid."""
        principal = self._verified.find(token, self.keys) or self._read(token)
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
            principal = _build_principal(claims, token)
        except jwt.ExpiredSignatureError as error:
            raise TokenExpired from error
        except (jwt.PyJWTError, ValueError) as error:
            raise TokenInvalid from error
        self._verified.add(principal, float(claims["exp"]), str(header["kid"]), key)
        return principal


def _build_principal(claims: Mapping[str, Any], token: str) -> Principal:
    texts = {name: claims.get(name) for name in ("sub", "role", "scope", "name", "institution_id", "sid")}
    if not all(isinstance(text, str | None) for text in texts.values()) or texts["role"] not in ROLES:
        raise TokenInvalid
    for text in (texts["institution_id"], texts["sid"], texts["sub"] if texts["role"] == "citizen" else None):
        if text is not None:
            # Raises ValueError: the users of a principal rely on these being ids.
            uuid.UUID(text)
    # Only a clerk of an institution can be its manager.
    is_manager = claims.get("manager") is True and texts["role"] == "institution"
    return Principal(
        subject=claims["sub"],
        role=texts["role"],
        scopes=frozenset((texts["scope"] or "").split()),
        name=texts["name"],
        institution_id=texts["institution_id"],
        session_id=texts["sid"],
        actor=_find_actor(claims),
        is_manager=is_manager and texts["institution_id"] is not None,
        # May have a fraction (RFC 7519, 2).
        issued_at=float(claims["iat"]),
        token=token,
    )


def _find_actor(claims: Mapping[str, Any]) -> str | None:
    """Return the id of the representative of a citizen's token, None without one. Raises TokenInvalid."""
    if "act" not in claims:
        return None
    actor = claims["act"].get("sub") if isinstance(claims["act"], Mapping) else None
    if not isinstance(actor, str) or claims["role"] != "citizen":
        raise TokenInvalid
    # Raises ValueError.
    return str(uuid.UUID(actor))
