"""A software authenticator (WebAuthn): it makes passkeys and signs challenges as a browser with one would."""

import base64
import hashlib
import json
import secrets
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

USER_PRESENT, USER_VERIFIED, HAS_KEY = 0x01, 0x04, 0x40
# RFC 9053: EC2, ES256, P-256.
KEY_TYPE, ALGORITHM, CURVE, X, Y = 1, 3, -1, -2, -3


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Authenticator:
    """One passkey of one site; `verifies` is whether it asks its user for a finger or a PIN."""

    origin: str
    verifies: bool = True
    signs: int = 0
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer to `PublicKeyCredentialCreationOptionsJSON`."""
        numbers = self.key.public_key().public_numbers()
        key: dict[int, int | bytes] = {KEY_TYPE: 2, ALGORITHM: -7, CURVE: 1}
        key |= {X: numbers.x.to_bytes(32), Y: numbers.y.to_bytes(32)}
        length = struct.pack(">H", len(self.credential_id))
        attested = bytes(16) + length + self.credential_id + cbor2.dumps(key)
        data = self._build_data(options["rp"]["id"], HAS_KEY) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._build_client_data("webauthn.create", options["challenge"])
        return self._wrap(attestationObject=encode(attestation), clientDataJSON=encode(client))

    def get(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer to `PublicKeyCredentialRequestOptionsJSON`."""
        self.signs += 1
        data = self._build_data(options["rpId"], 0)
        client = self._build_client_data("webauthn.get", options["challenge"])
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._wrap(
            authenticatorData=encode(data), clientDataJSON=encode(client), signature=encode(signature)
        )

    def _build_data(self, domain: str, flags: int) -> bytes:
        flags |= USER_PRESENT | (USER_VERIFIED if self.verifies else 0)
        return hashlib.sha256(domain.encode()).digest() + struct.pack(">BI", flags, self.signs)

    def _build_client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _wrap(self, **response: str) -> dict[str, Any]:
        credential_id = encode(self.credential_id)
        return {"id": credential_id, "rawId": credential_id, "type": "public-key", "response": response}
