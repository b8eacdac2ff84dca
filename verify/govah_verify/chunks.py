"""Overlapping chunks of an untrusted file, so that searching it does not block other threads.

A regular expression holds Python's lock while it runs. Searching one chunk takes about a millisecond. Then
the lock is released for as long, and the other threads of the process continue.
"""

import re
import time
import zlib
from collections.abc import Iterator
from itertools import islice

CHUNK_BYTES = 64 * 1024
# More than the length of any match, so that a match at the border of two chunks is not missed.
OVERLAP_BYTES = 2048
PAUSE_SECONDS = 0.001
MAX_STREAMS = 50
MAX_CANDIDATES = 1_000
# The output of one stream and of all streams, and the input of one stream.
MAX_INFLATED_BYTES, MAX_TOTAL_INFLATED_BYTES = 1024 * 1024, 8 * 1024 * 1024
MAX_DEFLATED_BYTES = 2 * 1024 * 1024

_OBJECTS = re.compile(rb"/ObjStm\b[^\0]{0,500}?>>\s{0,10}stream\r?\n")


def iterate_chunks(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the offset and the bytes of each chunk; each also holds the beginning of the next one."""
    for offset in range(0, len(data), CHUNK_BYTES):
        if offset:
            time.sleep(PAUSE_SECONDS)
        yield offset, data[offset : offset + CHUNK_BYTES + OVERLAP_BYTES]


def iterate_searchable_chunks(data: bytes) -> Iterator[bytes]:
    """Yield the chunks of a PDF, then those of its inflated object streams, within fixed limits."""
    for _, chunk in iterate_chunks(data):
        yield chunk
    view, remaining = memoryview(data), MAX_TOTAL_INFLATED_BYTES
    for start in islice(_find_object_streams(data), MAX_STREAMS):
        try:
            limit = min(MAX_INFLATED_BYTES, remaining)
            inflated = zlib.decompressobj().decompress(view[start:][:MAX_DEFLATED_BYTES], limit)
        except zlib.error:
            continue
        for _, chunk in iterate_chunks(inflated):
            yield chunk
        remaining -= len(inflated)
        if remaining <= 0:
            return


def _find_object_streams(data: bytes) -> Iterator[int]:
    """Yield the offsets at which the content of object streams begins."""
    candidates = 0
    for offset, chunk in iterate_chunks(data):
        place = chunk.find(b"/ObjStm")
        while 0 <= place < CHUNK_BYTES:
            candidates += 1
            if candidates > MAX_CANDIDATES:
                return
            if match := _OBJECTS.match(chunk, place):
                yield offset + match.end()
            place = chunk.find(b"/ObjStm", place + 1)
