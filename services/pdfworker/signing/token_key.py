"""The signing key in a hardware security module, used by PKCS#11 through pyHanko. Called by `app`.

The key never leaves the module, which signs the data that the worker sends. A PKCS#11 library must not be
used across a fork, so each process opens its own session for its first letter.
"""

import asyncio
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from pkcs11 import Session
from pkcs11.exceptions import PKCS11Error, UserAlreadyLoggedIn
from pydantic import SecretStr
from pyhanko.config.pkcs11 import TokenCriteria
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.pkcs11 import PKCS11Signer, open_pkcs11_session

from services.pdfworker.signing.credentials import Credentials, read_key_file
from services.pdfworker.signing.errors import SigningUnavailable, SigningUnusable

# Signed at the start of a session, to check that key and certificate match.
CHALLENGE = b"govah signing key"
PROBE_TIMEOUT_SECONDS = 30.0
TIMED_OUT = "ماژول امنیتی پاسخ نمی‌دهد / the security module does not answer"


@dataclass(frozen=True)
class TokenLocation:
    """The location of a key: PKCS#11 library, label of the token, label of the key, and PIN of the user."""

    module: Path
    token: str
    key: str
    pin: SecretStr


@dataclass
class TokenKey:
    """A private ECDSA P-256 key in a token, with the interface of `cryptography`'s keys."""

    location: TokenLocation
    certificate: x509.Certificate
    _signer: PKCS11Signer | None = field(default=None, init=False, repr=False)
    _owner_pid: int = field(default=0, init=False, repr=False)

    def sign(self, data: bytes, signature_algorithm: ec.EllipticCurveSignatureAlgorithm) -> bytes:
        """Return the signature of data (ECDSA with SHA-256), in DER.

        Raises SigningUnavailable if the token does not answer or holds another key.
        """
        if not isinstance(signature_algorithm.algorithm, hashes.SHA256):
            raise TypeError("letters are signed with SHA-256")
        if self._signer is None or self._owner_pid != os.getpid():
            self._signer, self._owner_pid = self._open_signer(), os.getpid()
        try:
            return _sign(self._signer, data)
        except SigningUnavailable:
            # The next attempt opens a new session, since the module may have been restarted or replaced.
            self._signer = None
            raise

    def _open_signer(self) -> PKCS11Signer:
        signer = PKCS11Signer(
            _open_session(self.location),
            signing_cert=asn1_x509.Certificate.load(self.certificate.public_bytes(Encoding.DER)),
            key_label=self.location.key,
            # Hashed here: every module supports CKM_ECDSA, but not CKM_ECDSA_SHA256.
            use_raw_mechanism=True,
        )
        value = _sign(signer, CHALLENGE)
        public_key = self.certificate.public_key()
        assert isinstance(public_key, ec.EllipticCurvePublicKey)
        try:
            public_key.verify(value, CHALLENGE, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            raise SigningUnavailable(
                "کلید درون ماژول امنیتی از آنِ این گواهی نیست / "
                "the key in the security module does not belong to the signing certificate"
            ) from None
        return signer


def _open_session(location: TokenLocation) -> Session:
    criteria = TokenCriteria(label=location.token)
    try:
        try:
            return open_pkcs11_session(
                str(location.module), token_criteria=criteria, user_pin=location.pin.get_secret_value()
            )
        except UserAlreadyLoggedIn:
            # The login of a process covers all its sessions, also one that failed before.
            return open_pkcs11_session(str(location.module), token_criteria=criteria)
    except (PKCS11Error, RuntimeError, OSError) as error:
        raise _build_error(error) from None


def load_token_credentials(location: TokenLocation, certificates_file: Path) -> Credentials:
    """Return the credentials of a key in a token, after one trial signature.

    The file holds the certificates in PEM, the signer's first. Raises SigningUnusable with the reason in both
    languages.
    """
    data = read_key_file(certificates_file, "گواهی امضا", "certificates file")
    try:
        certificate, *others = x509.load_pem_x509_certificates(data)
    except ValueError:
        raise SigningUnusable(
            f"گواهی امضا در قالب PEM نیست / {certificates_file.name} holds no certificate in PEM"
        ) from None
    public_key = certificate.public_key()
    if not isinstance(public_key, ec.EllipticCurvePublicKey) or not isinstance(
        public_key.curve, ec.SECP256R1
    ):
        raise SigningUnusable(
            f"کلید امضا باید ECDSA P-256 باشد / "
            f"the key in {certificates_file.name} must be an ECDSA P-256 key"
        )
    key = TokenKey(location, certificate)
    intermediates = [other for other in others if other.issuer != other.subject]
    credentials = Credentials(key, certificate, intermediates)
    try:
        credentials.require_valid(datetime.now(UTC))
        _probe_key(key)
    except SigningUnavailable as error:
        raise SigningUnusable(str(error)) from None
    return credentials


def _probe_key(key: TokenKey) -> None:
    """Raise SigningUnavailable if the key does not sign within `PROBE_TIMEOUT_SECONDS`.

    The probe runs in another process. In this one the library would be open when the worker forks its
    processes.
    """
    context = get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_report_probe, args=(key, sender), daemon=True)
    process.start()
    sender.close()
    try:
        reason = receiver.recv() if receiver.poll(PROBE_TIMEOUT_SECONDS) else TIMED_OUT
    except EOFError:
        reason = TIMED_OUT
    process.kill()
    process.join()
    if reason:
        raise SigningUnavailable(reason)


def _report_probe(key: TokenKey, sender: Connection) -> None:
    try:
        key.sign(CHALLENGE, ec.ECDSA(hashes.SHA256()))
    except SigningUnavailable as error:
        sender.send(str(error))
    else:
        sender.send("")


def _sign(signer: PKCS11Signer, data: bytes) -> bytes:
    try:
        return asyncio.run(signer.async_sign_raw(data, "sha256"))
    except (PKCS11Error, PdfError, RuntimeError, OSError) as error:
        raise _build_error(error) from None


def _build_error(error: Exception) -> SigningUnavailable:
    # The message of the error may hold secrets, so only its type is logged.
    return SigningUnavailable(
        f"ماژول امنیتی امضا نمی‌کند / the security module does not sign: {type(error).__name__}"
    )
