"""The guard between untrusted bytes and the libraries that parse them."""

from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")


def run_guarded(call: Callable[[], Value], fallback: Value) -> Value:
    """Return what a call returns, or the fallback when it raises an exception.

    For hostile bytes asn1crypto, cryptography and pyHanko raise exceptions that they do not document, such as
    OverflowError, TypeError and RecursionError.
    """
    try:
        return call()
    except Exception:  # noqa: BLE001 -- only here
        return fallback
