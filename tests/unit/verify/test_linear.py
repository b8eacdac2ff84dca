"""The work that a file costs grows with its size and no faster, whatever is in it."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from govah_verify import cms
from govah_verify.der import SEQUENCE, encode_der
from govah_verify.examination import Cause, Result, examine_file
from govah_verify.signed_file import find_byte_ranges
from tests.unit.verify.forging import Wish, issue, letter_by, room_of, sign_again, trust_of

HEAD = b"%PDF-1.7\n% 4071829365018\n"
MANY = 5 * 1024 * 1024


def around(held: bytes) -> bytes:
    """Return a file whose signature is what is given."""
    digits = held.hex().encode()
    start = len(HEAD) + 48
    place = b"/ByteRange [0 %d %d 1]" % (start, start + len(digits) + 2)
    return HEAD + place.ljust(48) + b"<" + digits + b">\n"


BOMBS: dict[str, Callable[[], bytes]] = {
    "sequence of nulls": lambda: around(encode_der(SEQUENCE, b"\x05\x00" * (MANY // 4))),
    "indefinite lengths": lambda: around(b"\x30\x80" * (MANY // 4)),
    "byte ranges": lambda: HEAD + b"/ByteRange [0 9 99 999]" * (MANY // 23),
    "tokens": lambda: HEAD + (b"#" + b"A" * 135) * (MANY // 136),
    "hashes": lambda: HEAD + b"#" * MANY,
    "addresses": lambda: HEAD + b"https://govah.example/l/" * (MANY // 24),
    "object streams": lambda: HEAD + b"/ObjStm " * (MANY // 8),
    "serial numbers": lambda: HEAD + b"4071829365018 " * (MANY // 14),
}


@pytest.mark.parametrize("make", BOMBS.values(), ids=BOMBS.keys())
def test_work_is_linear_in_the_file(make: Callable[[], bytes], tmp_path: Path) -> None:
    data, trust = make(), trust_of(tmp_path, b"Public-URL: https://govah.example\n", issue(Wish()).pem)
    began = time.process_time()
    examined = examine_file(data, trust)
    # Less than a tenth of this when measured; the sequence of nulls once took a minute.
    assert time.process_time() - began < 4
    assert examined.result in (Result.NOT_OURS, Result.CANNOT_TELL)


def test_a_room_of_more_than_32_kib_is_not_read(tmp_path: Path) -> None:
    signer = issue(Wish())
    letter, trust = letter_by(signer), trust_of(tmp_path, signer.pem)
    start, end = room_of(letter)
    [place] = find_byte_ranges(letter)
    more = cms.RESERVED_DIGITS_WITH_STAMP - (end - start) + 2
    widened = letter[:end] + b"0" * more + letter[end:]
    written = re.compile(rb"/ByteRange \[0 [^]]*\]")
    range_now = b"/ByteRange [0 %d %d %d]" % (place.start, place.end + more, place.rest)
    size = len(written.search(widened)[0])  # type: ignore[index]
    assert len(range_now) == size
    widened = written.sub(range_now, widened)
    assert examine_file(sign_again(widened, signer), trust).cause == Cause.MALFORMED
