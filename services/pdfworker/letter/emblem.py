"""The organisation's emblem: an SVG drawing and nothing that acts, loads or writes.

Called by `page`, and by the worker when it starts.
"""

import base64
import re
from functools import lru_cache
from pathlib import Path
from xml.etree import ElementTree

EMBLEM = Path(__file__).with_name("emblem.svg")
LARGEST = 64 * 1024
SVG = "{http://www.w3.org/2000/svg}"
SHAPES = {"path", "rect", "circle", "ellipse", "line", "polyline", "polygon"}
OTHERS = {"svg", "g", "defs", "title", "desc", "clipPath", "linearGradient", "radialGradient", "stop"}
DRAWING = {f"{SVG}{name}" for name in SHAPES | OTHERS}
# An attribute may name a part of the same drawing: url(#part).
REFERENCE = re.compile(r"url\s*\((?!\s*['\"]?#)|://|data:|script:|\\", re.IGNORECASE)


class EmblemInvalid(ValueError):
    """The emblem is not a plain drawing; the message says what is wrong with it."""

    code = "letter-resource-denied"

    def __init__(self, reason: str) -> None:
        super().__init__(f"نشان سازمان پذیرفته نیست / the emblem is refused: {reason}")


def emblem_url(path: Path) -> str:
    """Return the drawing in a file as a data: URL.

    Raises EmblemInvalid, and OSError when the file cannot be read.
    """
    status = path.stat()
    return _emblem_url(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4)
def _emblem_url(path: Path, _changed: int, size: int) -> str:
    if size > LARGEST:
        raise EmblemInvalid(f"more than {LARGEST // 1024} KiB")
    drawing = path.read_bytes()
    try:
        _check(drawing.decode("utf-8"))
    except UnicodeDecodeError:
        raise EmblemInvalid("not UTF-8") from None
    return f"data:image/svg+xml;base64,{base64.b64encode(drawing).decode()}"


def _check(drawing: str) -> None:
    # Entities are declared in a DOCTYPE, so without one there is nothing to expand.
    if "<!DOCTYPE" in drawing:
        raise EmblemInvalid("DOCTYPE")
    try:
        root = ElementTree.fromstring(drawing)  # noqa: S314 -- no entities
    except ElementTree.ParseError:
        raise EmblemInvalid("not XML") from None
    if root.tag != f"{SVG}svg":
        raise EmblemInvalid("not SVG")
    for element in root.iter():
        if element.tag not in DRAWING:
            raise EmblemInvalid(f"<{element.tag.rpartition('}')[2]}>")
        for name, value in element.attrib.items():
            plain = name.rpartition("}")[2].lower()
            if plain == "href" or plain.startswith("on") or REFERENCE.search(value):
                raise EmblemInvalid(f"{plain}=")
