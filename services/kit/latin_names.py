"""A person's own spelling of the name in Latin letters, as a passport has it.

Disclosure's schemas and the portal's form call it.
"""

import re

from services.kit.problems import Text
from services.kit.text import normalise_text

LATIN_NAME_INVALID = Text(
    "نام لاتین را مانند گذرنامه بنویسید: فقط حروف A تا Z، فاصله، خط تیره یا آپاستروف؛ حداکثر ۶۰ نویسه.",
    "Enter the name as in the passport: letters A to Z, spaces, hyphens or apostrophes, at most 60 "
    "characters.",
)
LATIN_NAME_ALONE = Text(
    "نام لاتین فقط در نامه دو زبانه چاپ می‌شود. نامه فارسی و انگلیسی را انتخاب کنید یا نام لاتین را پاک کنید.",
    "The Latin name is printed on a bilingual letter only. Choose Persian and English, or remove the name.",
)

MAX_LATIN_NAME = 60
# What keyboards of mobiles put in the place of an apostrophe and a hyphen.
_TYPED = str.maketrans("\u2018\u2019\u02bc`\u2010\u2011\u2013", "''''---")
_NAME = re.compile(r"[A-Za-z]+(?:[ '-]{1,2}[A-Za-z]+)*'?")


def parse_latin_name(typed: str) -> str | None:
    """Return the name with single spaces, or None for a blank one. Raises ValueError."""
    name = normalise_text(typed).translate(_TYPED)
    if not name:
        return None
    if len(name) > MAX_LATIN_NAME or not _NAME.fullmatch(name):
        raise ValueError("not a name in Latin letters")
    return name
