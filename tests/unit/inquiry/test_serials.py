"""Serial numbers in files: found in letters, searched within bounds in any other file."""

import time
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govah_verify.check_digit import append_check_digit
from services.inquiry.actions.serials import find_serials
from services.kit.text import to_persian_digits

SERIAL = append_check_digit("240000000001")
GROUPED = to_persian_digits(f"{SERIAL[:4]}\u00a0{SERIAL[4:8]}\u00a0{SERIAL[8:]}")
TITLE = f"نامه اعلام سابقه، شماره سریال {GROUPED}".encode("utf-16-be")
PLACES = {
    "plain": SERIAL.encode(),
    "hexadecimal": b"/Title <FEFF" + TITLE.hex().encode() + b">",
    "literal": b"/Title (\xfe\xff" + TITLE + b")",
}


def _object_stream(content: bytes) -> bytes:
    return b"9 0 obj\n<</Type /ObjStm/N 1/First 4/Filter /FlateDecode>>\nstream\n" + zlib.compress(content)


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_a_serial_is_found(place: bytes) -> None:
    assert find_serials(b"%PDF-1.7\n" + place + b"\n") == {SERIAL}
    assert find_serials(b"%PDF-1.7\n" + _object_stream(b"4 0 " + place)) == {SERIAL}
    assert find_serials(place) == set()


@pytest.mark.parametrize("digits", [SERIAL[:12], SERIAL + "1", "1" + SERIAL, SERIAL[:12] + "x"])
def test_other_numbers_are_ignored(digits: str) -> None:
    assert find_serials(b"%PDF-1.7 " + digits.encode()) == set()


@given(st.binary(max_size=200))
def test_arbitrary_bytes_raise_nothing(data: bytes) -> None:
    for content in (
        data,
        _object_stream(data),
        _object_stream(b"")[:-4] + data,
        b"<feff" + data,
        b"(\xfe\xff" + data,
    ):
        find_serials(b"%PDF-1.7 " + content)


@pytest.mark.parametrize(
    "hostile",
    [
        SERIAL.encode() + b" " + SERIAL.encode(),
        b"/ObjStm>>stream\n" + zlib.compress(bytes(30 * 1024 * 1024)),
        b"/ObjStm" + b">" * 400,
        b"<feff" + b"0030" * 199,
        b"(\xfe\xff" + b"\x000" * 100,
        b"0 1",
    ],
)
def test_hostile_file_is_searched_in_linear_time(hostile: bytes) -> None:
    data = b"%PDF-1.7 " + hostile * (20 * 1024 * 1024 // len(hostile))
    started = time.process_time()
    assert len(find_serials(data)) <= 100
    assert time.process_time() - started < 10
