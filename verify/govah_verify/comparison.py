"""Whether a typed name or number is that of the person whom a letter's token is about.

The token alone decides: no server is asked. Called by `command` and by Govah's services.
"""

import unicodedata
from enum import StrEnum

from govah_verify.check_values import ABSENT, is_same_name, is_same_number, read_number
from govah_verify.letter_token import LetterClaims
from govah_verify.texts import Text


class Comparison(StrEnum):
    """What comparing a typed name or number with a token says."""

    FITS = "fits"
    DIFFERS = "differs"
    # The token names nobody, or has no value of this kind.
    NOT_IN_CODE = "not-in-code"
    # The name is typed in other letters than the letter has.
    OTHER_SCRIPT = "other-script"


MESSAGES = {
    Comparison.FITS: Text(
        "آنچه نوشتید با رمزینه مطابق است. جمع روزها و ماه‌های روی نامه را هم با مشخصات رمزینه بسنجید.",
        "What you typed fits the QR code. Compare the days and months on the letter with its details, too.",
    ),
    Comparison.DIFFERS: Text(
        "آنچه نوشتید با رمزینه مطابق نیست. آن را درست همان‌گونه که روی نامه چاپ شده است دوباره بنویسید. "
        "اگر باز هم مطابق نبود، این رمزینه از نامه شخص دیگری است: نامه را نپذیرید و فایل اصلی را از متقاضی "
        "بخواهید.",
        "What you typed does not fit the QR code. Type it again exactly as it is printed on the letter. If "
        "it still does not fit, the QR code belongs to another person's letter: do not accept the letter, "
        "and ask the applicant for the original file.",
    ),
    Comparison.NOT_IN_CODE: Text(
        "رمزینه این نامه این مشخصه را ندارد، پس چیزی سنجیده نشد. این نشانه جعل نیست. فایل اصلی را از "
        "متقاضی بخواهید یا با کد رمز استعلام کنید.",
        "The QR code of this letter does not have this detail, so nothing was compared. This is not a sign "
        "of forgery. Ask the applicant for the original file, or inquire with a secret code.",
    ),
    Comparison.OTHER_SCRIPT: Text(
        "نام در رمزینه به خط فارسی است، پس نام به خط دیگر سنجیده نمی‌شود. این نشانه جعل نیست. نام را به "
        "فارسی، مانند نامه، یا کد ملی ده‌رقمی روی نامه را بنویسید.",
        "The QR code has the name in Persian letters, so a name in other letters cannot be compared. This "
        "is not a sign of forgery. Type the name in Persian as on the letter, or its ten-digit national "
        "code.",
    ),
}


def compare_person(claims: LetterClaims, typed: str) -> Comparison:
    """Return whether a typed national code, insurance number or full name fits a token's claims."""
    person = claims.person
    is_number = read_number(typed) is not None
    value = ABSENT if person is None else person.number_value if is_number else person.name_value
    if person is None or value == ABSENT:
        return Comparison.NOT_IN_CODE
    is_same = is_same_number if is_number else is_same_name
    if is_same(value, claims.serial, typed):
        return Comparison.FITS
    typed_scripts, scripts = _list_scripts(typed), _list_scripts(person.initials)
    is_other_script = typed_scripts and scripts and typed_scripts.isdisjoint(scripts)
    return Comparison.OTHER_SCRIPT if is_other_script else Comparison.DIFFERS


def _list_scripts(text: str) -> set[str]:
    """Return the scripts of a text's letters, such as ARABIC and LATIN, by the Unicode names of these."""
    return {unicodedata.name(letter, "").partition(" ")[0] for letter in text if letter.isalpha()}
