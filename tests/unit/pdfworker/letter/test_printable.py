"""Names from lists and people, prepared for print."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.pdfworker.letter.printable import MAX_NAME_LENGTH, REPLACEMENT, make_printable, truncate_name


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("زهرا احمدی‌نژاد", "زهرا احمدی‌نژاد"),
        ("علي كاظمي", "علی کاظمی"),
        ("زهرا\u202e\u2066\x00\x1b", "زهرا"),
        ("یک\nدو\tسه", "یک دو سه"),
        ("نمونه 😀 漢", f"نمونه {REPLACEMENT} {REPLACEMENT}"),
        ("<b>&amp;</b>", "<b>&amp;</b>"),
        ("محـــمد", "محمد"),
    ],
)
def test_a_name_as_it_is_printed(name: str, printed: str) -> None:
    assert make_printable(name) == printed


@given(st.text())
def test_making_text_printable_is_idempotent(text: str) -> None:
    assert make_printable(make_printable(text)) == make_printable(text)


@given(st.text(max_size=300))
def test_a_name_is_never_longer_than_its_limit(text: str) -> None:
    short = truncate_name(text)
    assert len(short) <= MAX_NAME_LENGTH
    assert short == text if len(text) <= MAX_NAME_LENGTH else text.startswith(short.removesuffix("…"))


def test_a_long_name_is_cut_between_words_where_it_can() -> None:
    assert truncate_name("کارگاه " * 1429) == ("کارگاه " * 15)[:99].rstrip() + "…"
