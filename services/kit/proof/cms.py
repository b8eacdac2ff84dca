"""The one layout that a letter's signature has: CMS (RFC 5652) as PAdES asks for (ETSI EN 319 142-1).

Everything in it follows from the certificates, the digest and the signature. So a reader lays the same out
again and compares: not one byte can be other than it was made, also where no signature reaches.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from services.kit.proof.der import (
    OBJECT_ID,
    OCTETS,
    SEQUENCE,
    SET,
    DerInvalid,
    content,
    der,
    integer,
    parts,
    whole,
)

# Tags of this structure's own: [0], [1] and, in GeneralNames, [4].
ZERO, ONE, DIRECTORY_NAME = 0xA0, 0xA1, 0xA4

_DATA = der(OBJECT_ID, bytes.fromhex("2a864886f70d010701"))
_SIGNED_DATA = der(OBJECT_ID, bytes.fromhex("2a864886f70d010702"))
_CONTENT_TYPE = der(OBJECT_ID, bytes.fromhex("2a864886f70d010903"))
_MESSAGE_DIGEST = der(OBJECT_ID, bytes.fromhex("2a864886f70d010904"))
_SIGNING_CERTIFICATE_V2 = der(OBJECT_ID, bytes.fromhex("2a864886f70d010910022f"))
_TIME_STAMP_TOKEN = der(OBJECT_ID, bytes.fromhex("2a864886f70d010910020e"))
_SHA256 = der(SEQUENCE, der(OBJECT_ID, bytes.fromhex("608648016503040201")), der(0x05))
_ECDSA_WITH_SHA256 = der(SEQUENCE, der(OBJECT_ID, bytes.fromhex("2a8648ce3d040302")))


class SignatureMalformed(ValueError):
    """Bytes that are not laid out like a letter's signature."""


@dataclass(frozen=True)
class Signature:
    """A letter's signature in its pieces; the signer's certificate is the first."""

    certificates: Sequence[x509.Certificate]
    value: bytes
    time_stamp: bytes | None = None


def to_be_signed(certificate: x509.Certificate, digest: bytes) -> bytes:
    """Return the attributes that are signed for a document's SHA-256 digest."""
    names = der(SEQUENCE, der(DIRECTORY_NAME, certificate.issuer.public_bytes()))
    signer = der(
        SEQUENCE,
        der(OCTETS, sha256(certificate.public_bytes(Encoding.DER)).digest()),
        der(SEQUENCE, names, integer(certificate.serial_number)),
    )
    attributes = (
        der(SEQUENCE, _CONTENT_TYPE, der(SET, _DATA)),
        der(SEQUENCE, _MESSAGE_DIGEST, der(SET, der(OCTETS, digest))),
        der(SEQUENCE, _SIGNING_CERTIFICATE_V2, der(SET, der(SEQUENCE, der(SEQUENCE, signer)))),
    )
    return der(SET, *sorted(attributes))


def lay_out(signature: Signature, digest: bytes) -> bytes:
    """Return the whole CMS message of a document's SHA-256 digest."""
    signer, *_ = signature.certificates
    certificates = sorted(one.public_bytes(Encoding.DER) for one in signature.certificates)
    stamps: list[bytes] = []
    if signature.time_stamp is not None:
        stamps.append(der(ONE, der(SEQUENCE, _TIME_STAMP_TOKEN, der(SET, signature.time_stamp))))
    signer_info = der(
        SEQUENCE,
        integer(1),
        der(SEQUENCE, signer.issuer.public_bytes(), integer(signer.serial_number)),
        _SHA256,
        der(ZERO, content(to_be_signed(signer, digest))),
        _ECDSA_WITH_SHA256,
        der(OCTETS, signature.value),
        *stamps,
    )
    signed_data = der(
        SEQUENCE,
        integer(1),
        der(SET, _SHA256),
        der(SEQUENCE, _DATA),
        der(ZERO, *certificates),
        der(SET, signer_info),
    )
    return der(SEQUENCE, _SIGNED_DATA, der(ZERO, signed_data))


def read(message: bytes, digest: bytes) -> Signature:
    """Return the pieces of a signature over a document's digest, once all of its bytes and its value hold.

    `message` may be followed by other bytes. Who the certificates are is not looked at. Raises
    SignatureMalformed, or InvalidSignature where the document or the signature's value is not what it was.
    """
    try:
        signature = _pieces(message)
        if lay_out(signature, digest) != whole(message):
            raise InvalidSignature
        signer = signature.certificates[0]
        key = signer.public_key()
    except (ValueError, IndexError, x509.InvalidVersion, UnsupportedAlgorithm) as error:
        raise SignatureMalformed("not laid out like a letter's signature") from error
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise SignatureMalformed("not a key of an elliptic curve")
    key.verify(signature.value, to_be_signed(signer, digest), ec.ECDSA(hashes.SHA256()))
    return signature


def _pieces(message: bytes) -> Signature:
    _, wrapped = parts(whole(message))
    [signed_data] = parts(wrapped)
    _, _, _, held, signer_infos = parts(signed_data)
    [signer_info] = parts(signer_infos)
    _, signer_id, _, _, _, value, *unsigned = parts(signer_info)
    certificates = [x509.load_der_x509_certificate(one) for one in parts(held)]
    if not certificates:
        raise DerInvalid("no certificate")
    certificates.sort(key=lambda one: _id(one) != signer_id)
    stamp = None
    if unsigned:
        [attribute] = parts(unsigned[0])
        _, values = parts(attribute)
        stamp = content(values)
    return Signature(certificates, content(value), stamp)


def _id(certificate: x509.Certificate) -> bytes:
    return der(SEQUENCE, certificate.issuer.public_bytes(), integer(certificate.serial_number))
