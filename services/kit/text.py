"""How Persian text and digits are kept, compared and shown. Called by every service at its edge.

What cannot be seen is dropped, not refused: people paste marks of direction without knowing it. So no NUL and
no half of a surrogate pair, which databases refuse, gets past normalise_text. Whatever people type or paste
goes through drop_unseen first, be it a name, a code, a date, a mobile or a password.
"""

import re
import unicodedata

from govah_verify.names import ZWNJ, drop_unseen, fold_name, normalise_digits

__all__ = [
    "ZWNJ",
    "NotDigits",
    "drop_unseen",
    "fold_letter_forms",
    "fold_name",
    "group_thousands",
    "normalise_code",
    "normalise_digits",
    "normalise_figures",
    "normalise_text",
    "to_persian_digits",
]

# Letters in the form that they have at a place of a word, as programs without shaping store them.
_LETTER_FORMS = re.compile("[\ufb50-\ufdff\ufe70-\ufefc]+")
_GAPS = re.compile(rf"[\s{ZWNJ}]+")
_LETTERS = str.maketrans("يىك", "ییک")
_TO_PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
_SEPARATORS = re.compile(rf"[\s{ZWNJ}\u2010-\u2015\u2212-]+")
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_CODE = re.compile("[0-9]+")


class NotDigits(ValueError):
    """The text holds something else than digits and separators."""


def normalise_text(text: str) -> str:
    """Return one line of text as it is kept: ی and ک, plain letters, NFC, no tatweel, unseen only ZWNJ.

    Runs of white space become one space and the edges are trimmed; a ZWNJ stays only inside a word, once.
    """
    visible = unicodedata.normalize("NFC", drop_unseen(fold_letter_forms(text))).translate(_LETTERS)
    return _GAPS.sub(_normalise_gap, visible).strip(f" {ZWNJ}")


def fold_letter_forms(text: str) -> str:
    """Return the text with plain letters for those that are stored in the form of their place in a word."""
    return _LETTER_FORMS.sub(lambda forms: unicodedata.normalize("NFKC", forms[0]), text)


def _normalise_gap(gap: re.Match[str]) -> str:
    return ZWNJ if not gap[0].strip(ZWNJ) else " "


def normalise_figures(text: str) -> str:
    """Return a typed date, number or identifier as it is parsed: ASCII digits and hyphens, nothing unseen.

    Spaces at the edges go too; those inside stay.
    """
    return _DASHES.sub("-", normalise_digits(drop_unseen(text).replace(ZWNJ, ""))).strip()


def normalise_code(text: str) -> str:
    """Return the ASCII digits of a code typed by a person, without spaces, hyphens and what is not seen.

    Raises NotDigits when anything else is in it, or nothing.
    """
    code = _SEPARATORS.sub("", normalise_digits(drop_unseen(text)))
    if not _CODE.fullmatch(code):
        raise NotDigits("a code has digits only")
    return code


def to_persian_digits(value: str | int) -> str:
    """Return the value with its ASCII digits as Persian ones, for screen and paper."""
    return str(value).translate(_TO_PERSIAN)


def group_thousands(number: int) -> str:
    """Return a whole number in Persian digits, grouped by «٬» as money is shown: ۱٬۲۳۴٬۵۶۷."""
    return to_persian_digits(f"{number:,}".replace(",", "٬"))
