"""A stranger's file, a bounded piece at a time, so that a search of it never keeps other threads waiting.

A search holds Python's lock while it runs. One piece takes about a millisecond, and then the lock is free for
as long, so whoever else has work in this process gets on with it.
"""

import re
import time
import zlib
from collections.abc import Iterator
from itertools import islice

STEP = 64 * 1024
# Longer than anything that is searched for, so that nothing is missed where two pieces meet.
OVERLAP = 2048
# Seconds.
PAUSE = 0.001
MOST_STREAMS = 50
MOST_TRIES = 1_000
# Bytes that are inflated, of one stream and of all, and that are read of one.
MOST_INFLATED, MOST_INFLATED_IN_ALL = 1024 * 1024, 8 * 1024 * 1024
MOST_DEFLATED = 2 * 1024 * 1024

_OBJECTS = re.compile(rb"/ObjStm\b[^\0]{0,500}?>>\s{0,10}stream\r?\n")


def windows_of(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Return the pieces of bytes with the offset of each; each also holds the beginning of the next."""
    for offset in range(0, len(data), STEP):
        if offset:
            time.sleep(PAUSE)
        yield offset, data[offset : offset + STEP + OVERLAP]


def texts_of(data: bytes) -> Iterator[bytes]:
    """Return the pieces of a PDF and of its streams of objects, inflated, within fixed bounds."""
    for _, window in windows_of(data):
        yield window
    view, left = memoryview(data), MOST_INFLATED_IN_ALL
    for start in islice(_starts_of_streams(data), MOST_STREAMS):
        try:
            most = min(MOST_INFLATED, left)
            inflated = zlib.decompressobj().decompress(view[start:][:MOST_DEFLATED], most)
        except zlib.error:
            continue
        for _, window in windows_of(inflated):
            yield window
        left -= len(inflated)
        if left <= 0:
            return


def _starts_of_streams(data: bytes) -> Iterator[int]:
    tries = 0
    for offset, window in windows_of(data):
        place = window.find(b"/ObjStm")
        while 0 <= place < STEP:
            tries += 1
            if tries > MOST_TRIES:
                return
            if found := _OBJECTS.match(window, place):
                yield offset + found.end()
            place = window.find(b"/ObjStm", place + 1)
