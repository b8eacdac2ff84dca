"""The folding of names for comparison, and its table for programs in other languages.

The check values on printed letters are made of folded names, so a changed folding would contradict true
letters: it would need a new version of the token. `tests/unit/verify/test_names.py` holds examples.
"""

import re
import sys
import unicodedata
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

ZWNJ = "\u200c"
TATWEEL = "\u0640"

# Controls, soft hyphen, marks of direction, zero-width characters but ZWNJ, tatweel, surrogates, tags.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u0640\u180e\u200b\u200d-\u200f\u202a-\u202e"
    "\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]+"
)
_TO_ASCII = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "01234567890123456789")
# Letters of Persian, Arabic, Kurdish, Urdu and Pashto keyboards that are one for a reader.
_LETTERS = str.maketrans(
    {
        letter: folded
        for folded, letters in {
            "ا": "آأإٱٲٳٵ",
            "و": "ؤۄۅۆۇۈۉۊۋٶٷ",
            "ه": "ةھۀہۂۃەۿ",
            "ی": "ئىيؠؽؾؿٸۍێېۑےۓ",
            "ک": "كڪګڬڭڮ",
            "گ": "ڱڳڴ",
            "ر": "ڔڕڒ",
            "ل": "ڵڶڷ",
            "ن": "ڼںڹ",
            "ف": "ڤڥ",
            "ق": "ٯڧڨ",
            "چ": "ڇ",
            "": "ءٴ",
        }.items()
        for letter in letters
    }
)
_HAMZA_ON_YEH = ((re.compile("[یىي]\u0654"), "ئ"),)
# One word whose hamza stands on different letters, before the letters are folded and after it.
_HAMZA_SPELLINGS = (
    (re.compile("(?<![اآو])ئ(?=ت|ل[هةت])"), "ا"),  # هیئت، جرئت، مسئله beside هیأت، جرأت، مسأله
    (re.compile("اء(?=ت)"), "ای"),  # قراءت beside قرائت
    (re.compile("[ئؤ]و"), "و"),  # رئوف، رؤوف beside رؤف
)
_PLAIN_SPELLINGS = (
    (re.compile("هییت"), "هیات"),
    (re.compile("مسیل(?=[هت])"), "مسال"),
    (re.compile("مسیول"), "مسول"),
    (re.compile("وو+"), "و"),  # داوود، طاووس beside داود، طاوس
)


def drop_unseen(text: str) -> str:
    """Return the text without characters that cannot be seen, except ZWNJ, which belongs to Persian words."""
    return _UNSEEN.sub("", text)


def normalise_digits(text: str) -> str:
    """Return the text with Persian (U+06F0) and Arabic-Indic (U+0660) digits in ASCII, and no others."""
    return text.translate(_TO_ASCII)


def fold_name(text: str) -> str:
    """Return the key under which a name is searched and compared, whichever way it was spelled.

    Hamza forms, letters of neighbouring keyboards, presentation forms, diacritics, case, kinds of digits,
    ZWNJ and spaces make no difference: علی‌رضا, علی رضا and عليرضا are one, and so are هیأت and هیئت. The key
    is for comparing only and is never shown.
    """
    # Some presentation forms are a sign on a tatweel.
    shapeless = drop_unseen(unicodedata.normalize("NFKC", drop_unseen(text)).casefold())
    spelled = _replace_spellings(shapeless, _HAMZA_ON_YEH)
    letters = "".join(letter for letter in spelled if not _is_passed_over(letter))
    hamzas = _replace_spellings(normalise_digits(letters), _HAMZA_SPELLINGS)
    return _replace_spellings(hamzas.translate(_LETTERS), _PLAIN_SPELLINGS)


@cache
def export_folding() -> dict[str, Any]:
    """Return the table with which a program in another language folds names as `fold_name` does.

    The steps, in their order: drop the characters in `unseen` (first and last code points); normalise to
    NFKC; replace each character by its entry in `cases`, or else by its lowercase; drop `unseen` again;
    replace the patterns of `marks`; drop the characters in `passed_over`; replace each character by its entry
    in `digits`; replace the patterns of `hamzas`; replace each character by its entry in `letters`; replace
    the patterns of `spellings`. Patterns are written as in JavaScript and Python, and replaced everywhere.
    """
    characters = [chr(code) for code in range(sys.maxunicode + 1)]
    return {
        "unseen": _list_ranges(characters, lambda letter: _UNSEEN.fullmatch(letter) is not None),
        "cases": {letter: letter.casefold() for letter in characters if letter.casefold() != letter.lower()},
        "marks": _list_sources(_HAMZA_ON_YEH),
        "passed_over": _list_ranges(characters, _is_passed_over),
        "digits": {chr(code): chr(digit) for code, digit in _TO_ASCII.items()},
        "hamzas": _list_sources(_HAMZA_SPELLINGS),
        "letters": {chr(code): folded for code, folded in _LETTERS.items()},
        "spellings": _list_sources(_PLAIN_SPELLINGS),
    }


def _replace_spellings(text: str, spellings: Iterable[tuple[re.Pattern[str], str]]) -> str:
    for pattern, spelling in spellings:
        text = pattern.sub(spelling, text)
    return text


def _list_sources(spellings: Iterable[tuple[re.Pattern[str], str]]) -> list[tuple[str, str]]:
    return [(pattern.pattern, spelling) for pattern, spelling in spellings]


def _is_passed_over(letter: str) -> bool:
    return letter.isspace() or letter in {ZWNJ, TATWEEL} or unicodedata.category(letter) == "Mn"


def _list_ranges(characters: Iterable[str], is_included: Callable[[str], bool]) -> list[tuple[int, int]]:
    """Return the first and the last code point of each range of included characters."""
    ranges: list[tuple[int, int]] = []
    for code in (ord(letter) for letter in characters if is_included(letter)):
        if ranges and code == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], code)
        else:
            ranges.append((code, code))
    return ranges
