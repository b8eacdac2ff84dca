"""A token whose signature was checked: used again until it expires, its key goes or its session ends."""

import time
from datetime import UTC, datetime, timedelta

import jwt
import pytest
import time_machine

from services.kit.problems import TokenExpired, TokenInvalid
from services.kit.tokens import LEEWAY, Principal, TokenVerifier, VerifiedTokens
from tests.tokens import ISSUER, KID, NothingEnded, build_public_jwk, mint


class Ring:
    """Keys that stay the same object until they are fetched again, as those of `KeyRing`."""

    def __init__(self) -> None:
        self.key: jwt.PyJWK | None = None
        self.fetch()

    def fetch(self) -> None:
        self.key = jwt.PyJWK(build_public_jwk(), algorithm="EdDSA")

    def find(self, kid: str) -> jwt.PyJWK | None:
        return self.key if kid == KID else None


class Endings(NothingEnded):
    ended = False

    def has_ended(self, principal: Principal) -> bool:
        return self.ended


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Provide the tokens whose signatures were checked, in order."""
    tokens: list[str] = []
    decode = jwt.decode

    def note_token(token: str, *arguments: object, **options: object) -> object:
        tokens.append(token)
        return decode(token, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(jwt, "decode", note_token)
    return tokens


def test_a_signature_is_checked_once(decoded: list[str]) -> None:
    verifier = TokenVerifier(ISSUER, "records", Ring(), NothingEnded())
    token, other = (mint("service", name, "records", ["records:events"]) for name in ("auth", "inquiry"))
    assert [verifier.verify(token).subject for _ in range(3)] == ["auth"] * 3
    assert verifier.verify(other).subject == "inquiry"
    assert decoded == [token, other]


def test_a_token_of_another_signature_or_audience_is_refused_after_one_that_was_valid() -> None:
    verifier = TokenVerifier(ISSUER, "records", Ring(), NothingEnded())
    token = mint("service", "auth", "records")
    verifier.verify(token)
    head, _, _signature = token.rpartition(".")
    for forged in (f"{head}.{'A' * 86}", mint("service", "auth", "disclosure")):
        with pytest.raises(TokenInvalid):
            verifier.verify(forged)


def test_a_token_ends_when_it_expires() -> None:
    verifier = TokenVerifier(ISSUER, "records", Ring(), NothingEnded())
    token = mint("service", "auth", "records", expires_in=60)
    verifier.verify(token)
    later = datetime.now(UTC) + timedelta(seconds=60 + LEEWAY + 1)
    with time_machine.travel(later, tick=False), pytest.raises(TokenExpired):
        verifier.verify(token)


def test_a_token_ends_with_its_session_and_with_its_key(decoded: list[str]) -> None:
    ring, endings = Ring(), Endings()
    verifier = TokenVerifier(ISSUER, "records", ring, endings)
    token = mint("service", "auth", "records")
    verifier.verify(token)
    endings.ended = True
    with pytest.raises(TokenInvalid):
        verifier.verify(token)
    endings.ended = False
    ring.fetch()
    verifier.verify(token)
    # The keys are new, so the signature was checked again.
    assert decoded == [token, token]
    ring.key = None
    with pytest.raises(TokenInvalid):
        verifier.verify(token)


def test_the_tokens_that_were_used_longest_ago_are_forgotten() -> None:
    ring, tokens = Ring(), VerifiedTokens(size=2)
    assert ring.key
    expires_at = time.time() + 60
    for name in ("a", "b"):
        tokens.add(Principal(name, "service", frozenset(), token=name), expires_at, KID, ring.key)
    assert tokens.find("a", ring)
    tokens.add(Principal("c", "service", frozenset(), token="c"), expires_at, KID, ring.key)
    assert [bool(tokens.find(name, ring)) for name in ("a", "b", "c")] == [True, False, True]
