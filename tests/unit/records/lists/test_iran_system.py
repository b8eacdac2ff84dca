"""Iran System: known bytes, the order of runs, and the round trip of every text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.text import ZWNJ
from services.records.lists.iran_system import decode, encode

persian_words = st.text("ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیآئء", min_size=1, max_size=12)
numbers = st.text("0123456789", min_size=1, max_size=6) | st.text("۰۱۲۳۴۵۶۷۸۹", min_size=1, max_size=6)
latin = st.text("ABCxyz", min_size=1, max_size=5)
signs = st.sampled_from(["(", ")", "[", "،", "؟", "12/3", "1.5", "-", "A B", "12-34 56"])
texts = st.lists(persian_words | numbers | latin | signs).map(" ".join)

KNOWN = [
    ("fc f3 e4", "علی"),
    ("f6 a8 9f", "حسن"),
    ("f6 fe a8 9f a2 f5 9f f5", "محمدحسین"),
    ("f4 f2 a8", "سلام"),
    ("f6 90 a4 fe 90", "ایران"),
    ("e1 a4 91 aa", "شارع"),
    ("e2 f5 9b", "جمع"),
    ("e6 fe 97", "تیغ"),
    ("a4 fa e0", "ظهر"),
    ("8f fc aa", "شیء"),
    ("fc f3 e4 20 f6 a8 9f", "حسن علی"),
    ("81 82 20 ed f2 95", "پلاک ۱۲"),
    ("31 32 2f 33 20 fd a4", "ری 12/3"),
    ("31 32 2d 33 34 20 fd a4", "ری 12-34"),
    ("41 42 43 20 44 45 20 a5 90", "از ABC DE"),
    ("28 f6 a8 9f 29", "(حسن)"),
    ("91 fb f9 f7 91 a1", f"خانه{ZWNJ}ها"),
    ("41 42 20 31 32", "AB 12"),
    ("81 82 20 83", "۱۲ ۳"),
    ("", ""),
]


@pytest.mark.parametrize(("stored", "text"), KNOWN)
def test_known_bytes_are_read(stored: str, text: str) -> None:
    assert decode(bytes.fromhex(stored)) == text


@pytest.mark.parametrize(("stored", "text"), KNOWN)
def test_known_bytes_are_written(stored: str, text: str) -> None:
    assert encode(text).hex(" ") == stored


@given(texts)
def test_every_text_round_trips(text: str) -> None:
    assert decode(encode(text)) == text


@given(
    st.text("بپتثجچحخسشصضعغفقکگلمنهی", min_size=1, max_size=8),
    persian_words.filter(lambda word: word[0] != "ء"),
)
def test_zwnj_between_joining_letters_round_trips(start: str, end: str) -> None:
    assert decode(encode(start + ZWNJ + end)) == start + ZWNJ + end


@given(st.binary())
def test_any_bytes_are_read_without_an_error(data: bytes) -> None:
    assert len(decode(data)) >= len(data) - data.count(0)


def test_box_drawing_is_replaced() -> None:
    assert decode(bytes(range(0xB0, 0xE0))) == "\ufffd" * 48


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("مسؤول", "مسوول"),
        ("فاطمة", "فاطمه"),
        ("كريمي", "کریمی"),
        ("أحمد", "احمد"),
        ("موسى", "موسی"),
        ("٣«ب»", '۳"ب"'),
    ],
)
def test_missing_letters_are_folded(text: str, folded: str) -> None:
    assert decode(encode(text)) == folded


@pytest.mark.parametrize("text", ["é", "علی✓", "日"])
def test_other_letters_are_refused(text: str) -> None:
    with pytest.raises(UnicodeEncodeError):
        encode(text)
