"""Whatever stands in the room of a signature, and whatever a file is, it is answered and nothing breaks."""

import random
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from govah_verify import cms
from govah_verify.check_digit import check_digit
from govah_verify.der import SEQUENCE, SET, encode_der
from govah_verify.examination import Result, examine_file, examine_time_stamp
from govah_verify.trust import Trust
from tests.unit.verify.forging import (
    Holder,
    Wish,
    issue,
    letter_by,
    message_of,
    name_no_form,
    put,
    room_of,
    sha256_around_room,
    sign_again,
    trust_of,
)

SERIAL = b"407182936501" + check_digit("407182936501").encode()


@pytest.fixture(scope="module")
def signer() -> Holder:
    return issue(Wish())


@pytest.fixture(scope="module")
def letter(signer: Holder) -> bytes:
    return letter_by(signer)


@pytest.fixture(scope="module")
def trust(signer: Holder, tmp_path_factory: pytest.TempPathFactory) -> Trust:
    return trust_of(tmp_path_factory.mktemp("trust"), b"Public-URL: https://govah.example\n", signer.pem)


def test_every_hexadecimal_digit_counts(letter: bytes, trust: Trust) -> None:
    start, _ = room_of(letter)
    wrong = []
    for place in range(start, start + 2 * len(message_of(letter)) + 8):
        digit = letter[place]
        changed = bytearray(letter)
        changed[place] = b"89abcdef01234567"[int(chr(digit), 16)]
        examined = examine_file(bytes(changed), trust)
        if examined.result != Result.ALTERED:
            wrong.append((place - start, examined))
    assert wrong == []


def test_digits_that_once_ended_in_a_traceback_are_changes(letter: bytes, trust: Trust) -> None:
    start, _ = room_of(letter)
    for place in (151, 238):
        for digit in b"0123456789abcdef":
            changed = bytearray(letter)
            changed[start + place] = digit
            same = bytes(changed) == letter
            assert examine_file(bytes(changed), trust).result == (Result.GENUINE if same else Result.ALTERED)


def date(letter: bytes, moment: str) -> bytes:
    """Return a letter of another signing time; to be signed again."""
    return re.sub(rb"/M \(D\\072[0-9]{14}Z\)", rb"/M (D\\072%sZ)" % moment.encode(), letter)


@pytest.mark.parametrize(
    "moment", ["99999999999999", "00000000000000", "20261301000000", "20260230000000", "20261130246060"]
)
def test_a_day_that_no_calendar_has_is_a_change(
    letter: bytes, signer: Holder, trust: Trust, moment: str
) -> None:
    dated = date(letter, moment)
    assert dated != letter
    again = sign_again(dated, signer)
    assert examine_file(again, trust).result == Result.ALTERED
    # And under the key of somebody who has only the QR code.
    assert examine_file(sign_again(dated, issue(Wish())), trust).result == Result.ALTERED


def test_moments_at_the_ends_of_time_are_no_signing_times(
    letter: bytes, signer: Holder, trust: Trust
) -> None:
    for moment in ("00010101000000", "20010101000000", "20990101000000", "99991231235959"):
        examined = examine_file(sign_again(date(letter, moment), signer), trust)
        assert examined.result in (Result.ALTERED, Result.CANNOT_TELL)


def nested(tag: int, depth: int) -> bytes:
    value = b"\x05\x00"
    for _ in range(depth):
        value = encode_der(tag, value)
    return value


def swap(message: bytes, old: str, new: str) -> bytes:
    assert bytes.fromhex(old) in message
    return message.replace(bytes.fromhex(old), bytes.fromhex(new))


HOSTILE: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda _: b"",
    "zeros": lambda _: b"\0" * 4000,
    "ones": lambda _: b"\xff" * 4000,
    "indefinite": lambda _: b"\x30\x80" + b"\x05\x00" * 100 + b"\0\0",
    "indefinite without end": lambda _: b"\x30\x80" * 2000,
    "nested sequences": lambda _: nested(SEQUENCE, 900),
    "nested sets": lambda _: nested(SET, 900),
    "sequence of nulls": lambda _: encode_der(SEQUENCE, b"\x05\x00" * 1900),
    "huge length": lambda _: b"\x30\x84\xff\xff\xff\xff" + b"\0" * 100,
    "longest length": lambda _: b"\x30\xff" + b"\xff" * 127,
    "length of eight": lambda message: b"\x30\x88" + (len(message) - 4).to_bytes(8, "big") + message[4:],
    "cut": lambda message: message[:-1],
    "cut in half": lambda message: message[: len(message) // 2],
    "twice": lambda message: message + message,
    "wrapped": lambda message: encode_der(SEQUENCE, message),
    "another type": lambda message: message.replace(
        bytes.fromhex("2a864886f70d010702"), b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03", 1
    ),
    "a date as content": lambda _: encode_der(SEQUENCE, encode_der(0x17, b"991332256199Z")),
    "version -1": lambda message: message.replace(b"\x02\x01\x01", b"\x02\x01\xff", 1),
    "huge version": lambda message: message.replace(b"\x02\x01\x01", b"\x02\x01\x7f", 1),
    "other digest": lambda message: message.replace(
        bytes.fromhex("608648016503040201"), bytes.fromhex("608648016503040203")
    ),
    "other algorithm": lambda message: message.replace(
        bytes.fromhex("2a8648ce3d040302"), bytes.fromhex("2a8648ce3d040304")
    ),
    "long tag": lambda message: b"\x3f\xff\xff\xff\x7f" + message[1:],
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_messages_are_changes(letter: bytes, trust: Trust, make: Callable[[bytes], bytes]) -> None:
    start, end = room_of(letter)
    changed = put(letter, make(message_of(letter))[: (end - start) // 2])
    assert examine_file(changed, trust).result == Result.ALTERED
    assert examine_time_stamp(changed, trust).status == "none"
    # The same in a file that has nothing else of ours.
    stranger = b"%PDF-1.7\n" + changed[start - 11 :].replace(b"ContactInfo", b"ContactInf_")
    assert examine_file(stranger.replace(b"#", b"_"), trust).result != Result.GENUINE


def test_many_certificates_are_a_change(letter: bytes, signer: Holder, trust: Trust) -> None:
    twins = [issue(Wish("a", is_authority=True, key=signer.key)) for _ in range(7)]
    certificates = [signer.certificate, *(one.certificate for one in twins)]
    for count in (2, cms.MAX_CERTIFICATES, cms.MAX_CERTIFICATES + 1, 8):
        changed = sign_again(letter, signer, certificates=certificates[:count])
        assert examine_file(changed, trust).result == Result.ALTERED, count


def test_paths_are_built_in_bounded_time(letter: bytes, trust: Trust) -> None:
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(cms.MAX_CERTIFICATES)]
    # Each could have issued each, as far as names tell.
    ring = [issue(Wish("a", is_authority=True, key=key), issue(Wish("a", key=keys[0]))) for key in keys]
    changed = sign_again(letter, ring[0], certificates=[one.certificate for one in ring])
    began = time.process_time()
    assert examine_file(changed, trust).result != Result.GENUINE
    assert time.process_time() - began < 5


@pytest.mark.parametrize("curve", [ec.SECP384R1(), ec.SECP521R1()], ids=["P-384", "P-521"])
def test_a_signature_on_another_curve_is_none_of_ours(
    letter: bytes, signer: Holder, trust: Trust, curve: ec.EllipticCurve
) -> None:
    other = issue(Wish(key=ec.generate_private_key(curve)), signer)
    old = name_no_form(letter)
    assert examine_file(sign_again(old, other, lambda value: value), trust).result == Result.CANNOT_TELL
    # A letter that names the form of its signature names the signer's certificate with it.
    assert examine_file(sign_again(letter, other, lambda value: value), trust).result == Result.ALTERED


@pytest.mark.parametrize("kind", ["RSA", "Ed25519"])
def test_a_certificate_for_another_kind_of_key_is_a_change(
    letter: bytes, signer: Holder, trust: Trust, kind: str
) -> None:
    key = rsa.generate_private_key(65537, 2048) if kind == "RSA" else ed25519.Ed25519PrivateKey.generate()
    other = issue(Wish(key=key), signer)
    digest = sha256_around_room(letter)
    message = cms.encode_message(cms.Signature([other.certificate], b"\x01" * 64), digest)
    assert examine_file(put(letter, message), trust).result == Result.ALTERED


@pytest.mark.parametrize(
    "value", ["", "3000", "3006020100020100", "30060201ff0201ff", "ff" * 300, "3080" * 9]
)
def test_a_value_that_is_none_is_a_change(letter: bytes, signer: Holder, trust: Trust, value: str) -> None:
    changed = sign_again(letter, signer, lambda _: bytes.fromhex(value))
    assert examine_file(changed, trust).result == Result.ALTERED


def test_any_edit_of_any_file_is_answered(letter: bytes, trust: Trust) -> None:
    chance, results = random.Random(4), set()
    for _ in range(300):
        data = bytearray(letter)
        for _ in range(chance.randrange(1, 40)):
            place, size = chance.randrange(len(data)), chance.randrange(60)
            data[place : place + size] = chance.randbytes(chance.randrange(60))
        results.add(examine_file(bytes(data), trust).result)
    assert results <= {Result.ALTERED, Result.CANNOT_TELL, Result.NOT_OURS}
    assert Result.ALTERED in results


def test_what_is_no_letter_is_not_ours(trust: Trust) -> None:
    for data in (
        b"",
        b"x",
        b"%PDF-1.7",
        b"%PDF-1.7 " + SERIAL,
        b"\0" * 1000,
        b"%PDF-1.7 /ByteRange [0 1 2 3]",
    ):
        assert examine_file(data, trust).result == Result.NOT_OURS


def test_traces_without_a_signature_cannot_be_told(
    letter: bytes, signer: Holder, trust: Trust, tmp_path: Path
) -> None:
    printed = b"%PDF-1.7\n(https://govah.example/l/" + SERIAL + b")\n%%EOF"
    assert examine_file(printed, trust).result == Result.CANNOT_TELL
    wrong = b"%PDF-1.7\n(https://govah.example/l/0000000000001)\n%%EOF"
    assert examine_file(wrong, trust).result == Result.NOT_OURS
    start, _ = room_of(letter)
    broken = bytearray(letter.replace(b"#", b"_"))
    broken[start + 2 * len(message_of(letter)) - 10] ^= 1
    assert examine_file(bytes(broken), trust_of(tmp_path, signer.pem)).result == Result.CANNOT_TELL
