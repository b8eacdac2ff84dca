"""A letter's statement as a credential (SD-JWT VC, RFC 9901), of which the person may leave parts out.

Each part has a disclosure of its own: a field of the person, a sum, a table, and in a table each total. So
the sum of all days can be shown without a single month. Each call issues a credential with new salts, which
is stored nowhere: two credentials of a letter cannot be linked by their digests. None is attached to the PDF.
"""

import base64
import hashlib
import json
import secrets
import warnings
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from joserfc import jws
from joserfc.errors import SecurityWarning
from joserfc.jwk import OKPKey

from services.disclosure.errors import CredentialsNotIssued, PartUnknown

TYPE = "dc+sd-jwt"
VCT = "urn:govah:credential:statement:1"
# Open in every credential: a sum says nothing about months that are under an objection.
_OPEN = ("schema_version", "as_of", "as_of_jalali", "types", "disputed_months")
_SALT_BYTES = 16

log = structlog.get_logger()


class CredentialSigner:
    """The key that signs credentials, read from its file for each use: a rotation needs no restart."""

    def __init__(self, key_file: Path | None) -> None:
        self._key_file = key_file

    def sign(self, payload: Mapping[str, Any], kind: str = TYPE) -> str:
        """Return the compact JWS of a payload. Raises CredentialsNotIssued without a usable key."""
        key = self._load_key()
        header = {"alg": "EdDSA", "typ": kind, "kid": key.thumbprint()}
        content = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
        with warnings.catch_warnings():
            # RFC 9864 has another name for this algorithm, which readers do not know yet.
            warnings.simplefilter("ignore", SecurityWarning)
            return jws.serialize_compact(header, content, key, algorithms=["EdDSA"])

    def _load_key(self) -> OKPKey:
        if self._key_file is None:
            raise CredentialsNotIssued
        try:
            key = load_pem_private_key(self._key_file.read_bytes(), None)
        except (OSError, ValueError, TypeError) as error:
            log.error("credential-key.unusable", reason=type(error).__name__)  # noqa: TRY400 -- the cause is in the reason
            raise CredentialsNotIssued from error
        if not isinstance(key, Ed25519PrivateKey):
            log.error("credential-key.unusable", reason="not an Ed25519 key")
            raise CredentialsNotIssued
        halves = {
            "x": encode_base64url(key.public_key().public_bytes_raw()),
            "d": encode_base64url(key.private_bytes_raw()),
        }
        return OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", **halves})


def encode_base64url(raw: bytes) -> str:
    """Return bytes in base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


@dataclass
class _Disclosures:
    """The disclosures of a credential, in the order of their parts."""

    chosen: Collection[str]
    texts: list[str] = field(default_factory=list)
    parts: set[str] = field(default_factory=set)

    def hide(self, members: Mapping[str, Any], at: str = "") -> list[str]:
        """Return the digests of members, sorted so that their order says nothing; `at` is their place."""
        return sorted(self._hide_one(name, value, f"{at}{name}") for name, value in members.items())

    def _hide_one(self, name: str, value: Any, part: str) -> str:
        salt = encode_base64url(secrets.token_bytes(_SALT_BYTES))
        text = json.dumps([salt, name, value], ensure_ascii=False, separators=(",", ":")).encode()
        disclosure = encode_base64url(text)
        self.parts.add(part)
        if not self.chosen or any(_is_shown_by(choice, part) for choice in self.chosen):
            self.texts.append(disclosure)
        return encode_base64url(hashlib.sha256(disclosure.encode("ascii")).digest())


def _is_shown_by(choice: str, part: str) -> bool:
    """Return whether a choice shows a part: it names the part, what holds it, or something inside it."""
    return f"{part}.".startswith(f"{choice}.") or f"{choice}.".startswith(f"{part}.")


def issue_credential(
    signer: CredentialSigner,
    issuer: str,
    serial: str,
    statement: Mapping[str, Any],
    *,
    at: datetime,
    chosen: Collection[str] = (),
) -> str:
    """Return the credential of a letter's statement with the chosen parts disclosed; without any, with all.

    A part is named by its path, such as `person.last_name`, `tables.wages` or `tables.wages.total_wage`. The
    state of the letter is public under its serial number. Raises PartUnknown, CredentialsNotIssued.
    """
    disclosures = _Disclosures(chosen)
    tables = {
        kind: {"_sd": disclosures.hide(table, f"tables.{kind}.")}
        for kind, table in statement["tables"].items()
    }
    payload = {
        "iss": issuer,
        "iat": int(at.timestamp()),
        "vct": VCT,
        "serial": serial,
        **{name: statement[name] for name in _OPEN if name in statement},
        **{name: {"_sd": disclosures.hide(statement[name], f"{name}.")} for name in ("person", "summary")},
        "tables": {"_sd": disclosures.hide(tables, "tables.")},
        "_sd": disclosures.hide({"corrections": statement.get("corrections", [])}),
        "_sd_alg": "sha-256",
    }
    for choice in chosen:
        if not any(f"{part}.".startswith(f"{choice}.") for part in disclosures.parts):
            raise PartUnknown(part=choice)
    return "~".join((signer.sign(payload), *disclosures.texts, ""))
