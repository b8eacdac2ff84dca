"""How Persian text and digits are kept, compared and shown. Called by every service at its edge.

What cannot be seen is dropped, not refused: people paste marks of direction without knowing it. So no NUL and
no half of a surrogate pair, which databases refuse, gets past normalise_text.
"""

import re
import unicodedata

ZWNJ = "\u200c"

# Controls, soft hyphen, marks of direction, zero-width characters but ZWNJ, tatweel, surrogates, tags.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u0640\u180e\u200b\u200d-\u200f\u202a-\u202e"
    "\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]+"
)
_GAPS = re.compile(rf"[\s{ZWNJ}]+")
_LETTERS = str.maketrans("يىك", "ییک")
_TO_ASCII = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "01234567890123456789")
_TO_PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
_SEPARATORS = re.compile(
    rf"[\s{ZWNJ}\u061c\u200d-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u2010-\u2015\u2212-]+"
)
_CODE = re.compile("[0-9]+")
_SEARCH_FOLDS = str.maketrans("أإآٱؤئةۀۂ", "ااااویههه", "ء")


class NotDigits(ValueError):
    """The text holds something else than digits and separators."""


def normalise_text(text: str) -> str:
    """Return one line of text as it is kept: ی and ک, NFC, no tatweel, nothing unseen but ZWNJ.

    Runs of white space become one space and the edges are trimmed; a ZWNJ stays only inside a word, once.
    """
    visible = unicodedata.normalize("NFC", _UNSEEN.sub("", text)).translate(_LETTERS)
    return _GAPS.sub(_normalise_gap, visible).strip(f" {ZWNJ}")


def _normalise_gap(gap: re.Match[str]) -> str:
    return ZWNJ if not gap[0].strip(ZWNJ) else " "


def normalise_digits(text: str) -> str:
    """Return the text with Persian (U+06F0) and Arabic-Indic (U+0660) digits in ASCII, and no others."""
    return text.translate(_TO_ASCII)


def normalise_code(text: str) -> str:
    """Return the ASCII digits of a code typed by a person, without spaces, hyphens, ZWNJ and bidi marks.

    Raises NotDigits when anything else is in it, or nothing.
    """
    code = _SEPARATORS.sub("", normalise_digits(text))
    if not _CODE.fullmatch(code):
        raise NotDigits("a code has digits only")
    return code


def fold_for_search(text: str) -> str:
    """Return the key under which text is found whichever way it was spelled.

    Hamza forms, diacritics, case, kinds of digits, ZWNJ and spaces make no difference: علی‌رضا, علی رضا and
    علیرضا are one.
    """
    folded = normalise_digits(normalise_text(text)).translate(_SEARCH_FOLDS).casefold()
    return "".join(c for c in folded if not (c.isspace() or c == ZWNJ or unicodedata.category(c) == "Mn"))


def to_persian_digits(value: str | int) -> str:
    """Return the value with its ASCII digits as Persian ones, for screen and paper."""
    return str(value).translate(_TO_PERSIAN)


def group_thousands(number: int) -> str:
    """Return a whole number in Persian digits, grouped by «٬» as money is shown: ۱٬۲۳۴٬۵۶۷."""
    return to_persian_digits(f"{number:,}".replace(",", "٬"))
