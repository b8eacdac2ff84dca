"""The validation of a letter's signature and its time stamp by pyHanko.

pyHanko and pyhanko-certvalidator validate the signature value, the certificate path with its key usages,
lengths and dates, and time stamps (RFC 3161). They get the certificates that the trust file names for a
purpose, and the signing time as the moment. Nothing is fetched. If they raise, the signature is invalid.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from asn1crypto import cms as asn1
from asn1crypto import core
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.sign.validation.generic_cms import (
    cms_basic_validation,
    extract_certs_for_validation,
    message_imprint_checker,
    validate_tst_signed_data,
)
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import TimestampSignatureStatus
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.authority import CertTrustAnchor, TrustedServiceType, TrustQualifiers
from pyhanko_certvalidator.errors import PathBuildingError
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.registry import SimpleTrustManager

from govah_verify.cms import MAX_CERTIFICATES
from govah_verify.guard import run_guarded
from govah_verify.trust import Purpose, Trust, TrustedCertificate

SIGNS = frozenset({"digital_signature", "non_repudiation"})
# documentSigning (RFC 9336), and what Adobe and Microsoft had for it before.
DOCUMENT_SIGNING = frozenset({"1.3.6.1.5.5.7.3.36", "1.2.840.113583.1.1.5", "1.3.6.1.4.1.311.10.3.12"})
# These purposes by the names that asn1crypto has for some of them.
_NAMED_PURPOSES = frozenset(asn1_x509.KeyPurposeId.map(oid) for oid in DOCUMENT_SIGNING)
_ANY = frozenset({"any_extended_key_usage"})

# What is wrong with an untrusted file is part of the result. Logged, it would flood the log.
logging.getLogger("pyhanko").setLevel(logging.CRITICAL + 1)
logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL + 1)


class StampStatus(StrEnum):
    NONE = "none"
    VALID = "valid"
    NOT_VALID = "not-valid"


@dataclass(frozen=True)
class TimeStamp:
    """The status of a time stamp, with its authority and its time if it is valid.

    `is_sound`: it is a time stamp of this signature, though its authority may be untrusted.
    """

    status: StampStatus
    by: str | None = None
    at: datetime | None = None
    is_sound: bool = False


NO_STAMP = TimeStamp(StampStatus.NONE, is_sound=True)
INVALID_STAMP = TimeStamp(StampStatus.NOT_VALID)


@dataclass(frozen=True)
class SignatureStatus:
    """pyHanko's verdict: is the value valid, is it of this document, is the signer trusted?

    `is_signer_unknown`: no certificate of the trust file is related to the signer at that moment.
    """

    is_valid: bool = False
    is_intact: bool = False
    is_trusted: bool = False
    is_signer_unknown: bool = False


def validate_signature(message: bytes, digest: bytes, trust: Trust, moment: datetime) -> SignatureStatus:
    """Return the status of a CMS message of limited length, for a document's digest and a signing time."""
    return run_guarded(
        lambda: asyncio.run(_validate_signature(message, digest, trust, moment)), SignatureStatus()
    )


def validate_time_stamp(message: bytes, trust: Trust, moment: datetime) -> TimeStamp:
    """Return the status of the time stamp in a CMS message of limited length, for a signing time."""

    async def validate_only_stamp() -> TimeStamp:
        [signer_info] = _parse_signed_data(message)["signer_infos"]
        return await _validate_stamp(signer_info, trust, moment)

    return run_guarded(lambda: asyncio.run(validate_only_stamp()), INVALID_STAMP)


async def _validate_signature(
    message: bytes, digest: bytes, trust: Trust, moment: datetime
) -> SignatureStatus:
    signed_data = _parse_signed_data(message)
    signer = extract_certs_for_validation(signed_data).signer_cert
    context = _create_context(trust, Purpose.LETTERS, moment)
    status = await cms_basic_validation(
        signed_data, digest, context, key_usage_settings=_select_usage(signer, trust)
    )
    is_trusted = (
        status["valid"]
        and status["trust_problem_indic"] is None
        and status["validation_path"] is not None
        and _is_path_for_documents(status["validation_path"])
    )
    is_unknown = not is_trusted and not await _has_path(signer, context)
    return SignatureStatus(status["valid"], status["intact"], is_trusted, is_unknown)


async def _has_path(signer: asn1_x509.Certificate, context: ValidationContext) -> bool:
    """Return whether a path of names, valid or not, leads from a signer to the trust file."""
    try:
        return bool(await context.path_builder.async_build_paths(signer))
    except PathBuildingError:
        return False


async def _validate_stamp(signer_info: asn1.SignerInfo, trust: Trust, moment: datetime) -> TimeStamp:
    unsigned = signer_info["unsigned_attrs"]
    if unsigned is core.VOID or not len(unsigned):
        return NO_STAMP
    [attribute] = unsigned
    [token] = attribute["values"]
    if attribute["type"].native != "signature_time_stamp_token":
        return INVALID_STAMP
    fields = await validate_tst_signed_data(
        _parse_signed_data(token.dump()),
        _create_context(trust, Purpose.TIME_STAMPS, moment),
        message_imprint_checker(signer_info),
    )
    status = TimestampSignatureStatus(**fields)
    is_sound = status.valid and status.intact
    if not (is_sound and status.trusted):
        return TimeStamp(StampStatus.NOT_VALID, is_sound=is_sound)
    at = status.timestamp.astimezone(UTC)
    return TimeStamp(StampStatus.VALID, _format_name(status.signing_cert), at, is_sound=True)


def _parse_signed_data(message: bytes) -> asn1.SignedData:
    """Return the SignedData of a message. Raises ValueError for another type or too many certificates."""
    info = asn1.ContentInfo.load(message, strict=True)
    if info["content_type"].native != "signed_data":
        raise ValueError("not SignedData")
    signed_data = info["content"]
    if len(signed_data["certificates"]) > MAX_CERTIFICATES or len(signed_data["signer_infos"]) != 1:
        raise ValueError("too many certificates or signers")
    return signed_data


def _create_context(trust: Trust, purpose: Purpose, moment: datetime) -> ValidationContext:
    # Of two certificates for one key pyHanko would use only the first, even if it was not valid at that
    # moment.
    anchors = [
        _create_anchor(entry)
        for entry in trust.select_for(purpose)
        if entry.certificate.not_valid_before_utc <= moment <= entry.certificate.not_valid_after_utc
    ]
    return ValidationContext(
        trust_manager=SimpleTrustManager.build(trust_roots=anchors),
        moment=moment,
        best_signature_time=moment,
        allow_fetching=False,
    )


def _create_anchor(entry: TrustedCertificate) -> CertTrustAnchor:
    certificate = _convert_certificate(entry.certificate)
    is_authority = entry.is_authority
    return CertTrustAnchor(
        certificate,
        TrustQualifiers(
            max_path_length=certificate.max_path_length if is_authority else 0,
            valid_from=certificate.not_valid_before,
            valid_until=certificate.not_valid_after,
            # pyHanko then uses it as a signer only, and checks its own key usages.
            trusted_service_type=TrustedServiceType.CERTIFICATE_AUTHORITY
            if is_authority
            else TrustedServiceType.UNSUPPORTED,
        ),
    )


def _select_usage(signer: asn1_x509.Certificate, trust: Trust) -> KeyUsageConstraints:
    """Return the key usages that a signer's certificate must have."""
    signers = [entry for entry in trust.select_for(Purpose.LETTERS) if not entry.is_authority]
    if any(entry.certificate.public_bytes(Encoding.DER) == signer.dump() for entry in signers):
        # The organisation names this signer, so the other purposes of the certificate do not matter.
        return KeyUsageConstraints(key_usage=SIGNS if signer.key_usage_value is not None else None)
    if signer.extended_key_usage_value is None:
        return KeyUsageConstraints(key_usage=SIGNS)
    return KeyUsageConstraints(
        key_usage=SIGNS,
        extd_key_usage=_NAMED_PURPOSES,
        # Otherwise a certificate for any purpose would be accepted.
        explicit_extd_key_usage_required=True,
    )


def _is_path_for_documents(path: ValidationPath) -> bool:
    """Return whether every intermediate authority of a path may be used for documents."""
    intermediates: Sequence[asn1_x509.Certificate] = list(path.iter_certs(include_root=False))[:-1]
    return all(
        certificate.extended_key_usage_value is None
        or set(certificate.extended_key_usage_value.native) & (_NAMED_PURPOSES | _ANY)
        for certificate in intermediates
    )


def _convert_certificate(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))


def _format_name(certificate: asn1_x509.Certificate) -> str:
    return x509.load_der_x509_certificate(certificate.dump()).subject.rfc4514_string()
