"""Detecting the encoding of a file, and the round trip of texts through cp1256."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govah.samples.words import FEMALE_NAMES, JOBS, LAST_NAMES, MALE_NAMES
from services.kit.text import normalise_text
from services.records.lists.encodings import (
    Encoding,
    detect_encoding,
    get_decoder,
    get_encoder,
    guess_encoding,
)

CP1256, IRAN_SYSTEM = Encoding


@pytest.mark.parametrize("word", [*MALE_NAMES, *FEMALE_NAMES, *LAST_NAMES, *JOBS])
def test_single_word_is_never_detected_as_the_other_encoding(word: str) -> None:
    for encoding in Encoding:
        assert detect_encoding(get_encoder(encoding)(word)) in {encoding, None}


def test_two_words_are_certain() -> None:
    for encoding in Encoding:
        assert detect_encoding(get_encoder(encoding)("مرد ایرانی")) is encoding


def test_ascii_reads_the_same_in_both() -> None:
    assert detect_encoding(b"ABC 12") is None
    assert guess_encoding(b"ABC 12", 0, IRAN_SYSTEM) is CP1256


def test_ambiguous_bytes_are_decided_by_the_driver_then_the_other_file() -> None:
    tie = get_encoder(CP1256)("ملی")
    assert detect_encoding(tie) is None
    assert guess_encoding(tie, 0x7E, IRAN_SYSTEM) is CP1256
    assert guess_encoding(tie, 0, CP1256) is CP1256
    assert guess_encoding(tie, 0, IRAN_SYSTEM) is IRAN_SYSTEM
    assert guess_encoding(tie, 0, None) is IRAN_SYSTEM


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        (b"\xda\xe1\xed", "علی"),
        (b"\xda\xe1\xec", "علی"),
        (b"\x81\x8d\x8e\x90\x98\xdf", "پچژگکک"),
        (b"\xce\xc7\xe4\xe5\x9d\xe5\xc7", "خانه\u200cها"),
        (b"\xa0\xc2\xc8\x9d", "آب"),
    ],
)
def test_known_bytes_of_cp1256(stored: bytes, text: str) -> None:
    assert normalise_text(get_decoder(CP1256)(stored)) == text


@given(st.text("ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیآئءأؤة\u200c ()ABab0123456789"))
def test_every_text_round_trips_through_cp1256(text: str) -> None:
    assert normalise_text(get_decoder(CP1256)(get_encoder(CP1256)(text))) == normalise_text(text)


@given(st.binary())
def test_any_bytes_of_cp1256_are_read(data: bytes) -> None:
    assert len(get_decoder(CP1256)(data)) == len(data)


def test_persian_digits_become_ascii_in_cp1256() -> None:
    assert get_encoder(CP1256)("۱۲ ٣") == b"12 3"
