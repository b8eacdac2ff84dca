"""A sentence in both languages. Called by `messages` and `report`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """The same sentence in Persian and in English."""

    fa: str
    en: str
