"""Choosing the encoding of texts by weight, and the round trip of texts through cp1256 and UTF-8."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govah.samples.words import CITIES, FEMALE_NAMES, JOBS, LAST_NAMES, MALE_NAMES
from services.kit.text import normalise_text
from services.records.lists.encodings import (
    Encoding,
    choose_column_encoding,
    choose_encoding,
    get_decoder,
    get_encoder,
    score_cells,
)

CP1256, IRAN_SYSTEM, UTF_8 = Encoding
NAMES = [*MALE_NAMES, *FEMALE_NAMES, *LAST_NAMES]
# Names that are not among the words from which letters are weighed.
OTHER_NAMES = [
    "دژپسند", "اوجاقلو", "خوش‌نویس", "پژواک", "زرین‌کلک", "بزرگمهر", "طغرل", "ارغوان", "شکیبا", "صنوبر",
    "گرامی", "ذکاوت", "فروزانفر", "ورجاوند", "نیکخواه", "چوپانی",
    "ژرفا", "سگوند", "قوامی", "وثوق", "هژبر", "لک‌زایی",
]  # fmt: skip


@pytest.mark.parametrize("encoding", Encoding)
def test_single_word_is_read_in_its_encoding(encoding: Encoding) -> None:
    for word in (*NAMES, *JOBS, *CITIES, *OTHER_NAMES):
        cells = [get_encoder(encoding)(text) for text in (word, "مرد", "ایرانی")]
        assert choose_encoding(score_cells(cells), 0) is encoding, word


@pytest.mark.parametrize("driver", [0x00, 0x7E, 0xF0, 0x03, 0xC8])
@pytest.mark.parametrize("encoding", Encoding)
def test_language_driver_does_not_overrule_the_texts(encoding: Encoding, driver: int) -> None:
    cells = [get_encoder(encoding)(text) for text in ("مریم", "رضایی مقدم")]
    assert choose_encoding(score_cells(cells), driver) is encoding


def test_ascii_speaks_for_no_encoding() -> None:
    evidence = score_cells([b"ABC 12", b"", b"????"])
    assert set(evidence.values()) == {0.0}
    assert choose_encoding(evidence, 0) is CP1256
    assert choose_encoding(evidence, 0, IRAN_SYSTEM) is IRAN_SYSTEM


def test_near_tie_is_decided_by_the_driver_and_the_other_file() -> None:
    tie = {CP1256: 3.0, IRAN_SYSTEM: 3.5, UTF_8: -9.0}
    assert choose_encoding(tie, 0) is IRAN_SYSTEM
    assert choose_encoding(tie, 0x7E) is CP1256
    assert choose_encoding(tie, 0, CP1256) is CP1256
    assert choose_encoding(tie, 0x7E, IRAN_SYSTEM) is IRAN_SYSTEM


@given(
    st.sampled_from(Encoding),
    st.lists(st.sampled_from(NAMES), min_size=4, max_size=30),
    st.lists(st.integers(0x80, 0xFF), max_size=2),
)
def test_stray_bytes_outvote_nothing(encoding: Encoding, names: list[str], strays: list[int]) -> None:
    cells = [get_encoder(encoding)(name) for name in names]
    for place, stray in enumerate(strays):
        cells[place] = cells[place][:1] + bytes([stray]) + cells[place][1:]
    assert choose_encoding(score_cells(cells), 0x7E) is encoding


@given(st.permutations(list(Encoding)), st.lists(st.sampled_from(NAMES), min_size=3, max_size=9))
def test_a_column_may_have_an_encoding_of_its_own(order: list[Encoding], names: list[str]) -> None:
    own, of_file, _ = order
    column = score_cells(get_encoder(own)(name) for name in names)
    assert choose_column_encoding(column, of_file) is own
    assert choose_column_encoding(column, own) is own


def test_a_column_without_evidence_is_read_like_its_file() -> None:
    assert choose_column_encoding(score_cells([b"12"]), IRAN_SYSTEM) is IRAN_SYSTEM
    assert choose_column_encoding(score_cells(["گل".encode("cp1256")]), IRAN_SYSTEM) is IRAN_SYSTEM


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
def test_every_text_round_trips_through_cp1256_and_utf_8(text: str) -> None:
    for encoding in (CP1256, UTF_8):
        assert normalise_text(get_decoder(encoding)(get_encoder(encoding)(text))) == normalise_text(text)


@given(st.binary(), st.sampled_from(Encoding))
def test_any_bytes_are_read(data: bytes, encoding: Encoding) -> None:
    assert isinstance(get_decoder(encoding)(data), str)
    assert isinstance(score_cells([data])[encoding], float)


def test_letter_that_the_width_has_cut_is_left_out_of_utf_8() -> None:
    assert get_decoder(UTF_8)("زن".encode()[:3]) == "ز"
    assert get_decoder(UTF_8)(b"\xd8 \xb2") == "\ufffd \ufffd"


def test_persian_digits_become_ascii_in_cp1256() -> None:
    assert get_encoder(CP1256)("۱۲ ٣") == b"12 3"
