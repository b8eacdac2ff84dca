"""Iran System, the code page of Persian DOS: one byte for each glyph form, stored in visual order.

A text that contains Persian is stored from left to right as displayed: it is reversed and its brackets are
mirrored. Runs of digits or Latin letters retain their order, also across one of . / , : - between two of them
or a space between two Latin letters. A text without Persian is stored as it is. A letter in its final form
directly before a letter that it would join means a ZWNJ; decoding inserts it.

Converters from cp1256 let letters through that they do not know: C4 is met for ؤ, C6 for ئ and 98 for ک. Such
strays are in no order of forms, and only `decode_stray` reads them.
"""

import codecs
import re
import unicodedata

from services.kit.text import ZWNJ
from services.records.lists.name_weights import score_text

# Each letter's isolated, final, initial and medial form.
_PAIRS = {
    "ب": 0x92, "پ": 0x94, "ت": 0x96, "ث": 0x98, "ج": 0x9A, "چ": 0x9C, "ح": 0x9E, "خ": 0xA0,
    "س": 0xA7, "ش": 0xA9, "ص": 0xAB, "ض": 0xAD, "ف": 0xE9, "ق": 0xEB, "ک": 0xED, "گ": 0xEF,
    "م": 0xF4, "ن": 0xF6,
}  # fmt: skip
_SINGLES = {
    "ـ": 0x8B, "آ": 0x8D, "ئ": 0x8E, "ء": 0x8F, "د": 0xA2, "ذ": 0xA3, "ر": 0xA4, "ز": 0xA5, "ژ": 0xA6,
    "ط": 0xAF, "ظ": 0xE0, "و": 0xF8,
}  # fmt: skip
_FORMS: dict[str, tuple[int, int, int, int]] = {
    **{letter: (first, first, first + 1, first + 1) for letter, first in _PAIRS.items()},
    **{letter: (code,) * 4 for letter, code in _SINGLES.items()},
    "ا": (0x90, 0x91, 0x90, 0x91),
    "ع": (0xE1, 0xE2, 0xE4, 0xE3),
    "غ": (0xE5, 0xE6, 0xE8, 0xE7),
    "ل": (0xF1, 0xF1, 0xF3, 0xF3),
    "ه": (0xF9, 0xF9, 0xFB, 0xFA),
    "ی": (0xFD, 0xFC, 0xFE, 0xFE),
}
_LAM_ALEF = 0xF2
_SIGNS = {**{digit: 0x80 + i for i, digit in enumerate("۰۱۲۳۴۵۶۷۸۹")}, "،": 0x8A, "؟": 0x8C, "\u00a0": 0xFF}

_JOIN_BEFORE = frozenset(_FORMS) - {"ء"}
_JOIN_AFTER = _JOIN_BEFORE - set("آادذرزژو")
_FOLDS = str.maketrans("أإٱؤةۀكيى«»٠١٢٣٤٥٦٧٨٩", 'اااوههکیی""۰۱۲۳۴۵۶۷۸۹')

# B0-DF is box drawing, which never occurs in text. One of these bytes marks a ZWNJ while a text is being
# decoded.
_NO_TEXT, _BREAK = 0xB1, 0xB0
_CHARS: dict[int, str] = {
    **{code: chr(code) for code in range(0x80)},
    **dict.fromkeys(range(0xB0, 0xE0), "\ufffd"),
    **{code: letter for letter, forms in _FORMS.items() for code in forms},
    **{code: sign for sign, code in _SIGNS.items()},
    _LAM_ALEF: "لا",
    _BREAK: ZWNJ,
}
_MIRROR = bytes.maketrans(b"()[]{}<>" + bytes([_BREAK]), b")(][}{><" + bytes([_NO_TEXT]))
_PERSIAN = re.compile(rb"[\x8a-\xfe]")
_KEEPS_ORDER = re.compile(
    rb"[0-9A-Za-z\x80-\x89]+(?:(?:[./,:-]|(?<=[A-Za-z])\x20(?=[A-Za-z]))[0-9A-Za-z\x80-\x89]+)*"
)
_ENDS_EARLY = re.compile(
    rb"([\x92\x94\x96\x98\x9a\x9c\x9e\xa0\xa7\xa9\xab\xad\xe1\xe2\xe5\xe6\xe9\xeb\xed\xef\xf1\xf4\xf6\xf9\xfc\xfd])"
    rb"(?=[\x8d\x8e\x90-\xaf\xe0-\xfe])"
)

# What converters from cp1256 let through: its letters, of which Iran System has none, and 98.
_STRAY_KAF, _STRAY_KAF_MARK = b"\x98", b"\xdf"
_STRAY_CHARS = _CHARS | {
    code: bytes([code]).decode("cp1256")
    for code in range(0xC0, 0xE0)
    if bytes([code]).decode("cp1256").isalpha()
}
_KAF_INSIDE = re.compile(rb"\x98(?=[\x8d-\xaf\xc0-\xd6\xd8-\xdf\xe0-\xfe])")
_KAF_AT_END = re.compile(r"[^\W\d_]+ث(?!\w)")
_MIRROR_BREAKS = bytes.maketrans(bytes([_BREAK]), bytes([_NO_TEXT]))

# Forms that do not fit their neighbours, in visual order: the letter that follows stands to the left.
_ANY_LETTER = rb"\x8b\x8d-\xaf\xc0-\xdf\xe0-\xfe"
_JOINS_NEXT = (
    rb"\x93\x95\x97\x99\x9b\x9d\x9f\xa1\xa8\xaa\xac\xae"
    rb"\xe3\xe4\xe7\xe8\xea\xec\xee\xf0\xf3\xf5\xf7\xfa\xfb\xfe"
)
_OPEN_END = re.compile(rb"(?<![" + _ANY_LETTER + rb"])[" + _JOINS_NEXT + rb"]")
_JOINER = rb"[" + _JOINS_NEXT + rb"\x8b\xaf\xe0]"
_MISFITS = (
    (re.compile(rb"[\xb0-\xc3\xc5\xc7-\xdf]"), -8.0),
    (re.compile(rb"[\xc4\xc6]"), -1.0),
    (_OPEN_END, -3.0),
    (re.compile(rb"[\x91\xe2\xe3\xe6\xe7\xfa\xfc](?!" + _JOINER + rb")"), -2.0),
    (re.compile(rb"[\xe1\xe4\xe5\xe8\xfb\xfd](?=" + _JOINER + rb")"), -2.0),
    (re.compile(rb"[\x8d\x8e\x90-\xaf\xe0-\xfe](?=[\x92\x94\x96\x98\x9a\x9c\x9e\xa0\xa7\xa9\xab\xad"
                rb"\xe1\xe2\xe5\xe6\xe9\xeb\xed\xef\xf1\xf4\xf6\xf9\xfc\xfd])"), -2.0),
)  # fmt: skip


def decode(data: bytes) -> str:
    """Return the text in logical order; a byte of box drawing becomes U+FFFD."""
    return _decode_logical(_reverse_visual(data), _CHARS)


def decode_stray(data: bytes, *, is_visual: bool = True) -> str:
    """Return the text in logical order, with the letters of cp1256 that a converter has let through.

    With is_visual false the text is stored in logical order already, which is wrong but met.
    """
    logical = _reverse_visual(data) if is_visual else data.translate(_MIRROR_BREAKS)
    if _STRAY_KAF not in logical:
        return _decode_logical(logical, _STRAY_CHARS)
    text = _decode_logical(_KAF_INSIDE.sub(_STRAY_KAF_MARK, logical), _STRAY_CHARS)
    return _KAF_AT_END.sub(_choose_kaf, text)


def _choose_kaf(word: re.Match[str]) -> str:
    """Return the word that ends in 98 with ث, as the code page has it, or with the likelier ک."""
    return max(word[0], word[0][:-1] + "ک", key=score_text)


def score_forms(data: bytes) -> float:
    """Return the weight of the bytes: 0 if all are letters that fit their neighbours, less for each other."""
    if not _PERSIAN.search(data):
        return 0.0
    return sum(weight * len(misfit.findall(data)) for misfit, weight in _MISFITS)


def has_open_end(data: bytes) -> bool:
    """Return whether a letter has the form of the beginning of a word, and nothing follows that it joins."""
    return _OPEN_END.search(data) is not None


def _reverse_visual(data: bytes) -> bytes:
    return _reverse_order(data.translate(_MIRROR)) if _PERSIAN.search(data) else data


def _decode_logical(data: bytes, characters: dict[int, str]) -> str:
    if _PERSIAN.search(data):
        data = _ENDS_EARLY.sub(rb"\1" + bytes([_BREAK]), data)
    return codecs.charmap_decode(data, "strict", characters)[0]


def encode(text: str) -> bytes:
    """Return the text's bytes in visual order.

    Folds as its writers did: أ إ to ا, ؤ to و, ة to ه, Arabic ي ك and digits to the Persian ones, « » to ".
    Raises UnicodeEncodeError for a letter that the code page does not have.
    """
    letters = "".join(c for c in text.translate(_FOLDS) if unicodedata.category(c) != "Mn")
    logical = bytes(_shape_letters(letters))
    return _reverse_order(logical.translate(_MIRROR)) if _PERSIAN.search(logical) else logical


def _reverse_order(data: bytes) -> bytes:
    """Return the bytes of visual order in logical order, or the other way round."""
    return _KEEPS_ORDER.sub(lambda run: run[0][::-1], data[::-1])


def _shape_letters(letters: str) -> list[int]:
    shaped: list[int] = []
    padded = f" {letters} "
    for i, letter in enumerate(letters, 1):
        before, after = padded[i - 1], padded[i + 1]
        if letter in _FORMS:
            joined = before in _JOIN_AFTER and letter in _JOIN_BEFORE
            joins = letter in _JOIN_AFTER and after in _JOIN_BEFORE
            if (before, letter) == ("ل", "ا"):
                shaped[-1] = _LAM_ALEF
            else:
                shaped.append(_FORMS[letter][joined + 2 * joins])
        elif letter != ZWNJ:
            shaped.append(_encode_character(letter, letters, i - 1))
    return shaped


def _encode_character(letter: str, text: str, place: int) -> int:
    code = ord(letter) if letter.isascii() else _SIGNS.get(letter)
    if code is None:
        raise UnicodeEncodeError("iran-system", text, place, place + 1, "no such letter in Iran System")
    return code
