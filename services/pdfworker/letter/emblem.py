"""The organisation's emblem: a plain SVG drawing without scripts, text or external resources.

Called by `page`, and by the worker when it starts.
"""

import base64
import re
from functools import lru_cache
from pathlib import Path
from xml.etree import ElementTree

EMBLEM = Path(__file__).with_name("emblem.svg")
MAX_BYTES = 64 * 1024
SVG = "{http://www.w3.org/2000/svg}"
SHAPES = {"path", "rect", "circle", "ellipse", "line", "polyline", "polygon"}
CONTAINERS = {"svg", "g", "defs", "title", "desc", "clipPath", "linearGradient", "radialGradient", "stop"}
ALLOWED_ELEMENTS = {f"{SVG}{name}" for name in SHAPES | CONTAINERS}
# An attribute may refer to a part of the same drawing: url(#part).
EXTERNAL_REFERENCE = re.compile(r"url\s*\((?!\s*['\"]?#)|://|data:|script:|\\", re.IGNORECASE)


class EmblemInvalid(ValueError):
    """The emblem is not a plain drawing; the message contains the reason."""

    code = "letter-resource-denied"

    def __init__(self, reason: str) -> None:
        super().__init__(f"نشان سازمان پذیرفته نیست / the emblem is refused: {reason}")


def load_emblem(path: Path) -> str:
    """Return the drawing in a file as a data: URL; an unchanged file is read once.

    Raises EmblemInvalid, and OSError if the file cannot be read.
    """
    status = path.stat()
    return _load_version(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4)
def _load_version(path: Path, _changed_at: int, size: int) -> str:
    if size > MAX_BYTES:
        raise EmblemInvalid(f"more than {MAX_BYTES // 1024} KiB")
    drawing = path.read_bytes()
    try:
        _check_drawing(drawing.decode("utf-8"))
    except UnicodeDecodeError:
        raise EmblemInvalid("not UTF-8") from None
    return f"data:image/svg+xml;base64,{base64.b64encode(drawing).decode()}"


def _check_drawing(drawing: str) -> None:
    # Without a DOCTYPE no entity is declared, so there is nothing to expand.
    if "<!DOCTYPE" in drawing:
        raise EmblemInvalid("DOCTYPE")
    try:
        root = ElementTree.fromstring(drawing)  # noqa: S314 -- no entities
    except ElementTree.ParseError:
        raise EmblemInvalid("not XML") from None
    if root.tag != f"{SVG}svg":
        raise EmblemInvalid("not SVG")
    for element in root.iter():
        if element.tag not in ALLOWED_ELEMENTS:
            raise EmblemInvalid(f"<{element.tag.rpartition('}')[2]}>")
        for name, value in element.attrib.items():
            plain = name.rpartition("}")[2].lower()
            if plain == "href" or plain.startswith("on") or EXTERNAL_REFERENCE.search(value):
                raise EmblemInvalid(f"{plain}=")
