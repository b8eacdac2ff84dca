"""Ids that grow with time, for rows that come in great numbers."""

import os
import time
import uuid

_RANDOM_BITS = 80
_VERSION, _VARIANT = 0x7 << 76, 0b10 << 62


def new_ordered_id() -> uuid.UUID:
    """Return a UUID of version 7 (RFC 9562): milliseconds, then 74 random bits.

    An index of random ids is written all over. These go to its end. They show when they were made:
    they are not secret.
    """
    random = int.from_bytes(os.urandom(_RANDOM_BITS // 8)) & ~(0xF << 76) & ~(0b11 << 62)
    milliseconds = time.time_ns() // 1_000_000
    return uuid.UUID(int=milliseconds << _RANDOM_BITS | random | _VERSION | _VARIANT)
