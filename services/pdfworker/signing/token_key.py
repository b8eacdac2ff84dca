"""The signing key in a hardware security module, reached by PKCS#11 through pyHanko. Called by `app`.

The key never leaves the module; the worker sends it what is to be signed. A PKCS#11 library must not be
carried over a fork, so every process opens a session of its own, at its first letter.
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

from services.pdfworker.signing.credentials import Credentials, read_file
from services.pdfworker.signing.errors import SigningUnavailable, SigningUnusable

# Signed once when a session is opened, to learn whether key and certificate belong together.
CHALLENGE = b"govah signing key"
TRIAL_SECONDS = 30.0
NO_ANSWER = "ماژول امنیتی پاسخ نمی‌دهد / the security module does not answer"


@dataclass(frozen=True)
class TokenPlace:
    """Where a key is: the PKCS#11 library, the token's label, the key's label, and the user's PIN."""

    module: Path
    token: str
    key: str
    pin: SecretStr


@dataclass
class TokenKey:
    """A private key of ECDSA P-256 in a token; `sign` is that of `cryptography`'s keys."""

    place: TokenPlace
    certificate: x509.Certificate
    _signer: PKCS11Signer | None = field(default=None, init=False, repr=False)
    _owner: int = field(default=0, init=False, repr=False)

    def sign(self, data: bytes, signature_algorithm: ec.EllipticCurveSignatureAlgorithm) -> bytes:
        """Return the signature of data (ECDSA with SHA-256), in DER.

        Raises SigningUnavailable where the token does not answer, or holds another key.
        """
        if not isinstance(signature_algorithm.algorithm, hashes.SHA256):
            raise TypeError("letters are signed with SHA-256")
        if self._signer is None or self._owner != os.getpid():
            self._signer, self._owner = self._open(), os.getpid()
        try:
            return _sign(self._signer, data)
        except SigningUnavailable:
            # The next attempt opens a new session: a module may have been restarted or replaced.
            self._signer = None
            raise

    def _open(self) -> PKCS11Signer:
        signer = PKCS11Signer(
            _open_session(self.place),
            signing_cert=asn1_x509.Certificate.load(self.certificate.public_bytes(Encoding.DER)),
            key_label=self.place.key,
            # Hashed here: CKM_ECDSA is in every module, CKM_ECDSA_SHA256 is not.
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


def _open_session(place: TokenPlace) -> Session:
    criteria = TokenCriteria(label=place.token)
    try:
        try:
            return open_pkcs11_session(
                str(place.module), token_criteria=criteria, user_pin=place.pin.get_secret_value()
            )
        except UserAlreadyLoggedIn:
            # A process logs in once for all of its sessions, the one that failed before this included.
            return open_pkcs11_session(str(place.module), token_criteria=criteria)
    except (PKCS11Error, RuntimeError, OSError) as error:
        raise _unavailable(error) from None


def load_token_credentials(place: TokenPlace, certificates_file: Path) -> Credentials:
    """Return a key in a token with its certificates, the signer's first, after one trial signature.

    Raises SigningUnusable with the reason in both languages.
    """
    data = read_file(certificates_file, "گواهی امضا", "certificates file")
    try:
        certificate, *others = x509.load_pem_x509_certificates(data)
    except ValueError:
        raise SigningUnusable(
            f"گواهی امضا در قالب PEM نیست / {certificates_file.name} holds no certificates in PEM"
        ) from None
    public_key = certificate.public_key()
    if not isinstance(public_key, ec.EllipticCurvePublicKey) or not isinstance(
        public_key.curve, ec.SECP256R1
    ):
        raise SigningUnusable(
            f"کلید امضا باید ECDSA P-256 باشد / "
            f"the key in {certificates_file.name} must be one of ECDSA P-256"
        )
    key = TokenKey(place, certificate)
    between = [other for other in others if other.issuer != other.subject]
    credentials = Credentials(key, certificate, between)
    try:
        credentials.demand_valid(datetime.now(UTC))
        _try_in_another_process(key)
    except SigningUnavailable as error:
        raise SigningUnusable(str(error)) from None
    return credentials


def _try_in_another_process(key: TokenKey) -> None:
    """Raise SigningUnavailable where the key signs nothing within `TRIAL_SECONDS`.

    In this process the library would be open when the worker forks the processes that use it.
    """
    context = get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_report_trial, args=(key, sender), daemon=True)
    process.start()
    sender.close()
    try:
        reason = receiver.recv() if receiver.poll(TRIAL_SECONDS) else NO_ANSWER
    except EOFError:
        reason = NO_ANSWER
    process.kill()
    process.join()
    if reason:
        raise SigningUnavailable(reason)


def _report_trial(key: TokenKey, sender: Connection) -> None:
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
        raise _unavailable(error) from None


def _unavailable(error: Exception) -> SigningUnavailable:
    # Their own words may name what nobody shall read; the type says enough.
    return SigningUnavailable(
        f"ماژول امنیتی امضا نمی‌کند / the security module does not sign: {type(error).__name__}"
    )
