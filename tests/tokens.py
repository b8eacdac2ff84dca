"""Access tokens for service tests: minted here with a key of the tests' own, verified by the real code."""

import time
import uuid
from collections.abc import Iterable
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from services.kit.tokens import Endings, Principal

ISSUER = "govah"
KID = "test-key"
AUDIENCES = {"citizen": ["auth", "records", "disclosure", "inquiry"], "institution": ["inquiry"]}

_PRIVATE = Ed25519PrivateKey.generate()


def build_public_jwk(private: Ed25519PrivateKey = _PRIVATE, kid: str = KID) -> dict[str, Any]:
    """Return the public half as it is in a key set."""
    jwk: dict[str, Any] = OKPAlgorithm.to_jwk(private.public_key(), as_dict=True)
    return jwk | {"kid": kid, "alg": "EdDSA", "use": "sig"}


class TestKeys:
    """Keys (the port of `TokenVerifier`) that know the tests' key."""

    __test__ = False

    def find(self, kid: str) -> jwt.PyJWK | None:
        return jwt.PyJWK(build_public_jwk(), algorithm="EdDSA") if kid == KID else None


class NothingEnded(Endings):
    """Endings (the port of `TokenVerifier`) for tests in which no session ends before its time."""

    def has_ended(self, principal: Principal) -> bool:
        return False


def mint(
    role: str,
    subject: str | uuid.UUID,
    audience: str | list[str] | None = None,
    scopes: Iterable[str] = (),
    *,
    # Some tests mint when they are collected, and a whole run takes its time.
    expires_in: int = 3600,
    private: Ed25519PrivateKey = _PRIVATE,
    kid: str = KID,
    **claims: Any,
) -> str:
    """Return a signed access token; `audience` defaults to what api.md gives the role."""
    now = int(time.time())
    body = {
        "iss": ISSUER,
        "sub": str(subject),
        "aud": audience or AUDIENCES.get(role, AUDIENCES["citizen"]),
        "iat": now,
        "exp": now + expires_in,
        "role": role,
        "scope": " ".join(scopes),
        **claims,
    }
    return jwt.encode(body, private, algorithm="EdDSA", headers={"kid": kid})


def build_bearer_header(token: str) -> dict[str, str]:
    """Return the header that carries a token."""
    return {"Authorization": f"Bearer {token}"}
