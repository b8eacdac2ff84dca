"""The system's own letters with anything changed, at the inquiry check and offline; hostile uploads' cost."""

import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from bench.processes import measure_cpu
from govah_verify.letters import clean_qr_text
from tests.attack.forging import (
    find_signature_room,
    find_used_digits,
    mirror_s,
    read_qr_text,
    run_letter,
    verify,
)
from tests.attack.registry import AttackVoid, Outcome, Size, register_attack
from tests.attack.target import INQUIRY, Target

HEX = b"0123456789abcdef"
# Beyond which nobody's file may cost, in processor seconds of the whole service.
MOST_CPU = 1.5
REFUSED = {"altered", "cannot-tell", "not-ours"}
KIBIBYTE = 1024


@contextmanager
def trusting(target: Target) -> Iterator[Path]:
    """Lend a file of the system's public keys, as anybody can fetch it, once its letter is genuine by it."""
    directory = Path(mkdtemp(prefix="govah-trust-"))
    try:
        trust = directory / "trust.pem"
        trust.write_text(target.create_stranger().get(f"{INQUIRY}/letters/keys").json()["pem"])
        if not verify(target.letter_pdf, trust).is_genuine:
            raise AttackVoid("a genuine letter is not told as one")
        yield trust
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def check_online(target: Target, data: bytes) -> tuple[int, str]:
    """Return the status and the result of the inquiry check."""
    answer = target.create_stranger().http.post(
        f"{INQUIRY}/letters/check", files={"file": ("letter.pdf", data)}
    )
    return answer.status_code, str(answer.json().get("result", "")) if answer.status_code == 200 else ""


def replace_bytes(data: bytes, place: int, by: bytes) -> bytes:
    """Return the data with other bytes at a place."""
    return data[:place] + by + data[place + len(by) :]


def generate_digit_edits(letter: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield every hexadecimal digit of the signature with each of the fifteen others."""
    for place in find_used_digits(letter):
        for digit in HEX:
            if digit != letter[place]:
                yield place, bytes([digit])


@register_attack("every hexadecimal digit of the signature", "not genuine offline, no traceback")
def edit_digits(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    letter = target.letter_pdf
    edits = list(generate_digit_edits(letter))
    size.create_dice("digits").shuffle(edits)
    with trusting(target) as trust:
        for place, digit in tally.limit_by_time(edits[: size.pick(120, len(edits))]):
            verdict = verify(replace_bytes(letter, place, digit), trust)
            where = f"digit {place - find_signature_room(letter)[0] + 1} to {digit.decode()}"
            tally.add(where, is_hit=verdict.is_genuine or verdict.is_raised)
    return tally.summarise(f"of {len(edits):,}")


@register_attack("the same digits at the inquiry check", "200 with altered, cannot-tell or not-ours")
def edit_digits_online(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    letter = target.letter_pdf
    edits = list(generate_digit_edits(letter))
    start = find_signature_room(letter)[0]
    # Where libraries stumble: the sign of a serial number, the tags of names.
    first = [(place, digit) for place, digit in edits if place - start + 1 in {151, 238} and digit in b"38f"]
    size.create_dice("online").shuffle(edits)
    for place, digit in tally.limit_by_time(first + edits[: size.pick(40, 4000)]):
        status, result = check_online(target, replace_bytes(letter, place, digit))
        tally.add(
            f"digit {place - start + 1} to {digit.decode()}: {status} {result}", is_hit=result not in REFUSED
        )
    return tally.summarise()


def generate_other_edits(letter: bytes, dice: random.Random, count: int) -> Iterator[tuple[str, bytes]]:
    """Yield the letter with bytes flipped, added, cut off, moved and put twice."""
    start, end = find_signature_room(letter)
    yield "a line more", letter + b"\n"
    yield "a byte less", letter[:-1]
    yield "twice", letter + letter
    yield "bytes before", b"\n" + letter
    yield "an update", letter + b"1 0 obj\n<<>>\nendobj\ntrailer\n<</Size 1>>\nstartxref\n0\n%%EOF\n"
    yield "capitals", letter[:start] + letter[start:end].upper() + letter[end:]
    yield "free room filled", replace_bytes(letter, end - 8, b"deadbeef")
    yield "no signature", replace_bytes(letter, start, b"0" * (end - start))
    yield "another name of the range", letter.replace(b"/ByteRange", b"/ByteRangf")
    yield "a second range", letter.replace(b"%%EOF", b"% /ByteRange [0 1 2 3]\n%%EOF", 1)
    yield "a polyglot", b"<html>" + letter
    for _ in range(count):
        place = dice.randrange(len(letter))
        kind = dice.randrange(4)
        if kind == 0:
            yield (
                f"byte {place}",
                replace_bytes(letter, place, bytes([letter[place] ^ dice.randrange(1, 256)])),
            )
        elif kind == 1:
            yield (
                f"inserted at {place}",
                letter[:place] + dice.randbytes(dice.randrange(1, 9)) + letter[place:],
            )
        elif kind == 2:
            yield f"cut at {place}", letter[:place] + letter[place + dice.randrange(1, 9) :]
        else:
            other = dice.randrange(len(letter) - 64)
            spliced = replace_bytes(letter, min(place, len(letter) - 64), letter[other : other + 64])
            if spliced != letter:
                yield f"splice of {other} at {place}", spliced


@register_attack("bytes changed, added, cut off, moved", "not genuine offline and at the check, no 500")
def edit_bytes(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    letter, dice = target.letter_pdf, size.create_dice("bytes")
    every = size.pick(20, 25)
    with trusting(target) as trust:
        edits = generate_other_edits(letter, dice, size.pick(120, 20_000))
        for number, (what, data) in enumerate(tally.limit_by_time(edits)):
            verdict = verify(data, trust)
            tally.add(f"offline {what}", is_hit=verdict.is_genuine or verdict.is_raised)
            if number < 11 or number % every == 0:
                status, result = check_online(target, data)
                tally.add(f"check {what}: {status} {result}", is_hit=result not in REFUSED)
    return tally.summarise()


@register_attack("the other s of an ECDSA signature", "(r, n-s) is genuine nowhere")
def mirror_signature(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    with trusting(target) as trust:
        forged = mirror_s(target.letter_pdf)
        tally.add("offline", is_hit=verify(forged, trust).is_genuine)
        status, result = check_online(target, forged)
        tally.add(f"check: {status} {result}", is_hit=result not in REFUSED)
    return tally.summarise()


def _generate_tokens(token: str, dice: random.Random, count: int) -> Iterator[str]:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    edits = [(place, one) for place in range(len(token)) for one in alphabet if one != token[place]]
    dice.shuffle(edits)
    for place, one in edits[:count]:
        yield token[:place] + one + token[place + 1 :]
    for place in range(0, len(token), max(1, len(token) * 10 // count)):
        yield token[:place]
        yield token[:place] + token[place + 1 :]
        yield token[:place] + " " + token[place:]
    yield from (token + "=", token + "A", token + "\0", "", "A" * len(token), token[::-1])


@register_attack("QR texts with a character changed", "none is proved, no traceback")
def edit_qr(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    text = read_qr_text(target.letter_pdf)
    address, _, token = text.partition("#")
    env = {"GOVAH_PUBLIC_URL": target.system.base_url}
    with trusting(target) as trust:
        if not run_letter("verify-qr", text, trust, env).is_genuine:
            raise AttackVoid("the letter's own QR text is not proved")
        for changed in tally.limit_by_time(
            _generate_tokens(token, size.create_dice("qr"), size.pick(150, 11_000))
        ):
            # A command takes no NUL, and spaces that a message adds change nothing of the token.
            if "\0" in changed or clean_qr_text(changed) == token:
                continue
            verdict = run_letter("verify-qr", f"{address}#{changed}", trust, env)
            tally.add(f"{changed[:12]}…", is_hit=verdict.is_genuine or verdict.is_raised)
    return tally.summarise()


@register_attack("QR texts of another host", "a text counts only under the configured public address")
def move_qr(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    text = read_qr_text(target.letter_pdf)
    base, rest = target.system.base_url, text[len(target.system.base_url) :]
    host = base.removeprefix("http://")
    others: tuple[str, ...] = (
        "https://evil.example",
        f"http://{host}.evil.example",
        f"http://evil.example/{host}",
    )
    others += (f"http://{host}@evil.example", f"http://evil.example#{base}", f"https://evil.example?{base}")
    others += ("", "javascript:", f"//{host}", f"ftp://{host}", f"http://{host}0", "http://localhost")
    env = {"GOVAH_PUBLIC_URL": base}
    with trusting(target) as trust:
        for other in others:
            verdict = run_letter("verify-qr", f"{other}{rest}", trust, env)
            tally.add(other or "none", is_hit=verdict.is_genuine or verdict.is_raised)
    return tally.summarise()


def build_bomb_file(serial: str, message: bytes) -> bytes:
    """Return a file that bears a letter's serial number and, where its signature belongs, this message."""
    digits = message.hex().encode()
    start = end = 0
    for _ in range(3):  # The numbers' own length moves what they say.
        head = f"%PDF-1.7\n% {serial}\n/ByteRange [0 {start} {end} 1]\n".encode()
        start, end = len(head), len(head) + len(digits) + 2
    return head + b"<" + digits + b">\n"


def _encode_length(size: int) -> bytes:
    return b"\x84" + size.to_bytes(4, "big")


def build_bombs(size: int) -> dict[str, bytes]:
    """Return messages of about `size` bytes that are costly to careless readers."""
    nulls = b"\x05\x00" * (size // 2)
    deep = b"\x30\x80" * (size // 2)
    return {
        "a sequence of nulls": b"\x30" + _encode_length(len(nulls)) + nulls,
        "a set of nulls": b"\x31" + _encode_length(len(nulls)) + nulls,
        "endless nesting": deep,
        "one integer": b"\x02" + _encode_length(size) + b"\x7f" * size,
        "one object id": b"\x06" + _encode_length(size) + b"\x81" * size,
        "empty sequences": b"\x30" + _encode_length(size // 2 * 2) + b"\x30\x00" * (size // 2),
    }


@register_attack(
    "files that are costly to read", f"{MOST_CPU} processor seconds of the inquiry service each, 200"
)
def check_bombs(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    serial = target.holder.letter["serial"]
    pid = target.list_pids("inquiry")[0]
    shapes = list(build_bombs(1))
    for name in shapes[: size.pick(3, len(shapes))]:
        # The larger ones only where the smaller one was cheap: nobody is to wait for ten minutes.
        for kibibytes in size.pick((1000,), (300, 1300, 9000)):
            data = build_bomb_file(serial, build_bombs(kibibytes * KIBIBYTE)[name])
            before = measure_cpu(pid)
            status, result = check_online(target, data)
            cost = measure_cpu(pid) - before
            is_hit = status != 200 or result not in REFUSED or cost > MOST_CPU
            tally.add(f"{name}, {len(data) // KIBIBYTE} KiB: {status}, {cost:.1f} s", is_hit=is_hit)
            if is_hit:
                break
    return tally.summarise()
