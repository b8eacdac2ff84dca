"""Every file has a result, whatever its bytes and those of its signature."""

import random
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from govah_verify import cms
from govah_verify.check_digit import append_check_digit
from govah_verify.der import SEQUENCE, SET, encode_der
from govah_verify.examination import Result, examine_file, examine_time_stamp
from govah_verify.trust import Trust
from tests.unit.verify.forging import (
    Holder,
    Profile,
    create_letter,
    find_contents,
    hash_signed_bytes,
    issue_certificate,
    read_message,
    remove_form,
    replace_message,
    sign_again,
    write_trust,
)

SERIAL = append_check_digit("407182936501").encode()


@pytest.fixture(scope="module")
def signer() -> Holder:
    return issue_certificate(Profile())


@pytest.fixture(scope="module")
def letter(signer: Holder) -> bytes:
    return create_letter(signer)


@pytest.fixture(scope="module")
def trust(signer: Holder, tmp_path_factory: pytest.TempPathFactory) -> Trust:
    return write_trust(tmp_path_factory.mktemp("trust"), b"Public-URL: https://govah.example\n", signer.pem)


def test_every_hexadecimal_digit_counts(letter: bytes, trust: Trust) -> None:
    start, _ = find_contents(letter)
    wrong = []
    for place in range(start, start + 2 * len(read_message(letter)) + 8):
        digit = letter[place]
        changed = bytearray(letter)
        changed[place] = b"89abcdef01234567"[int(chr(digit), 16)]
        examined = examine_file(bytes(changed), trust)
        if examined.result != Result.ALTERED:
            wrong.append((place - start, examined))
    assert wrong == []


def test_digits_that_once_caused_a_traceback_are_changes(letter: bytes, trust: Trust) -> None:
    start, _ = find_contents(letter)
    for place in (151, 238):
        for digit in b"0123456789abcdef":
            changed = bytearray(letter)
            changed[start + place] = digit
            same = bytes(changed) == letter
            assert examine_file(bytes(changed), trust).result == (Result.GENUINE if same else Result.ALTERED)


def set_date(letter: bytes, moment: str) -> bytes:
    """Return a letter with another signing time; it must be signed again."""
    return re.sub(rb"/M \(D:[0-9]{14}Z\)", rb"/M (D:%sZ)" % moment.encode(), letter)


@pytest.mark.parametrize(
    "moment", ["99999999999999", "00000000000000", "20261301000000", "20260230000000", "20261130246060"]
)
def test_an_invalid_date_is_a_change(letter: bytes, signer: Holder, trust: Trust, moment: str) -> None:
    dated = set_date(letter, moment)
    assert dated != letter
    signed = sign_again(dated, signer)
    assert examine_file(signed, trust).result == Result.ALTERED
    # Also under the key of someone who has only the QR code.
    assert examine_file(sign_again(dated, issue_certificate(Profile())), trust).result == Result.ALTERED


def test_signing_times_far_from_now_are_not_genuine(letter: bytes, signer: Holder, trust: Trust) -> None:
    for moment in ("00010101000000", "20010101000000", "20990101000000", "99991231235959"):
        examined = examine_file(sign_again(set_date(letter, moment), signer), trust)
        assert examined.result in (Result.ALTERED, Result.CANNOT_TELL)


def nest_values(tag: int, depth: int) -> bytes:
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
    "nested sequences": lambda _: nest_values(SEQUENCE, 900),
    "nested sets": lambda _: nest_values(SET, 900),
    "sequence of nulls": lambda _: encode_der(SEQUENCE, b"\x05\x00" * 1900),
    "huge length": lambda _: b"\x30\x84\xff\xff\xff\xff" + b"\0" * 100,
    "longest length": lambda _: b"\x30\xff" + b"\xff" * 127,
    "length of eight": lambda message: b"\x30\x88" + (len(message) - 4).to_bytes(8, "big") + message[4:],
    # The padding is zeros, so only a cut of another byte is a change.
    "cut": lambda message: message.rstrip(b"\0")[:-1],
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
    start, end = find_contents(letter)
    changed = replace_message(letter, make(read_message(letter))[: (end - start) // 2])
    assert examine_file(changed, trust).result == Result.ALTERED
    assert examine_time_stamp(changed, trust).status == "none"
    # The same in a file without any other trace of our letters.
    stranger = b"%PDF-1.7\n" + changed[start - 11 :].replace(b"ContactInfo", b"ContactInf_")
    assert examine_file(stranger.replace(b"#", b"_"), trust).result != Result.GENUINE


def test_many_certificates_are_a_change(letter: bytes, signer: Holder, trust: Trust) -> None:
    twins = [issue_certificate(Profile("a", is_authority=True, key=signer.key)) for _ in range(7)]
    certificates = [signer.certificate, *(twin.certificate for twin in twins)]
    for count in (2, cms.MAX_CERTIFICATES, cms.MAX_CERTIFICATES + 1, 8):
        changed = sign_again(letter, signer, certificates=certificates[:count])
        assert examine_file(changed, trust).result == Result.ALTERED, count


def test_paths_are_built_in_limited_time(letter: bytes, trust: Trust) -> None:
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(cms.MAX_CERTIFICATES)]
    # By their names, each could have issued each other.
    ring = [
        issue_certificate(
            Profile("a", is_authority=True, key=key), issue_certificate(Profile("a", key=keys[0]))
        )
        for key in keys
    ]
    changed = sign_again(letter, ring[0], certificates=[holder.certificate for holder in ring])
    began = time.process_time()
    assert examine_file(changed, trust).result != Result.GENUINE
    assert time.process_time() - began < 5


@pytest.mark.parametrize("curve", [ec.SECP384R1(), ec.SECP521R1()], ids=["P-384", "P-521"])
def test_a_signature_on_another_curve_is_not_genuine(
    letter: bytes, signer: Holder, trust: Trust, curve: ec.EllipticCurve
) -> None:
    other = issue_certificate(Profile(key=ec.generate_private_key(curve)), signer)
    old = remove_form(letter)
    assert examine_file(sign_again(old, other, lambda value: value), trust).result == Result.CANNOT_TELL
    # A letter that names the form of its signature names the signer's certificate with it.
    assert examine_file(sign_again(letter, other, lambda value: value), trust).result == Result.ALTERED


@pytest.mark.parametrize("kind", ["RSA", "Ed25519"])
def test_a_certificate_for_another_type_of_key_is_a_change(
    letter: bytes, signer: Holder, trust: Trust, kind: str
) -> None:
    key = rsa.generate_private_key(65537, 2048) if kind == "RSA" else ed25519.Ed25519PrivateKey.generate()
    other = issue_certificate(Profile(key=key), signer)
    digest = hash_signed_bytes(letter)
    message = cms.encode_message(cms.Signature([other.certificate], b"\x01" * 64), digest)
    assert examine_file(replace_message(letter, message), trust).result == Result.ALTERED


@pytest.mark.parametrize(
    "value", ["", "3000", "3006020100020100", "30060201ff0201ff", "ff" * 300, "3080" * 9]
)
def test_a_malformed_value_is_a_change(letter: bytes, signer: Holder, trust: Trust, value: str) -> None:
    changed = sign_again(letter, signer, lambda _: bytes.fromhex(value))
    assert examine_file(changed, trust).result == Result.ALTERED


def test_every_edit_of_a_file_has_a_result(letter: bytes, trust: Trust) -> None:
    chance, results = random.Random(4), set()
    for _ in range(300):
        data = bytearray(letter)
        for _ in range(chance.randrange(1, 40)):
            place, size = chance.randrange(len(data)), chance.randrange(60)
            data[place : place + size] = chance.randbytes(chance.randrange(60))
        results.add(examine_file(bytes(data), trust).result)
    assert results <= {Result.ALTERED, Result.CANNOT_TELL, Result.NOT_OURS}
    assert Result.ALTERED in results


def test_a_file_without_traces_is_not_ours(trust: Trust) -> None:
    for data in (
        b"",
        b"x",
        b"%PDF-1.7",
        b"%PDF-1.7 " + SERIAL,
        b"\0" * 1000,
        b"%PDF-1.7 /ByteRange [0 1 2 3]",
    ):
        assert examine_file(data, trust).result == Result.NOT_OURS


def test_traces_without_a_signature_are_undecidable(
    letter: bytes, signer: Holder, trust: Trust, tmp_path: Path
) -> None:
    printed = b"%PDF-1.7\n(https://govah.example/l/" + SERIAL + b")\n%%EOF"
    assert examine_file(printed, trust).result == Result.CANNOT_TELL
    wrong = b"%PDF-1.7\n(https://govah.example/l/0000000000001)\n%%EOF"
    assert examine_file(wrong, trust).result == Result.NOT_OURS
    start, _ = find_contents(letter)
    broken = bytearray(letter.replace(b"#", b"_"))
    broken[start + 2 * len(read_message(letter)) - 10] ^= 1
    assert examine_file(bytes(broken), write_trust(tmp_path, signer.pem)).result == Result.CANNOT_TELL
