"""How Persian text and digits are kept, compared and shown. Called by every service at its edge.

What cannot be seen is dropped, not refused: people paste marks of direction without knowing it. So no NUL and
no half of a surrogate pair, which databases refuse, gets past normalise_text. Whatever people type or paste
goes through drop_unseen first, be it a name, a code, a date, a mobile or a password.
"""

import re
import unicodedata
from collections.abc import Iterable

ZWNJ = "\u200c"
TATWEEL = "\u0640"

# Controls, soft hyphen, marks of direction, zero-width characters but ZWNJ, tatweel, surrogates, tags.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u0640\u180e\u200b\u200d-\u200f\u202a-\u202e"
    "\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]+"
)
# Letters in the form that they have at a place of a word, as programs without shaping store them.
_LETTER_FORMS = re.compile("[\ufb50-\ufdff\ufe70-\ufefc]+")
_GAPS = re.compile(rf"[\s{ZWNJ}]+")
_LETTERS = str.maketrans("يىك", "ییک")
_TO_ASCII = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "01234567890123456789")
_TO_PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
_SEPARATORS = re.compile(rf"[\s{ZWNJ}\u2010-\u2015\u2212-]+")
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_CODE = re.compile("[0-9]+")
# Letters of Persian, Arabic, Kurdish, Urdu and Pashto keyboards that are one for a reader.
_NAME_FOLDS = str.maketrans(
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
_HAMZA_ON_YEH = re.compile("[یىي]\u0654")


class NotDigits(ValueError):
    """The text holds something else than digits and separators."""


def drop_unseen(text: str) -> str:
    """Return the text without characters that cannot be seen, except ZWNJ, which belongs to Persian words."""
    return _UNSEEN.sub("", text)


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


def normalise_digits(text: str) -> str:
    """Return the text with Persian (U+06F0) and Arabic-Indic (U+0660) digits in ASCII, and no others."""
    return text.translate(_TO_ASCII)


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


def fold_name(text: str) -> str:
    """Return the key under which a name is searched and compared, whichever way it was spelled.

    Hamza forms, letters of neighbouring keyboards, presentation forms, diacritics, case, kinds of digits,
    ZWNJ and spaces make no difference: علی‌رضا, علی رضا and عليرضا are one, and so are هیأت and هیئت. The key
    is for comparing only and is never shown.
    """
    # Some presentation forms are a sign on a tatweel.
    shapeless = drop_unseen(unicodedata.normalize("NFKC", drop_unseen(text))).casefold()
    letters = [c for c in _HAMZA_ON_YEH.sub("ئ", shapeless) if not _is_passed_over(c)]
    spelled = _replace_spellings(normalise_digits("".join(letters)), _HAMZA_SPELLINGS)
    return _replace_spellings(spelled.translate(_NAME_FOLDS), _PLAIN_SPELLINGS)


def _replace_spellings(text: str, spellings: Iterable[tuple[re.Pattern[str], str]]) -> str:
    for pattern, spelling in spellings:
        text = pattern.sub(spelling, text)
    return text


def _is_passed_over(letter: str) -> bool:
    return letter.isspace() or letter in {ZWNJ, TATWEEL} or unicodedata.category(letter) == "Mn"


def to_persian_digits(value: str | int) -> str:
    """Return the value with its ASCII digits as Persian ones, for screen and paper."""
    return str(value).translate(_TO_PERSIAN)


def group_thousands(number: int) -> str:
    """Return a whole number in Persian digits, grouped by «٬» as money is shown: ۱٬۲۳۴٬۵۶۷."""
    return to_persian_digits(f"{number:,}".replace(",", "٬"))
