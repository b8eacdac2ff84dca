"""The signature of a letter: pyHanko accepts it, and every change is detected."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
import time_machine
from asn1crypto import cms as asn1_cms
from asn1crypto.x509 import Certificate
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from govah_verify.trust import load_trust
from services.pdfworker.signing import authority
from services.pdfworker.signing.errors import SigningUnavailable
from services.pdfworker.signing.place import PlaceMissing
from services.pdfworker.signing.prove import Prover
from tests.unit.pdfworker.provable import (
    LETTER,
    STATEMENT,
    URL,
    create_keys,
    create_signed_letter,
    create_unsigned_letter,
    load_prover,
)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return create_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def prover(keys: Path) -> Prover:
    return load_prover(keys)


@pytest.fixture(scope="module")
def letter(prover: Prover) -> bytes:
    return create_signed_letter(prover)


def test_pyhanko_validates_the_signature_of_the_signer(letter: bytes, keys: Path) -> None:
    [certificate] = load_trust(keys / authority.TRUST).certificates
    trusted = Certificate.load(certificate.public_bytes(Encoding.DER))
    [signature] = PdfFileReader(BytesIO(letter)).embedded_signatures
    status = validate_pdf_signature(signature, ValidationContext(trust_roots=[trusted], allow_fetching=False))
    assert status.bottom_line
    assert status.coverage == SignatureCoverageLevel.ENTIRE_FILE


def test_the_message_is_der_as_asn1crypto_writes_it(letter: bytes) -> None:
    message = bytes.fromhex(re.search(rb"/Contents <([0-9a-f]+)>", letter)[1].decode())  # type: ignore[index]
    parsed = asn1_cms.ContentInfo.load(message)
    encoded = parsed.dump(force=True)
    assert message.startswith(encoded)
    assert not message[len(encoded) :].strip(b"\0")


def test_the_signature_changes_nothing_but_its_place(prover: Prover) -> None:
    unsigned = create_unsigned_letter(place=prover.signer.build_place(URL))
    signed = prover.signer.sign_pdf(unsigned)
    changed = {place for place, (old, new) in enumerate(zip(unsigned, signed, strict=True)) if old != new}
    start, end = signed.index(b"/ByteRange"), signed.index(b"/Name")
    assert changed
    assert all(start < place < end for place in changed)


def test_a_file_without_a_place_or_with_two_is_not_signed(prover: Prover) -> None:
    placed = create_unsigned_letter(place=prover.signer.build_place(URL))
    for pdf in (create_unsigned_letter(), placed + placed, prover.signer.sign_pdf(placed)):
        with pytest.raises(PlaceMissing):
            prover.signer.sign_pdf(pdf)


def test_a_chain_longer_than_the_place_is_refused(prover: Prover) -> None:
    certificate = prover.signer.credentials.certificate
    credentials = replace(prover.signer.credentials, intermediates=[certificate] * 20)
    signer = replace(prover.signer, credentials=credentials)
    with pytest.raises(SigningUnavailable, match="too many certificates"):
        signer.sign_pdf(create_unsigned_letter(place=signer.build_place(URL)))


def test_the_field_has_a_name_for_screen_readers(letter: bytes) -> None:
    field = PdfFileReader(BytesIO(letter)).root["/AcroForm"]["/Fields"][0]
    assert field["/TU"] == "امضای سازمان نمونه"
    assert [int(side) for side in field["/Rect"]] == [0, 0, 0, 0]
    assert field["/F"] & 0b100110 == 0b100


def test_the_qr_text_is_deterministic_and_part_of_the_signature(prover: Prover) -> None:
    text = prover.build_qr_text(LETTER, STATEMENT)
    assert text == prover.build_qr_text(LETTER, STATEMENT)
    assert re.fullmatch(r"https://govah\.example/l/4071829365018#[A-Za-z0-9_-]{155}", text)
    [signature] = PdfFileReader(BytesIO(create_signed_letter(prover))).embedded_signatures
    assert signature.sig_object["/ContactInfo"] == text


def test_no_letter_is_signed_with_an_invalid_certificate(prover: Prover) -> None:
    for moment in (datetime.now(UTC) + timedelta(days=3651), datetime.now(UTC) - timedelta(days=3)):
        with time_machine.travel(moment, tick=False), pytest.raises(SigningUnavailable, match="گواهی امضا"):
            create_signed_letter(prover)
