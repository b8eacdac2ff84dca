"""The work for a file grows linearly with its size, whatever its content."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from govah_verify import cms
from govah_verify.der import SEQUENCE, encode_der
from govah_verify.examination import Cause, Result, examine_file
from govah_verify.signed_file import find_byte_ranges
from tests.unit.verify.forging import (
    Profile,
    create_letter,
    find_contents,
    issue_certificate,
    sign_again,
    write_trust,
)

HEAD = b"%PDF-1.7\n% 4071829365018\n"
LARGE = 5 * 1024 * 1024


def build_file(message: bytes) -> bytes:
    """Return a file with a message as its signature."""
    digits = message.hex().encode()
    start = len(HEAD) + 48
    byte_range = b"/ByteRange [0 %d %d 1]" % (start, start + len(digits) + 2)
    return HEAD + byte_range.ljust(48) + b"<" + digits + b">\n"


BOMBS: dict[str, Callable[[], bytes]] = {
    "sequence of nulls": lambda: build_file(encode_der(SEQUENCE, b"\x05\x00" * (LARGE // 4))),
    "indefinite lengths": lambda: build_file(b"\x30\x80" * (LARGE // 4)),
    "byte ranges": lambda: HEAD + b"/ByteRange [0 9 99 999]" * (LARGE // 23),
    "tokens": lambda: HEAD + (b"#" + b"A" * 135) * (LARGE // 136),
    "hashes": lambda: HEAD + b"#" * LARGE,
    "addresses": lambda: HEAD + b"https://govah.example/l/" * (LARGE // 24),
    "object streams": lambda: HEAD + b"/ObjStm " * (LARGE // 8),
    "serial numbers": lambda: HEAD + b"4071829365018 " * (LARGE // 14),
}


@pytest.mark.parametrize("make", BOMBS.values(), ids=BOMBS.keys())
def test_work_is_linear_in_the_file(make: Callable[[], bytes], tmp_path: Path) -> None:
    data, trust = (
        make(),
        write_trust(tmp_path, b"Public-URL: https://govah.example\n", issue_certificate(Profile()).pem),
    )
    began = time.process_time()
    examined = examine_file(data, trust)
    # Less than a tenth of this when measured. The sequence of nulls once took a minute.
    assert time.process_time() - began < 4
    assert examined.result in (Result.NOT_OURS, Result.CANNOT_TELL)


def test_a_reserved_space_of_more_than_32_kib_is_not_read(tmp_path: Path) -> None:
    signer = issue_certificate(Profile())
    letter, trust = create_letter(signer), write_trust(tmp_path, signer.pem)
    start, end = find_contents(letter)
    [byte_range] = find_byte_ranges(letter)
    more = cms.RESERVED_DIGITS_WITH_STAMP - (end - start) + 2
    widened = letter[:end] + b"0" * more + letter[end:]
    pattern = re.compile(rb"/ByteRange \[0 [^]]*\] *")
    new_range = b"/ByteRange [0 %d %d %d]" % (byte_range.start, byte_range.end + more, byte_range.rest)
    size = len(pattern.search(widened)[0])  # type: ignore[index]
    widened = pattern.sub(new_range.ljust(size), widened)
    assert examine_file(sign_again(widened, signer), trust).cause == Cause.MALFORMED
