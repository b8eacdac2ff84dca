"""Text and digits as they are kept, compared and shown."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.kit.text import (
    NotDigits,
    fold_name,
    group_thousands,
    normalise_code,
    normalise_digits,
    normalise_text,
    to_persian_digits,
)


@pytest.mark.parametrize(
    ("typed", "normalised"),
    [
        ("علي كريمي", "علی کریمی"),
        ("موسى", "موسی"),
        ("محـــمد", "محمد"),
        ("  رضا \t رضایی\u00a0", "رضا رضایی"),
        ("علی\u200cرضا", "علی\u200cرضا"),
        ("\u200cعلی\u200c\u200cرضا\u200c \u200cب", "علی\u200cرضا ب"),
        ("\u202eعلی\u202c\u200f", "علی"),
        ("ع\x00ل\ud800ی\ufeff\x85\x1f", "علی"),
        ("ا\u200f\u0653", "آ"),
        ("\u200c \u200c", ""),
        ("\ufecb\ufee0\ufbfd", "علی"),
        ("غ\ufefcمرضا", "غلامرضا"),
    ],
)
def test_text_is_kept_normalised(typed: str, normalised: str) -> None:
    assert normalise_text(typed) == normalised


@given(st.text(st.characters(exclude_categories=[])))
def test_kept_text_is_stable_storable_and_holds_nothing_unseen(typed: str) -> None:
    normalised = normalise_text(typed)
    assert normalise_text(normalised) == normalised
    assert not {unicodedata.category(c) for c in normalised} & {"Cc", "Cs", "Zl", "Zp"}
    assert not set(normalised) & set("يىكـ\u200b\u200d\u200e\u200f\u202e\u2066\u2069\ufeff")
    normalised.encode()


def test_digits_of_two_scripts_become_ascii_and_no_others() -> None:
    assert normalise_digits("۰۱۲۳۴۵۶۷۸۹ ٠١٢٣٤٥٦٧٨٩ ৪²x") == "0123456789 0123456789 ৪²x"


@pytest.mark.parametrize(
    "typed",
    [
        "۱۲۳۴ ۵۶۷۸",
        "1234-5678",
        "12\u200c34\u200f5678",
        "1234–5678",
        "\u2066 12345678\u2069",
        "1234\u200b56\xad78\ufeff",
    ],
)
def test_a_code_is_its_digits(typed: str) -> None:
    assert normalise_code(typed) == "12345678"


@pytest.mark.parametrize("typed", ["", " - ", "12a4", "৪৪", "²", "1.5", "+1", "1_000"])
def test_a_code_of_anything_else_is_refused(typed: str) -> None:
    with pytest.raises(NotDigits):
        normalise_code(typed)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("علی‌رضا", "علي رضا"),
        ("علی‌رضا", "علیرضا"),
        ("تأمین اجتماعی", "تامین اجتماعی"),
        ("رؤیت", "رویت"),
        ("خانهٔ ما", "خانه ما"),
        ("خانۀ ما", "خانه ما"),
        ("مسئول", "مسیول"),
        ("مسئول", "مسؤول"),
        ("کارگاه ۱۲", "کارگاه 12"),
        ("Sample", "sample"),
        ("قهوه", "قەوە"),
        ("قهوه", "قہوۃ"),
        ("قهوه", "ﻗﻬﻮﻩ"),
        ("مهدی", "مھدے"),
        ("غلامرضا", "غﻼمرضا"),
        ("غلامرضا", "غلامـرضا"),
        ("کبری", "ڪبرى"),
        ("کبری", "ﻛﺒﺮﻯ"),
        ("فاطمه", "فاطمة"),
        ("هیأت", "هیئت"),
        ("هیأت", "هيات"),
        ("هیأت", "هییت"),
        ("هیأت", "هیی\u0654ت"),
        ("جرأت", "جُرئت"),
        ("مسأله", "مسئله"),
        ("قرائت", "قراءت"),
        ("رئوف", "رؤوف"),
        ("رئوف", "رؤف"),
        ("رئیسی", "رییسی"),
        ("رضائی", "رضایی"),
        ("رضائی", "رضای\u0654ی"),
        ("اسماء", "اسما"),
        ("آزاده", "ا\u0653زاده"),
        ("آزاده", "ازاده"),
        ("داوود", "داود"),
        ("طاووس", "طاؤس"),
        ("گلی", "ڴلی"),
        ("نرگس", "نرڱس"),
        ("لیلا", "\u202bلي\u200bلا\u202c"),
        ("عبدالله", "عبدﷲ"),
        ("مُحَمَّد", "محمد"),
        ("رحمٰن", "رحمن"),
    ],
)
def test_spellings_of_one_name_fold_to_one_key(one: str, other: str) -> None:
    assert fold_name(one) == fold_name(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("حسن", "حسین"),
        ("علی", "علا"),
        ("برات", "برائت"),
        ("ملائی", "ملالی"),
        ("کریم", "گریم"),
        ("یوسف", "وسف"),
    ],
)
def test_different_names_stay_different(one: str, other: str) -> None:
    assert fold_name(one) != fold_name(other)


_PERSIAN = st.text(
    st.one_of(
        st.characters(min_codepoint=0x600, max_codepoint=0x6FF),
        st.characters(min_codepoint=0xFB50, max_codepoint=0xFEFF),
        st.sampled_from("اآأئءؤیىيکكهەةوتلمسabAB 0\u200c\u200b\u0654"),
    ),
    max_size=12,
)


@example("\ufe77", "", " ")  # a sign on a tatweel
@given(_PERSIAN, _PERSIAN, st.sampled_from(" \u200c\u200b\u200e\u202b\u2067\ufeff\xad\xa0ـ"))
def test_the_key_of_a_name_is_stable_and_passes_over_gaps(one: str, other: str, gap: str) -> None:
    assert fold_name(fold_name(one)) == fold_name(one)
    assert fold_name(normalise_text(one)) == fold_name(one)
    assert fold_name(one + gap + other) == fold_name(one + other)


@given(st.integers(0, 10**15))
def test_shown_numbers_read_back(number: int) -> None:
    assert normalise_digits(to_persian_digits(number)) == str(number)
    assert int(normalise_digits(group_thousands(number)).replace("٬", "")) == number


def test_thousands_are_grouped_in_threes() -> None:
    assert [group_thousands(n) for n in (0, 999, 1000, 987654321)] == ["۰", "۹۹۹", "۱٬۰۰۰", "۹۸۷٬۶۵۴٬۳۲۱"]
    assert to_persian_digits("1403/07") == "۱۴۰۳/۰۷"
