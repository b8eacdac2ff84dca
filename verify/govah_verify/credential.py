"""A statement as a credential: an SD-JWT VC (RFC 9901) whose parts its holder may leave out.

The text is `<JWS>~<disclosure>~…~`. Each part that may be left out has a digest in the signed part and a
disclosure behind it, so what is shown is proved, and what is left out stays unknown. There is no key binding:
a credential proves what the organisation has signed, not who presents it.
"""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from govah_verify.json_text import MAX_DEPTH, JsonMalformed, parse_json
from govah_verify.key_set import CREDENTIAL_TYPE, CredentialKey
from govah_verify.signatures import (
    LEEWAY,
    SignatureFault,
    SignatureInvalid,
    decode_strictly,
    open_signed,
)

TYPE = CREDENTIAL_TYPE
STATEMENT_VCT = "urn:govah:credential:statement:1"
LARGEST_CREDENTIAL = 4 * 1024**2
MOST_DISCLOSURES = 1000
_DISCLOSURE_ITEMS, _ELEMENT_ITEMS = 3, 2


class CredentialFault(StrEnum):
    MALFORMED = "malformed"
    KEY_UNKNOWN = "key-unknown"
    SIGNATURE_WRONG = "signature-wrong"
    KEY_RETIRED = "key-retired"
    KEY_OF_OTHERS = "key-of-others"
    OTHER_ISSUER = "other-issuer"
    OTHER_TYPE = "other-type"
    NOT_YET_VALID = "not-yet-valid"


_SIGNATURE_FAULTS: Mapping[SignatureFault, CredentialFault] = {
    SignatureFault.MALFORMED: CredentialFault.MALFORMED,
    SignatureFault.OTHER_KIND: CredentialFault.MALFORMED,
    SignatureFault.KEY_UNKNOWN: CredentialFault.KEY_UNKNOWN,
    SignatureFault.KEY_OF_OTHERS: CredentialFault.KEY_OF_OTHERS,
    SignatureFault.SIGNATURE_WRONG: CredentialFault.SIGNATURE_WRONG,
}


class CredentialInvalid(ValueError):
    """The text proves nothing; `fault` says why."""

    def __init__(self, fault: CredentialFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True)
class Credential:
    """What a credential proves: its claims with everything disclosed, and how many parts are left out."""

    claims: Mapping[str, Any]
    hidden: int
    kid: str

    @property
    def issued_at(self) -> datetime:
        """When the credential was signed."""
        return datetime.fromtimestamp(self.claims["iat"], UTC)


def verify_credential(
    text: str, keys: Iterable[CredentialKey], issuers: Sequence[str] = (), now: datetime | None = None
) -> Credential:
    """Return what a credential proves. Raises CredentialInvalid.

    `issuers` are the public addresses whose credentials count; without any, all that are signed do.
    """
    if len(text) > LARGEST_CREDENTIAL or not text.isascii():
        raise CredentialInvalid(CredentialFault.MALFORMED)
    signed, *disclosures = text.strip().split("~")
    # A text behind the last tilde would be the key binding of a holder, for which no claim here has a key.
    if not disclosures or disclosures.pop() or len(disclosures) > MOST_DISCLOSURES:
        raise CredentialInvalid(CredentialFault.MALFORMED)
    payload, key = _verify_signature(signed, keys)
    _check_claims(payload, key, issuers, now or datetime.now(UTC))
    reader = _Reader(
        {_hash_disclosure(disclosure): _parse_disclosure(disclosure) for disclosure in disclosures}
    )
    if len(reader.unread) != len(disclosures):
        raise CredentialInvalid(CredentialFault.MALFORMED)
    claims = reader.read(payload)
    if reader.unread:
        raise CredentialInvalid(CredentialFault.MALFORMED)
    del claims["_sd_alg"]
    return Credential(claims, reader.hidden, key.kid)


def _check_claims(
    payload: Mapping[str, Any], key: CredentialKey, issuers: Sequence[str], now: datetime
) -> None:
    issued_at = payload.get("iat")
    if type(issued_at) is not int or not isinstance(payload.get("iss"), str):
        raise CredentialInvalid(CredentialFault.MALFORMED)
    if payload.get("vct") != STATEMENT_VCT:
        raise CredentialInvalid(CredentialFault.OTHER_TYPE)
    if issuers and payload["iss"].rstrip("/") not in {issuer.rstrip("/") for issuer in issuers}:
        raise CredentialInvalid(CredentialFault.OTHER_ISSUER)
    if not key.is_signing_at(issued_at):
        raise CredentialInvalid(CredentialFault.KEY_RETIRED)
    if issued_at > now.timestamp() + LEEWAY:
        raise CredentialInvalid(CredentialFault.NOT_YET_VALID)


def _verify_signature(signed: str, keys: Iterable[CredentialKey]) -> tuple[dict[str, Any], CredentialKey]:
    try:
        opened = open_signed(signed, keys, [TYPE], LARGEST_CREDENTIAL)
    except SignatureInvalid as error:
        raise CredentialInvalid(_SIGNATURE_FAULTS[error.fault]) from error
    if opened.claims.get("_sd_alg") != "sha-256":
        raise CredentialInvalid(CredentialFault.MALFORMED)
    return dict(opened.claims), opened.key


def _hash_disclosure(disclosure: str) -> str:
    return _encode(sha256(disclosure.encode()).digest())


def _parse(data: bytes) -> Any:
    try:
        return parse_json(data, LARGEST_CREDENTIAL)
    except JsonMalformed as error:
        raise CredentialInvalid(CredentialFault.MALFORMED) from error


def _decode(text: str) -> bytes:
    try:
        return decode_strictly(text)
    except SignatureInvalid as error:
        raise CredentialInvalid(CredentialFault.MALFORMED) from error


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _parse_disclosure(disclosure: str) -> list[Any]:
    items = _parse(_decode(disclosure))
    if not isinstance(items, list) or len(items) not in (_DISCLOSURE_ITEMS, _ELEMENT_ITEMS):
        raise CredentialInvalid(CredentialFault.MALFORMED)
    named = len(items) == _DISCLOSURE_ITEMS
    if not isinstance(items[0], str) or (named and not isinstance(items[1], str)):
        raise CredentialInvalid(CredentialFault.MALFORMED)
    return items


class _Reader:
    """Puts disclosures in the places of their digests (RFC 9901, 7.1), each in one place."""

    def __init__(self, disclosures: Mapping[str, list[Any]]) -> None:
        self.unread = dict(disclosures)
        self.hidden = 0
        self._digests: set[str] = set()

    def read(self, value: Any, *, depth: int = 0) -> Any:
        """Return a value with what is disclosed in it."""
        if depth > MAX_DEPTH:
            raise CredentialInvalid(CredentialFault.MALFORMED)
        if isinstance(value, dict):
            return self._read_object(value, depth + 1)
        if isinstance(value, list):
            return [inner for item in value for inner in self._read_element(item, depth + 1)]
        return value

    def _read_object(self, value: dict[str, Any], depth: int) -> dict[str, Any]:
        digests = value.get("_sd", [])
        if "..." in value or not isinstance(digests, list):
            raise CredentialInvalid(CredentialFault.MALFORMED)
        # Only the outermost object says how digests are made.
        if depth > 1 and "_sd_alg" in value:
            raise CredentialInvalid(CredentialFault.MALFORMED)
        read = {name: self.read(inner, depth=depth) for name, inner in value.items() if name != "_sd"}
        for digest in digests:
            disclosure = self._take(digest, _DISCLOSURE_ITEMS)
            if disclosure is None:
                continue
            _, name, inner = disclosure
            if name in read or name in {"_sd", "...", "_sd_alg"}:
                raise CredentialInvalid(CredentialFault.MALFORMED)
            read[name] = self.read(inner, depth=depth)
        return read

    def _read_element(self, item: Any, depth: int) -> Sequence[Any]:
        if not (isinstance(item, dict) and "..." in item):
            return [self.read(item, depth=depth)]
        if len(item) != 1:
            raise CredentialInvalid(CredentialFault.MALFORMED)
        disclosure = self._take(item["..."], _ELEMENT_ITEMS)
        return [] if disclosure is None else [self.read(disclosure[1], depth=depth)]

    def _take(self, digest: Any, items: int) -> list[Any] | None:
        """Return the disclosure of a digest, None if its part is left out."""
        if not isinstance(digest, str) or digest in self._digests:
            raise CredentialInvalid(CredentialFault.MALFORMED)
        self._digests.add(digest)
        disclosure = self.unread.pop(digest, None)
        if disclosure is None:
            self.hidden += 1
        elif len(disclosure) != items:
            raise CredentialInvalid(CredentialFault.MALFORMED)
        return disclosure
