"""The agreement's texts, one pair of files a version. Routes show the current one, requests must name it.

A published text is never changed: a new one gets the next number.
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources

VERSION = 1


@dataclass(frozen=True)
class Agreement:
    """One version; `sha256` is over the UTF-8 bytes of the Persian text, one line feed, the English text."""

    version: int
    text_fa: str
    text_en: str
    sha256: str


@cache
def current_agreement() -> Agreement:
    """The version that a new request must agree to."""
    folder = resources.files("services.disclosure") / "agreements"
    fa, en = ((folder / f"{VERSION}.{language}.txt").read_text("utf-8").strip() for language in ("fa", "en"))
    return Agreement(VERSION, fa, en, hashlib.sha256(f"{fa}\n{en}".encode()).hexdigest())
