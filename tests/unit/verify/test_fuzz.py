"""Letters edited in every way there is: nothing is genuine here that pyHanko refuses with the same trust.

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
    Wish,
    issue,
    letter_by,
    message_of,
    name_no_form,
    new_authority,
    new_stamp_authority,
    put,
    room_of,
    sign_again,
    stamper_of,
    trust_of,
)

KINDS = ("plain", "from before", "in between", "stamped")
EDITS = int(os.environ.get("FUZZ_LETTER_EDITS", "1200")) // len(KINDS)
SEED = int(os.environ.get("FUZZ_SEED", "1"))


def make(kind: str, directory: Path) -> tuple[bytes, Trust]:
    """Return a letter and the trust by which it is genuine."""
    root = new_authority()
    if kind == "in between":
        between = issue(Wish("in between", is_authority=True, usages=ISSUE), root)
        return letter_by(issue(Wish(), between)), trust_of(directory, root.pem)
    signer = issue(Wish(), root)
    if kind == "stamped":
        stamps = new_stamp_authority()
        trust = trust_of(directory, root.pem, b"Purpose: time-stamps\n", stamps.pem)
        return letter_by(signer, stamper_of(stamps)), trust
    letter = letter_by(signer)
    if kind == "from before":
        letter = sign_again(name_no_form(letter), signer)
    return letter, trust_of(directory, root.pem)


def is_valid_for_pyhanko(data: bytes, trust: Trust) -> bool:
    """Return whether pyHanko takes a file for signed, whole, and by somebody trusted."""
    [signature] = PdfFileReader(BytesIO(data)).embedded_signatures
    letters, stamps = (
        ValidationContext(trust_roots=roots_of(trust, purpose), allow_fetching=False) for purpose in Purpose
    )
    status = validate_pdf_signature(signature, letters, ts_validation_context=stamps)
    return bool(status.bottom_line) and status.coverage == SignatureCoverageLevel.ENTIRE_FILE


def roots_of(trust: Trust, purpose: Purpose) -> Sequence[object]:
    pem = b"".join(one.certificate.public_bytes(Encoding.PEM) for one in trust.select_for(purpose))
    return list(load_certs_from_pemder_data(pem)) if pem else []


Edit = Callable[[bytes, random.Random], bytes]


def change_digit(letter: bytes, chance: random.Random) -> bytes:
    place = room_of(letter)[0] + chance.randrange(2 * len(message_of(letter)) + 4)
    return letter[:place] + chance.choice("0123456789abcdefABCDEF").encode() + letter[place + 1 :]


def change_bytes_of_message(letter: bytes, chance: random.Random) -> bytes:
    message = bytearray(message_of(letter))
    for _ in range(chance.randrange(1, 4)):
        place, size = chance.randrange(len(message)), chance.choice((0, 1, 1, 2, 5))
        message[place : place + size] = chance.randbytes(chance.choice((0, 1, 1, 2, 5)))
    return put(letter, bytes(message))


def lay_out_again(letter: bytes, chance: random.Random) -> bytes:
    """Return a letter whose message was put together again from pieces that were edited."""
    signed = read_signed_file(letter)
    value, stamp = bytearray(signed.signature.value), signed.signature.time_stamp
    if chance.random() < 0.6:
        value[chance.randrange(len(value))] ^= 1 << chance.randrange(8)
    if stamp and chance.random() < 0.8:
        edited = bytearray(stamp)
        edited[chance.randrange(len(edited))] ^= 1 << chance.randrange(8)
        stamp = chance.choice((bytes(edited), None, stamp + b"\x05\x00", stamp[:-1]))
    certificates = list(signed.signature.certificates) * chance.choice((1, 1, 2))
    return put(letter, cms.encode_message(cms.Signature(certificates, bytes(value), stamp), signed.digest))


def change_anything(letter: bytes, chance: random.Random) -> bytes:
    data = bytearray(letter)
    place, size = chance.randrange(len(data)), chance.choice((0, 1, 1, 20))
    data[place : place + size] = chance.randbytes(chance.choice((0, 1, 1, 20)))
    return bytes(data)


def move_numbers(letter: bytes, chance: random.Random) -> bytes:
    place = letter.index(b"/ByteRange [") + chance.randrange(12, 40)
    return letter[:place] + chance.choice("0123456789 ]").encode() + letter[place + 1 :]


def add_update(letter: bytes, chance: random.Random) -> bytes:
    more = chance.choice((b"\n", b"%%EOF\n", letter[-chance.randrange(1, 900) :], b"1 0 obj\n<<>>\nendobj\n"))
    return chance.choice((letter + more, more + letter, letter[: -len(more)]))


EDITING: Sequence[Edit] = (
    change_digit,
    change_bytes_of_message,
    lay_out_again,
    change_anything,
    move_numbers,
    add_update,
)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_genuine_that_pyhanko_refuses(kind: str, tmp_path: Path) -> None:
    letter, trust = make(kind, tmp_path)
    assert examine_file(letter, trust).result == Result.GENUINE
    assert is_valid_for_pyhanko(letter, trust)
    chance, results, wrong = random.Random(f"{SEED} {kind}"), dict.fromkeys(Result, 0), []
    for number in range(EDITS):
        edit = chance.choice(EDITING)
        try:
            edited = edit(letter, chance)
        except AssertionError:
            continue  # longer than the room
        result = examine_file(edited, trust).result
        results[result] += 1
        is_genuine = result == Result.GENUINE
        if is_genuine and not run_guarded(partial(is_valid_for_pyhanko, edited, trust), fallback=False):
            wrong.append((number, edit.__name__))
    assert wrong == []
    assert results[Result.ALTERED] > EDITS * 0.8, results
