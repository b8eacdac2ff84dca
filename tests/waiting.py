"""The one bound of all waits of tests: generous, because it measures the machine's load, not the code."""

import time
from collections.abc import Callable
from typing import TypeVar

# Seconds. What takes longer does not come at all.
PATIENCE = 240.0

T = TypeVar("T")


def wait_until(
    condition: Callable[[], T], message: str | Callable[[], str] = "it did not come", pause: float = 0.05
) -> T:
    """Return the first truthy value of a condition. Raise AssertionError after PATIENCE seconds.

    The message may be a function: what it returns is the state at the end.
    """
    deadline = time.monotonic() + PATIENCE
    while not (value := condition()):
        if time.monotonic() > deadline:
            words = message if isinstance(message, str) else message()
            raise AssertionError(f"{words} (after {PATIENCE:g} seconds)")
        time.sleep(pause)
    return value
