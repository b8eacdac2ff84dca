"""The border between strangers' bytes and the libraries that read them."""

from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")


def attempt(call: Callable[[], Answer], otherwise: Answer) -> Answer:
    """Return what a call returns, or something else when it raises anything.

    asn1crypto, cryptography and pyHanko raise what they happen to about bytes that were made to break them:
    OverflowError, TypeError, RecursionError. There is no list of it.
    """
    try:
        return call()
    except Exception:  # noqa: BLE001 -- here and nowhere else
        return otherwise
