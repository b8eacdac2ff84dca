"""The encodings of employers' lists, written here from their description alone, with nothing of Govah."""

import re

# Glyph bytes of Iran System: (isolated, final, initial, medial); letters that do not join forward have two.
_JOINING = {
    "ب": (0x92, 0x92, 0x93, 0x93), "پ": (0x94, 0x94, 0x95, 0x95), "ت": (0x96, 0x96, 0x97, 0x97),
    "ث": (0x98, 0x98, 0x99, 0x99), "ج": (0x9A, 0x9A, 0x9B, 0x9B), "چ": (0x9C, 0x9C, 0x9D, 0x9D),
    "ح": (0x9E, 0x9E, 0x9F, 0x9F), "خ": (0xA0, 0xA0, 0xA1, 0xA1), "س": (0xA7, 0xA7, 0xA8, 0xA8),
    "ش": (0xA9, 0xA9, 0xAA, 0xAA), "ص": (0xAB, 0xAB, 0xAC, 0xAC), "ض": (0xAD, 0xAD, 0xAE, 0xAE),
    "ع": (0xE1, 0xE2, 0xE4, 0xE3), "غ": (0xE5, 0xE6, 0xE8, 0xE7), "ف": (0xE9, 0xE9, 0xEA, 0xEA),
    "ق": (0xEB, 0xEB, 0xEC, 0xEC), "ک": (0xED, 0xED, 0xEE, 0xEE), "گ": (0xEF, 0xEF, 0xF0, 0xF0),
    "ل": (0xF1, 0xF1, 0xF3, 0xF3), "م": (0xF4, 0xF4, 0xF5, 0xF5), "ن": (0xF6, 0xF6, 0xF7, 0xF7),
    "ه": (0xF9, 0xF9, 0xFB, 0xFA), "ی": (0xFD, 0xFC, 0xFE, 0xFE), "ئ": (0x8E,) * 4, "ط": (0xAF,) * 4,
    "ظ": (0xE0,) * 4,
}  # fmt: skip
_ENDING = {
    "آ": 0x8D, "ء": 0x8F, "د": 0xA2, "ذ": 0xA3, "ر": 0xA4, "ز": 0xA5, "ژ": 0xA6, "و": 0xF8, "لا": 0xF2,
}  # fmt: skip
# What real writers let through from cp1256, and what others write for a letter that the table lacks.
_STRAYS = {"ؤ": 0xC4, "ئ": 0xC6, "ک": 0x98}
_FOLDED = {"أ": "ا", "إ": "ا", "ؤ": "و", "ة": "ه", "ك": "ک", "ي": "ی", "ى": "ی"}
_DIGITS = {digit: 0x80 + at for at, digit in enumerate("۰۱۲۳۴۵۶۷۸۹")}
ZWNJ = "\u200c"
_SEPARATING = {" ", "ء", ZWNJ, *_DIGITS}


def encode_iran_system(text: str, *, strays: bool = False) -> bytes:
    """Return Persian words in Iran System: glyph forms in visual order, runs of digits in their own.

    With `strays`, three letters are written as real writers let them through.
    """
    unconverted = set(_STRAYS) if strays else set()
    folded = "".join(letter if letter in unconverted else _FOLDED.get(letter, letter) for letter in text)
    letters = re.findall("لا|.", folded)
    glyphs: list[bytes] = []
    for at, letter in enumerate(letters):
        before = at > 0 and letters[at - 1] in _JOINING
        after = at + 1 < len(letters) and letters[at + 1] not in _SEPARATING
        if letter == ZWNJ:
            continue  # the table has none
        if letter in unconverted:
            glyphs.append(bytes([_STRAYS[letter]]))
        elif letter == "ا":
            glyphs.append(bytes([0x91 if before else 0x90]))
        elif letter in _JOINING:
            forms = _JOINING[letter]
            glyphs.append(bytes([forms[(3 if before else 2) if after else (1 if before else 0)]]))
        elif letter in _DIGITS and at and letters[at - 1] in _DIGITS:
            glyphs[-1] += bytes([_DIGITS[letter]])
        else:
            glyphs.append(bytes([(_ENDING | _DIGITS).get(letter) or ord(letter)]))
    return b"".join(reversed(glyphs))


def encode_cp1256(text: str) -> bytes:
    """Return text in cp1256, which has no Persian ye."""
    return text.replace("ی", "ي").encode("cp1256")


def encode(text: str, encoding: str, *, strays: bool = False) -> bytes:
    """Return text in an encoding of lists."""
    if text.isascii():
        return text.encode()
    if encoding == "iransystem":
        return encode_iran_system(text, strays=strays)
    return encode_cp1256(text) if encoding == "cp1256" else text.encode("utf-8")
