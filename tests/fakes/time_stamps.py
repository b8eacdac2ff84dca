"""Time stamp authorities without a network, by pyHanko: their keys, certificates and tokens."""

from datetime import UTC, datetime, timedelta

from asn1crypto import tsp
from asn1crypto.keys import PrivateKeyInfo
from asn1crypto.x509 import Certificate
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps import DummyTimeStamper


def create_tsa(name: str = "time stamps of tests") -> DummyTimeStamper:
    """Return an authority with a new key and a self-signed certificate."""
    key = create_tsa_key()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True)
        .sign(key, hashes.SHA256())
    )
    return build_tsa(key, certificate)


def create_tsa_key() -> rsa.RSAPrivateKey:
    """Return a new key of an authority. pyHanko's fake makes RSA signatures only."""
    return rsa.generate_private_key(65537, 2048)


def build_tsa(
    key: rsa.RSAPrivateKey, certificate: x509.Certificate, at: datetime | None = None
) -> DummyTimeStamper:
    """Return the authority of a key and a certificate, whose clock shows a fixed time if one is given."""
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return DummyTimeStamper(
        tsa_cert=Certificate.load(certificate.public_bytes(Encoding.DER)),
        tsa_key=PrivateKeyInfo.load(private),
        fixed_dt=at,
    )


def request_token(stamper: DummyTimeStamper, digest: bytes) -> bytes:
    """Return an authority's token (RFC 3161), in DER, for a SHA-256 digest."""
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": digest}
    query = tsp.TimeStampReq({"version": 1, "message_imprint": imprint, "nonce": 7, "cert_req": True})
    token: bytes = stamper.request_tsa_response(query)["time_stamp_token"].dump()
    return token
