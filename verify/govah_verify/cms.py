"""The one layout that a letter's signature has: CMS (RFC 5652) as PAdES asks for (ETSI EN 319 142-1).

Everything in it follows from the certificates, the digest and the signature. asn1crypto reads a signature; a
reader then lays the same out again and compares: not one byte can be other than it was made, also where no
signature reaches. Whether the signature holds and who signed, `judge` tells.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from asn1crypto import cms as asn1
from asn1crypto import core, parser
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding

from govah_verify.der import OBJECT_ID, OCTETS, SEQUENCE, SET, der, integer

# Hexadecimal digits that a letter reserves for its signature, without and with a time stamp. How many they
# are is signed, so a time stamp can neither be added nor taken off.
ROOM, ROOM_WITH_STAMP = 8 * 1024, 32 * 1024
# The signer's and those between it and its authority. Path building is exponential in their number.
MOST_CERTIFICATES = 5
# The order of P-256: (r, s) and (r, ORDER - s) verify alike.
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

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


class SignatureChanged(ValueError):
    """A letter's signature over another document, or of which a byte is other than it was made."""


@dataclass(frozen=True)
class Signature:
    """A letter's signature in its pieces; the signer's certificate is the first."""

    certificates: Sequence[x509.Certificate]
    value: bytes
    time_stamp: bytes | None = None


def to_be_signed(certificate: x509.Certificate, digest: bytes) -> bytes:
    """Return the attributes that are signed for a document's SHA-256 digest."""
    return der(SET, _signed_attributes(certificate, digest))


def _signed_attributes(certificate: x509.Certificate, digest: bytes) -> bytes:
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
    return b"".join(sorted(attributes))


def lay_out(signature: Signature, digest: bytes) -> bytes:
    """Return the whole CMS message of a document's SHA-256 digest."""
    signer, *_ = signature.certificates
    stamps: list[bytes] = []
    if signature.time_stamp is not None:
        stamps.append(der(ONE, der(SEQUENCE, _TIME_STAMP_TOKEN, der(SET, signature.time_stamp))))
    signer_info = der(
        SEQUENCE,
        integer(1),
        der(SEQUENCE, signer.issuer.public_bytes(), integer(signer.serial_number)),
        _SHA256,
        der(ZERO, _signed_attributes(signer, digest)),
        _ECDSA_WITH_SHA256,
        der(OCTETS, signature.value),
        *stamps,
    )
    signed_data = der(
        SEQUENCE,
        integer(1),
        der(SET, _SHA256),
        der(SEQUENCE, _DATA),
        der(ZERO, *_order(signature.certificates)),
        der(SET, signer_info),
    )
    return der(SEQUENCE, _SIGNED_DATA, der(ZERO, signed_data))


def measure(data: bytes) -> int:
    """Return the length of the DER value that bytes begin with. Raises what asn1crypto raises for others."""
    length: int = parser.peek(data)
    if length > len(data):
        raise SignatureMalformed("cut short")
    return length


def read(message: bytes, digest: bytes) -> Signature:
    """Return the pieces of a signature over a document's digest, once all its bytes are as they are laid out.

    Whether its value holds and whose the certificates are is not looked at. Raises SignatureChanged where it
    is one of another document or not a letter's layout, SignatureMalformed, and what the libraries raise.
    """
    signature = _read_pieces(message)
    if lay_out(signature, digest) != message:
        raise SignatureChanged("not the signature of this document, byte for byte")
    return signature


def is_low(value: bytes) -> bool:
    """Return whether the s of an ECDSA signature of P-256 is in the lower half. Raises ValueError."""
    _, s = decode_dss_signature(value)
    return 0 < s <= ORDER // 2


def lower(value: bytes) -> bytes:
    """Return the form of an ECDSA signature of P-256 whose s is in the lower half. Raises ValueError."""
    r, s = decode_dss_signature(value)
    return encode_dss_signature(r, min(s, ORDER - s))


def hash_certificates(certificates: Sequence[x509.Certificate]) -> str:
    """Return the SHA-256, in hexadecimal digits, of certificates as a signature holds them."""
    return sha256(b"".join(_order(certificates))).hexdigest()


def _order(certificates: Sequence[x509.Certificate]) -> list[bytes]:
    return sorted(one.public_bytes(Encoding.DER) for one in certificates)


def _read_pieces(message: bytes) -> Signature:
    signed_data = asn1.ContentInfo.load(message, strict=True)["content"]
    [signer_info] = signed_data["signer_infos"]
    encoded = signed_data["certificates"]
    if not 1 <= len(encoded) <= MOST_CERTIFICATES:
        raise SignatureMalformed("no certificate, or too many")
    certificates = [x509.load_der_x509_certificate(one.chosen.dump()) for one in encoded]
    signer_id = signer_info["sid"].chosen.dump()
    certificates.sort(key=lambda one: _id(one) != signer_id)
    unsigned, stamp = signer_info["unsigned_attrs"], None
    if unsigned is not core.VOID and len(unsigned):
        [attribute] = unsigned
        stamp = attribute["values"].contents
    return Signature(certificates, signer_info["signature"].native, stamp)


def _id(certificate: x509.Certificate) -> bytes:
    return der(SEQUENCE, certificate.issuer.public_bytes(), integer(certificate.serial_number))
