"""The layout of a letter's signature: CMS (RFC 5652) as PAdES requires it (ETSI EN 319 142-1).

The certificates, the digest and the signature value determine every byte. asn1crypto parses a signature.
Then the same signature is encoded again and compared, so no byte can be changed, even where no signature
covers it.
`validation` checks whether the signature is valid and who signed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from asn1crypto import cms as asn1
from asn1crypto import core, parser
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding

from govah_verify.der import OBJECT_ID, OCTETS, SEQUENCE, SET, encode_der, encode_integer

# Hexadecimal digits that a letter reserves for its signature, without and with a time stamp. Their number is
# signed, so a time stamp can be neither added nor removed.
RESERVED_DIGITS, RESERVED_DIGITS_WITH_STAMP = 8 * 1024, 32 * 1024
# The signer's and the intermediate ones. Path building is exponential in their number.
MAX_CERTIFICATES = 5
# The order of P-256: if (r, s) is valid, (r, ORDER - s) is too.
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

# Context-specific tags: [0], [1] and, in GeneralNames, [4].
ZERO, ONE, DIRECTORY_NAME = 0xA0, 0xA1, 0xA4

_DATA = encode_der(OBJECT_ID, bytes.fromhex("2a864886f70d010701"))
_SIGNED_DATA = encode_der(OBJECT_ID, bytes.fromhex("2a864886f70d010702"))
_CONTENT_TYPE = encode_der(OBJECT_ID, bytes.fromhex("2a864886f70d010903"))
_MESSAGE_DIGEST = encode_der(OBJECT_ID, bytes.fromhex("2a864886f70d010904"))
_SIGNING_CERTIFICATE_V2 = encode_der(OBJECT_ID, bytes.fromhex("2a864886f70d010910022f"))
_TIME_STAMP_TOKEN = encode_der(OBJECT_ID, bytes.fromhex("2a864886f70d010910020e"))
_SHA256 = encode_der(SEQUENCE, encode_der(OBJECT_ID, bytes.fromhex("608648016503040201")), encode_der(0x05))
_ECDSA_WITH_SHA256 = encode_der(SEQUENCE, encode_der(OBJECT_ID, bytes.fromhex("2a8648ce3d040302")))


class SignatureMalformed(ValueError):
    """The bytes do not have the layout of a letter's signature."""


class SignatureChanged(ValueError):
    """The signature is one of another document, or a byte of it was changed."""


@dataclass(frozen=True)
class Signature:
    """The parts of a letter's signature; the signer's certificate is the first."""

    certificates: Sequence[x509.Certificate]
    value: bytes
    time_stamp: bytes | None = None


def encode_signed_attributes(certificate: x509.Certificate, digest: bytes) -> bytes:
    """Return the set of attributes that is signed for a document's SHA-256 digest."""
    return encode_der(SET, _encode_attributes(certificate, digest))


def _encode_attributes(certificate: x509.Certificate, digest: bytes) -> bytes:
    names = encode_der(SEQUENCE, encode_der(DIRECTORY_NAME, certificate.issuer.public_bytes()))
    signer = encode_der(
        SEQUENCE,
        encode_der(OCTETS, sha256(certificate.public_bytes(Encoding.DER)).digest()),
        encode_der(SEQUENCE, names, encode_integer(certificate.serial_number)),
    )
    attributes = (
        encode_der(SEQUENCE, _CONTENT_TYPE, encode_der(SET, _DATA)),
        encode_der(SEQUENCE, _MESSAGE_DIGEST, encode_der(SET, encode_der(OCTETS, digest))),
        encode_der(
            SEQUENCE,
            _SIGNING_CERTIFICATE_V2,
            encode_der(SET, encode_der(SEQUENCE, encode_der(SEQUENCE, signer))),
        ),
    )
    return b"".join(sorted(attributes))


def encode_message(signature: Signature, digest: bytes) -> bytes:
    """Return the complete CMS message for a document's SHA-256 digest."""
    signer, *_ = signature.certificates
    stamps: list[bytes] = []
    if signature.time_stamp is not None:
        stamps.append(
            encode_der(ONE, encode_der(SEQUENCE, _TIME_STAMP_TOKEN, encode_der(SET, signature.time_stamp)))
        )
    signer_info = encode_der(
        SEQUENCE,
        encode_integer(1),
        encode_der(SEQUENCE, signer.issuer.public_bytes(), encode_integer(signer.serial_number)),
        _SHA256,
        encode_der(ZERO, _encode_attributes(signer, digest)),
        _ECDSA_WITH_SHA256,
        encode_der(OCTETS, signature.value),
        *stamps,
    )
    signed_data = encode_der(
        SEQUENCE,
        encode_integer(1),
        encode_der(SET, _SHA256),
        encode_der(SEQUENCE, _DATA),
        encode_der(ZERO, *_sort_certificates(signature.certificates)),
        encode_der(SET, signer_info),
    )
    return encode_der(SEQUENCE, _SIGNED_DATA, encode_der(ZERO, signed_data))


def measure_message(data: bytes) -> int:
    """Return the length of the DER value at the start of bytes. Raises what asn1crypto raises."""
    length: int = parser.peek(data)
    if length > len(data):
        raise SignatureMalformed("cut short")
    return length


def read_signature(message: bytes, digest: bytes) -> Signature:
    """Return the parts of the signature of a document, if its message has exactly the bytes of the layout.

    Neither the signature value nor the certificates are validated. Raises SignatureChanged for the signature
    of another document or another layout, SignatureMalformed, and what the libraries raise.
    """
    signature = _parse_signature(message)
    if encode_message(signature, digest) != message:
        raise SignatureChanged("not the signature of this document, byte for byte")
    return signature


def has_low_s(value: bytes) -> bool:
    """Return whether an ECDSA signature of P-256 has a low s. Raises ValueError for malformed bytes."""
    _, s = decode_dss_signature(value)
    return 0 < s <= ORDER // 2


def normalise_s(value: bytes) -> bytes:
    """Return an ECDSA signature of P-256 with its low s. Raises ValueError for malformed bytes."""
    r, s = decode_dss_signature(value)
    return encode_dss_signature(r, min(s, ORDER - s))


def hash_certificates(certificates: Sequence[x509.Certificate]) -> str:
    """Return the SHA-256, in hexadecimal digits, of certificates in the order of a signature."""
    return sha256(b"".join(_sort_certificates(certificates))).hexdigest()


def _sort_certificates(certificates: Sequence[x509.Certificate]) -> list[bytes]:
    return sorted(certificate.public_bytes(Encoding.DER) for certificate in certificates)


def _parse_signature(message: bytes) -> Signature:
    signed_data = asn1.ContentInfo.load(message, strict=True)["content"]
    [signer_info] = signed_data["signer_infos"]
    encoded = signed_data["certificates"]
    if not 1 <= len(encoded) <= MAX_CERTIFICATES:
        raise SignatureMalformed("no certificate, or too many")
    certificates = [x509.load_der_x509_certificate(choice.chosen.dump()) for choice in encoded]
    signer_id = signer_info["sid"].chosen.dump()
    certificates.sort(key=lambda certificate: _encode_signer_id(certificate) != signer_id)
    unsigned, stamp = signer_info["unsigned_attrs"], None
    if unsigned is not core.VOID and len(unsigned):
        [attribute] = unsigned
        stamp = attribute["values"].contents
    return Signature(certificates, signer_info["signature"].native, stamp)


def _encode_signer_id(certificate: x509.Certificate) -> bytes:
    return encode_der(SEQUENCE, certificate.issuer.public_bytes(), encode_integer(certificate.serial_number))
