"""Letters with random edits: nothing is genuine that pyHanko rejects with the same trust.

`make test` edits each letter 300 times, `make fuzz` all of them 20,000 times (FUZZ_LETTER_EDITS, FUZZ_SEED).
"""

import os
import random
from collections.abc import Callable, Sequence
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from govah_verify import cms
from govah_verify.examination import Result, examine_file
from govah_verify.guard import run_guarded
from govah_verify.signed_file import read_signed_file
from govah_verify.trust import Purpose, Trust
from tests.unit.verify.forging import (
    ISSUE,
    Profile,
    create_authority,
    create_letter,
    create_stamp_authority,
    create_stamper,
    find_contents,
    issue_certificate,
    read_message,
    remove_form,
    replace_message,
    sign_again,
    write_trust,
)

KINDS = ("plain", "without form", "with intermediate", "stamped")
EDITS = int(os.environ.get("FUZZ_LETTER_EDITS", "1200")) // len(KINDS)
SEED = int(os.environ.get("FUZZ_SEED", "1"))


def create_case(kind: str, directory: Path) -> tuple[bytes, Trust]:
    """Return a letter and the trust for which it is genuine."""
    root = create_authority()
    if kind == "with intermediate":
        between = issue_certificate(Profile("intermediate", is_authority=True, usages=ISSUE), root)
        return create_letter(issue_certificate(Profile(), between)), write_trust(directory, root.pem)
    signer = issue_certificate(Profile(), root)
    if kind == "stamped":
        stamps = create_stamp_authority()
        trust = write_trust(directory, root.pem, b"Purpose: time-stamps\n", stamps.pem)
        return create_letter(signer, create_stamper(stamps)), trust
    letter = create_letter(signer)
    if kind == "without form":
        letter = sign_again(remove_form(letter), signer)
    return letter, write_trust(directory, root.pem)


def is_valid_for_pyhanko(data: bytes, trust: Trust) -> bool:
    """Return whether pyHanko considers a file whole and signed by a trusted signer."""
    [signature] = PdfFileReader(BytesIO(data)).embedded_signatures
    letters, stamps = (
        ValidationContext(trust_roots=load_roots(trust, purpose), allow_fetching=False) for purpose in Purpose
    )
    status = validate_pdf_signature(signature, letters, ts_validation_context=stamps)
    return bool(status.bottom_line) and status.coverage == SignatureCoverageLevel.ENTIRE_FILE


def load_roots(trust: Trust, purpose: Purpose) -> Sequence[object]:
    pem = b"".join(entry.certificate.public_bytes(Encoding.PEM) for entry in trust.select_for(purpose))
    return list(load_certs_from_pemder_data(pem)) if pem else []


Edit = Callable[[bytes, random.Random], bytes]


def change_digit(letter: bytes, chance: random.Random) -> bytes:
    place = find_contents(letter)[0] + chance.randrange(2 * len(read_message(letter)) + 4)
    return letter[:place] + chance.choice("0123456789abcdefABCDEF").encode() + letter[place + 1 :]


def change_message(letter: bytes, chance: random.Random) -> bytes:
    message = bytearray(read_message(letter))
    for _ in range(chance.randrange(1, 4)):
        place, size = chance.randrange(len(message)), chance.choice((0, 1, 1, 2, 5))
        message[place : place + size] = chance.randbytes(chance.choice((0, 1, 1, 2, 5)))
    return replace_message(letter, bytes(message))


def encode_again(letter: bytes, chance: random.Random) -> bytes:
    """Return a letter whose message is encoded again from edited parts."""
    signed = read_signed_file(letter)
    value, stamp = bytearray(signed.signature.value), signed.signature.time_stamp
    if chance.random() < 0.6:
        value[chance.randrange(len(value))] ^= 1 << chance.randrange(8)
    if stamp and chance.random() < 0.8:
        edited = bytearray(stamp)
        edited[chance.randrange(len(edited))] ^= 1 << chance.randrange(8)
        stamp = chance.choice((bytes(edited), None, stamp + b"\x05\x00", stamp[:-1]))
    certificates = list(signed.signature.certificates) * chance.choice((1, 1, 2))
    return replace_message(
        letter, cms.encode_message(cms.Signature(certificates, bytes(value), stamp), signed.digest)
    )


def change_any_bytes(letter: bytes, chance: random.Random) -> bytes:
    data = bytearray(letter)
    place, size = chance.randrange(len(data)), chance.choice((0, 1, 1, 20))
    data[place : place + size] = chance.randbytes(chance.choice((0, 1, 1, 20)))
    return bytes(data)


def change_byte_range(letter: bytes, chance: random.Random) -> bytes:
    place = letter.index(b"/ByteRange [") + chance.randrange(12, 40)
    return letter[:place] + chance.choice("0123456789 ]").encode() + letter[place + 1 :]


def add_update(letter: bytes, chance: random.Random) -> bytes:
    more = chance.choice((b"\n", b"%%EOF\n", letter[-chance.randrange(1, 900) :], b"1 0 obj\n<<>>\nendobj\n"))
    return chance.choice((letter + more, more + letter, letter[: -len(more)]))


EDITING: Sequence[Edit] = (
    change_digit,
    change_message,
    encode_again,
    change_any_bytes,
    change_byte_range,
    add_update,
)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_genuine_that_pyhanko_rejects(kind: str, tmp_path: Path) -> None:
    letter, trust = create_case(kind, tmp_path)
    assert examine_file(letter, trust).result == Result.GENUINE
    assert is_valid_for_pyhanko(letter, trust)
    chance, results, wrong = random.Random(f"{SEED} {kind}"), dict.fromkeys(Result, 0), []
    for number in range(EDITS):
        edit = chance.choice(EDITING)
        try:
            edited = edit(letter, chance)
        except AssertionError:
            continue  # longer than the reserved space
        result = examine_file(edited, trust).result
        results[result] += 1
        is_genuine = result == Result.GENUINE
        if is_genuine and not run_guarded(partial(is_valid_for_pyhanko, edited, trust), fallback=False):
            wrong.append((number, edit.__name__))
    assert wrong == []
    assert results[Result.ALTERED] > EDITS * 0.8, results
