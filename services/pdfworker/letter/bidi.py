"""The order of letters in a line, and where a line may end: by Pango, which lays out the HTML path too.

Both functions belong to Pango's public C interface; WeasyPrint has loaded the library already. Called by
`setter`.
"""

import ctypes
from collections.abc import Sequence

from weasyprint.text import ffi as _loaded  # noqa: F401 -- loads Pango from where WeasyPrint finds it

_LIBRARY_NAMES = ("libpango-1.0.so.0", "libpango-1.0.dylib", "libpango-1.0-0.dll")
_LEFT_TO_RIGHT, _RIGHT_TO_LEFT = 0, 1
_IS_LINE_BREAK = 1


def _open_library(names: Sequence[str]) -> ctypes.CDLL:
    for name in names:
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    raise OSError(f"none of these libraries can be loaded: {', '.join(names)}")


_PANGO = _open_library(_LIBRARY_NAMES)
_compute = _PANGO.pango_log2vis_get_embedding_levels
_compute.restype = ctypes.POINTER(ctypes.c_uint8)
_compute.argtypes = [ctypes.c_char_p, ctypes.c_int, ctypes.POINTER(ctypes.c_int)]
_get_attributes = _PANGO.pango_get_log_attrs
_get_attributes.restype = None
_get_attributes.argtypes = [
    ctypes.c_char_p,
    ctypes.c_int,
    ctypes.c_int,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_int,
]
_parse_language = _PANGO.pango_language_from_string
_parse_language.restype = ctypes.c_void_p
_parse_language.argtypes = [ctypes.c_char_p]
# Pango is linked to GLib, which owns the memory of the levels.
_free = _PANGO.g_free
_free.restype = None
_free.argtypes = [ctypes.c_void_p]


def compute_levels(text: str, *, is_rtl: bool) -> Sequence[int]:
    """Return the embedding level of each character (UAX #9): odd levels run from right to left."""
    if "\0" in text:
        # Pango reads no further, so there would be fewer levels than characters.
        raise ValueError("a text to be set has no NUL")
    encoded = text.encode()
    direction = ctypes.c_int(_RIGHT_TO_LEFT if is_rtl else _LEFT_TO_RIGHT)
    levels = _compute(encoded, len(encoded), ctypes.byref(direction))
    try:
        return list(levels[: len(text)])
    finally:
        _free(levels)


def list_breaks(text: str) -> Sequence[int]:
    """Return the indices of the characters before which a line may end (UAX #14)."""
    encoded, count = text.encode(), len(text) + 1
    attributes = (ctypes.c_uint32 * count)()
    _get_attributes(encoded, len(encoded), -1, _parse_language(b"fa"), attributes, count)
    return [place for place in range(1, len(text)) if attributes[place] & _IS_LINE_BREAK]


def order_runs(levels: Sequence[int]) -> Sequence[int]:
    """Return the indices of runs with these levels from left to right (UAX #9, L2)."""
    order = list(range(len(levels)))
    if not levels:
        return order
    lowest_odd = min((level for level in levels if level % 2), default=max(levels) + 1)
    for level in range(max(levels), lowest_odd - 1, -1):
        start = 0
        while start < len(order):
            end = start
            while end < len(order) and levels[order[end]] >= level:
                end += 1
            order[start:end] = order[start:end][::-1]
            start = end + 1
    return order
