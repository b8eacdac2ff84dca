"""The words by which a list is found in the name of its files.

A name is the path of a list's folder, or of its header's file, as it was uploaded or packed.
"""

import re
import unicodedata
from collections.abc import Iterator

from govah_verify.names import TATWEEL
from services.kit.text import ZWNJ, fold_name

# One word is spelled with and without these.
_INSIDE_WORDS = {ZWNJ, TATWEEL}
_SEPARATORS = re.compile(r"[\W_]+")
_FOLDERS = re.compile(r"[/\\]+")


def build_file_words(file_name: str) -> str:
    """Return the words by which a name is found, with a space between each.

    Each is a folder or the file from one of its words on, written as one word. So the beginning of a word
    finds the name, and "علی رضا" and "علیرضا" are one.
    """
    words: dict[str, None] = {}
    for folder in _FOLDERS.split(file_name):
        of_folder = list(_split_words(folder))
        words |= dict.fromkeys("".join(of_folder[start:]) for start in range(len(of_folder)))
    return " ".join(words)


def list_searched_words(typed: str) -> list[list[str]]:
    """Return the ways in which a typed text is found: each is words that all begin a word of the name.

    The text is found as its single words, or as one word. It is empty if the text has no letter or digit.
    """
    words = list(_split_words(typed))
    return [words, ["".join(words)]] if len(words) > 1 else [[word] for word in words]


def _split_words(text: str) -> Iterator[str]:
    """Yield the folded words of a text: what stands between spaces and marks."""
    decomposed = unicodedata.normalize("NFC", text)
    joined = "".join(
        letter
        for letter in decomposed
        if letter not in _INSIDE_WORDS and unicodedata.category(letter) not in {"Mn", "Cf"}
    )
    for part in _SEPARATORS.split(joined):
        # A folded letter may leave a mark.
        if word := _SEPARATORS.sub("", fold_name(part)):
            yield word
