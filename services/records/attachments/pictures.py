"""JPEG and PNG: where the picture ends, whether it is something else, too, and whether it can be decoded."""

import io
import re

from PIL import Image

from services.records.attachments.verdicts import (
    MARKUP,
    MAX_PIXELS,
    PADDING,
    PDF_HEADER_WITHIN,
    Refused,
    check_no_archive,
)

# Checked below, for each picture.
Image.MAX_IMAGE_PIXELS = None


def inspect_jpeg(data: bytes) -> int:
    """Return how many bytes of a file belong to its picture. Raises Refused."""
    length = _find_jpeg_end(data)
    _check_one_reading(data, length)
    _decode(data[:length], "JPEG")
    return length


def inspect_png(data: bytes) -> int:
    """Return how many bytes of a file belong to its picture. Raises Refused."""
    length = _find_png_end(data)
    _check_one_reading(data, length)
    _decode(data[:length], "PNG")
    return length


def _find_jpeg_end(data: bytes) -> int:
    """Return where the first picture of a JPEG file ends. Raises Refused."""
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            raise Refused("damaged")
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker == 0xD9:
            return at + 2
        elif marker == 0x01 or 0xD0 <= marker <= 0xD7:
            at += 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
            if marker == 0xDA:
                at = _skip_scan(data, at)
    if data[at : at + 2] == b"\xff\xd9":
        return at + 2
    raise Refused("damaged")


def _skip_scan(data: bytes, at: int) -> int:
    """Return where the next marker after the data of a scan is."""
    while (at := data.find(b"\xff", at)) >= 0:
        following = data[at + 1 : at + 2]
        if following and following != b"\0" and not 0xD0 <= following[0] <= 0xD7:
            return at
        at += 2
    return len(data)


def _find_png_end(data: bytes) -> int:
    """Return where the chunk IEND ends. Raises Refused, also for a picture that moves."""
    at = 8
    while at + 12 <= len(data):
        length, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        at += 12 + length
        if name == b"acTL":
            raise Refused("type-unknown")
        if name == b"IEND" and at <= len(data):
            return at
    raise Refused("damaged")


def _check_one_reading(data: bytes, length: int) -> None:
    """Raise Refused if a picture is something else, too: a PDF, an archive, a page.

    Phones add a second picture, a film or their own notes behind a photo. Those are cut off; anything else
    there is refused.
    """
    rest = data[length:].strip(PADDING)
    is_of_phone = rest.startswith(b"\xff\xd8\xff") or b"ftyp" in rest[:256] or rest.endswith(b"SEFT")
    if rest and not is_of_phone:
        raise Refused("ambiguous")
    if b"%PDF-" in data[:PDF_HEADER_WITHIN] or b"%PDF-" in data[-PDF_HEADER_WITHIN:]:
        raise Refused("ambiguous")
    check_no_archive(data)
    # Where a browser would look for markup, and in the comments of the picture.
    if MARKUP.search(data[:4096]) or MARKUP.search(rest[:4096]):
        raise Refused("ambiguous")


def _decode(data: bytes, kind: str) -> None:
    """Decode a whole picture. Raises Refused."""
    try:
        with Image.open(io.BytesIO(data), formats=[kind]) as picture:
            width, height = picture.size
            if width * height > MAX_PIXELS:
                raise Refused("expands")
            picture.verify()
        with Image.open(io.BytesIO(data), formats=[kind]) as picture:
            picture.load()
    except MemoryError as error:
        raise Refused("expands") from error
    except ValueError as error:
        # Pillow bounds what texts and profiles of a PNG expand to.
        is_bomb = re.search("too (large|much)", str(error), re.IGNORECASE)
        raise Refused("expands" if is_bomb else "damaged") from error
    except (OSError, SyntaxError, EOFError, IndexError, KeyError, TypeError) as error:
        raise Refused("damaged") from error
