"""Names from lists and people, made fit for paper."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.pdfworker.letter.printable import LONGEST_NAME, STRANGER, printable, shortened


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("زهرا احمدی‌نژاد", "زهرا احمدی‌نژاد"),
        ("علي كاظمي", "علی کاظمی"),
        ("زهرا\u202e\u2066\x00\x1b", "زهرا"),
        ("یک\nدو\tسه", "یک دو سه"),
        ("نمونه 😀 漢", f"نمونه {STRANGER} {STRANGER}"),
        ("<b>&amp;</b>", "<b>&amp;</b>"),
        ("محـــمد", "محمد"),
    ],
)
def test_a_name_as_it_is_printed(name: str, printed: str) -> None:
    assert printable(name) == printed


@given(st.text())
def test_what_is_printable_stays_so(text: str) -> None:
    assert printable(printable(text)) == printable(text)


@given(st.text(max_size=300))
def test_a_name_is_never_longer_than_its_place(text: str) -> None:
    short = shortened(text)
    assert len(short) <= LONGEST_NAME
    assert short == text if len(text) <= LONGEST_NAME else text.startswith(short.removesuffix("…"))


def test_a_long_name_is_cut_between_words_where_it_can() -> None:
    assert shortened("کارگاه " * 1429) == ("کارگاه " * 15)[:99].rstrip() + "…"
