"""Whether a letter's signature holds, who signed, and what its time stamp is worth: pyHanko's verdict.

pyHanko and pyhanko-certvalidator judge the value, the path, its key usages, lengths and dates, and time
stamps (RFC 3161). What they are told here is whom the trust file names for what, and the moment: the signing
time. Nothing is fetched. Whatever they raise means that nothing holds.
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

from govah_verify.border import attempt
from govah_verify.cms import MOST_CERTIFICATES
from govah_verify.trust import Named, Purpose, Trust

SIGNS = frozenset({"digital_signature", "non_repudiation"})
# documentSigning (RFC 9336), and what Adobe and Microsoft had for it before.
DOCUMENT_SIGNING = frozenset({"1.3.6.1.5.5.7.3.36", "1.2.840.113583.1.1.5", "1.3.6.1.4.1.311.10.3.12"})
# What asn1crypto calls these purposes where it has a name for them.
_NAMED_PURPOSES = frozenset(asn1_x509.KeyPurposeId.map(oid) for oid in DOCUMENT_SIGNING)
_ANY = frozenset({"any_extended_key_usage"})

# What a stranger's file is like is for the answer alone, and a log would be full of it.
logging.getLogger("pyhanko").setLevel(logging.CRITICAL + 1)
logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL + 1)


class StampStatus(StrEnum):
    NONE = "none"
    VALID = "valid"
    NOT_VALID = "not-valid"


@dataclass(frozen=True)
class TimeStamp:
    """What a time stamp is worth; `by` and `at` where it is valid.

    `is_sound` says that it is a time stamp of this very signature, though maybe by an authority that nobody
    trusts.
    """

    status: StampStatus
    by: str | None = None
    at: datetime | None = None
    is_sound: bool = False


NO_STAMP = TimeStamp(StampStatus.NONE, is_sound=True)
BAD_STAMP = TimeStamp(StampStatus.NOT_VALID)


@dataclass(frozen=True)
class Judgement:
    """What pyHanko says of a signature: does its value hold, is it the document's, is its signer trusted?

    `is_signer_unknown` says that the trust file has nothing to do with the signer, at that moment.
    """

    is_valid: bool = False
    is_intact: bool = False
    is_trusted: bool = False
    is_signer_unknown: bool = False


def judge(message: bytes, digest: bytes, trust: Trust, moment: datetime) -> Judgement:
    """Return what a CMS message of a bounded length, of a signing time, is worth for a document's digest."""
    return attempt(lambda: asyncio.run(_judge(message, digest, trust, moment)), Judgement())


def judge_stamp(message: bytes, trust: Trust, moment: datetime) -> TimeStamp:
    """Return what the time stamp in a CMS message of a bounded length, of a signing time, is worth."""

    async def judge_only_stamp() -> TimeStamp:
        [signer_info] = _read_signed_data(message)["signer_infos"]
        return await _judge_stamp(signer_info, trust, moment)

    return attempt(lambda: asyncio.run(judge_only_stamp()), BAD_STAMP)


async def _judge(message: bytes, digest: bytes, trust: Trust, moment: datetime) -> Judgement:
    signed_data = _read_signed_data(message)
    signer = extract_certs_for_validation(signed_data).signer_cert
    context = _new_context(trust, Purpose.LETTERS, moment)
    told = await cms_basic_validation(
        signed_data, digest, context, key_usage_settings=_choose_usage(signer, trust)
    )
    is_trusted = (
        told["valid"]
        and told["trust_problem_indic"] is None
        and told["validation_path"] is not None
        and _is_path_for_documents(told["validation_path"])
    )
    is_unknown = not is_trusted and not await _has_path(signer, context)
    return Judgement(told["valid"], told["intact"], is_trusted, is_unknown)


async def _has_path(signer: asn1_x509.Certificate, context: ValidationContext) -> bool:
    """Return whether names lead from a signer to the trust file, good or not."""
    try:
        return bool(await context.path_builder.async_build_paths(signer))
    except PathBuildingError:
        return False


async def _judge_stamp(signer_info: asn1.SignerInfo, trust: Trust, moment: datetime) -> TimeStamp:
    unsigned = signer_info["unsigned_attrs"]
    if unsigned is core.VOID or not len(unsigned):
        return NO_STAMP
    [attribute] = unsigned
    [token] = attribute["values"]
    if attribute["type"].native != "signature_time_stamp_token":
        return BAD_STAMP
    told = await validate_tst_signed_data(
        _read_signed_data(token.dump()),
        _new_context(trust, Purpose.TIME_STAMPS, moment),
        message_imprint_checker(signer_info),
    )
    status = TimestampSignatureStatus(**told)
    is_sound = status.valid and status.intact
    if not (is_sound and status.trusted):
        return TimeStamp(StampStatus.NOT_VALID, is_sound=is_sound)
    at = status.timestamp.astimezone(UTC)
    return TimeStamp(StampStatus.VALID, _name(status.signing_cert), at, is_sound=True)


def _read_signed_data(message: bytes) -> asn1.SignedData:
    """Return the SignedData of a message. Raises ValueError for any other, and for too many certificates."""
    info = asn1.ContentInfo.load(message, strict=True)
    if info["content_type"].native != "signed_data":
        raise ValueError("no SignedData")
    signed_data = info["content"]
    if len(signed_data["certificates"]) > MOST_CERTIFICATES or len(signed_data["signer_infos"]) != 1:
        raise ValueError("too many certificates or signers")
    return signed_data


def _new_context(trust: Trust, purpose: Purpose, moment: datetime) -> ValidationContext:
    # Of two certificates for one key pyHanko would see the first only, valid then or not.
    anchors = [
        _anchor(one)
        for one in trust.named_for(purpose)
        if one.certificate.not_valid_before_utc <= moment <= one.certificate.not_valid_after_utc
    ]
    return ValidationContext(
        trust_manager=SimpleTrustManager.build(trust_roots=anchors),
        moment=moment,
        best_signature_time=moment,
        allow_fetching=False,
    )


def _anchor(named: Named) -> CertTrustAnchor:
    certificate = _load(named.certificate)
    is_authority = named.is_authority
    return CertTrustAnchor(
        certificate,
        TrustQualifiers(
            max_path_length=certificate.max_path_length if is_authority else 0,
            valid_from=certificate.not_valid_before,
            valid_until=certificate.not_valid_after,
            # For pyHanko this one issues nothing, and its own key usages count.
            trusted_service_type=TrustedServiceType.CERTIFICATE_AUTHORITY
            if is_authority
            else TrustedServiceType.UNSUPPORTED,
        ),
    )


def _choose_usage(signer: asn1_x509.Certificate, trust: Trust) -> KeyUsageConstraints:
    """Return what a signer's certificate must be for."""
    signers = [one for one in trust.named_for(Purpose.LETTERS) if not one.is_authority]
    if any(one.certificate.public_bytes(Encoding.DER) == signer.dump() for one in signers):
        # The organisation says itself whose letters these are, whatever else the certificate is for.
        return KeyUsageConstraints(key_usage=SIGNS if signer.key_usage_value is not None else None)
    if signer.extended_key_usage_value is None:
        return KeyUsageConstraints(key_usage=SIGNS)
    return KeyUsageConstraints(
        key_usage=SIGNS,
        extd_key_usage=_NAMED_PURPOSES,
        # Without this a certificate for any purpose would do.
        explicit_extd_key_usage_required=True,
    )


def _is_path_for_documents(path: ValidationPath) -> bool:
    """Return whether no authority between signer and trust file is for something else only."""
    between: Sequence[asn1_x509.Certificate] = list(path.iter_certs(include_root=False))[:-1]
    return all(
        one.extended_key_usage_value is None
        or set(one.extended_key_usage_value.native) & (_NAMED_PURPOSES | _ANY)
        for one in between
    )


def _load(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))


def _name(certificate: asn1_x509.Certificate) -> str:
    return x509.load_der_x509_certificate(certificate.dump()).subject.rfc4514_string()
