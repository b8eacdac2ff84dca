"""The program that reads the QR codes of a picture or PDF: bytes at standard input, JSON at standard output.

It is a process of its own with bounds on memory and time, because it parses what strangers have made. It has
no secrets in its environment and writes no file. Started by `scans`.
"""

import io
import json
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

# Address space in bytes and processor time in seconds; past them the process dies.
MEMORY, SECONDS = 512 * 1024 * 1024, 12
# Processor time after which no further page or size is tried.
ENOUGH_SECONDS = 5
# An A4 page at 600 dpi has 35 million. A JPEG with more than enough is decoded at a fraction of its size.
MAX_PIXELS, ENOUGH_PIXELS, LARGE_SIDE = 40_000_000, 20_000_000, 2200
# A page is rendered at these resolutions, until a code is found, and with at most this many pixels.
PAGE_DPI = (200, 400)
MAX_PAGE_PIXELS = 16_000_000
# Each page of a letter has the same code. The first pages and the last ones are read.
FIRST_PAGES, LAST_PAGES = 8, 4
MAX_CODES, MAX_CODE_CHARACTERS = 20, 500


class Unreadable(Exception):
    """The file cannot be read; `code` is the problem."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_file(data: bytes) -> dict[str, Any]:
    """Return the texts of a file's QR codes, and whether it consists of pictures only. Raises Unreadable."""
    if data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        return {"texts": _read_picture(data), "is_picture": True}
    return _read_pdf(data)


def _read_picture(data: bytes) -> list[str]:
    # Each kind loads only the parser that it needs.
    from PIL import Image, ImageFile  # noqa: PLC0415

    Image.MAX_IMAGE_PIXELS = None
    # What is there of a picture that was cut off may have the code.
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        with Image.open(io.BytesIO(data), formats=["JPEG", "PNG"]) as picture:
            # A JPEG is decoded in shades of grey, and a large one at half its sides or less.
            is_large = picture.width * picture.height > ENOUGH_PIXELS
            picture.draft("L", (LARGE_SIDE, LARGE_SIDE) if is_large else picture.size)
            if picture.width * picture.height > MAX_PIXELS:
                raise Unreadable("too-large")
            return _collect([_find_codes(_convert_to_grey(picture))])
    except MemoryError as error:
        raise Unreadable("too-large") from error
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError) as error:
        raise Unreadable("damaged") from error


def _convert_to_grey(picture: Any) -> Any:
    """Return a picture in shades of grey; its transparent parts are white, as on paper."""
    from PIL import Image  # noqa: PLC0415

    if not picture.has_transparency_data:
        return picture.convert("L")
    if picture.mode not in {"LA", "RGBA"}:
        picture = picture.convert("RGBA")
    paper = Image.new("L", picture.size, 255)
    paper.paste(picture.convert("L"), mask=picture.getchannel("A"))
    return paper


def _read_pdf(data: bytes) -> dict[str, Any]:
    import pypdfium2  # noqa: PLC0415

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise Unreadable("encrypted" if "password" in str(error).lower() else "damaged") from error
    count = len(document)
    numbers = [*range(min(count, FIRST_PAGES)), *range(max(FIRST_PAGES, count - LAST_PAGES), count)]
    contents = {"has_text": False, "has_picture": False}
    texts = _collect(_iterate_pages(document, numbers, contents))
    return {"texts": texts, "is_picture": contents["has_picture"] and not contents["has_text"]}


def _iterate_pages(document: Any, numbers: Iterable[int], contents: dict[str, bool]) -> Iterator[list[str]]:
    """Yield the texts of the codes on each page, while time remains; `contents` is what pages have."""
    import pypdfium2  # noqa: PLC0415

    for number in numbers:
        if time.process_time() > ENOUGH_SECONDS:
            return
        try:
            page = document[number]
            contents["has_text"] |= page.get_textpage().count_chars() > 0
            contents["has_picture"] |= any(page.get_objects([pypdfium2.raw.FPDF_PAGEOBJ_IMAGE], max_depth=4))
        except pypdfium2.PdfiumError:
            continue
        for dpi in PAGE_DPI:
            if time.process_time() > ENOUGH_SECONDS:
                return
            if texts := _find_codes(_render_page(page, dpi)):
                yield texts
                break
            if not contents["has_picture"]:
                # A drawn code is as sharp at the first size.
                break


def _render_page(page: Any, dpi: int) -> Any:
    """Return a page as a picture in shades of grey."""
    width, height = page.get_size()
    scale = min(dpi / 72, (MAX_PAGE_PIXELS / max(width * height, 1)) ** 0.5)
    return page.render(scale=scale, grayscale=True, may_draw_forms=False).to_pil()


def _find_codes(picture: Any) -> list[str]:
    """Return the texts of the QR codes in a picture in shades of grey."""
    import zxingcpp  # noqa: PLC0415

    kinds = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
    for binarizer in (zxingcpp.Binarizer.LocalAverage, zxingcpp.Binarizer.GlobalHistogram):
        codes = zxingcpp.read_barcodes(picture, formats=kinds, binarizer=binarizer)
        if texts := [code.text for code in codes if code.valid]:
            return texts
    return []


def _collect(pages: Iterable[list[str]]) -> list[str]:
    """Return the different texts, in their order."""
    texts: dict[str, None] = {}
    for page in pages:
        for text in page:
            if len(text) <= MAX_CODE_CHARACTERS and len(texts) < MAX_CODES:
                texts[text] = None
    return list(texts)


def _limit_resources() -> None:
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415

    # Where memory is short, this process ends and not the one that has started it.
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", "ascii")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> NoReturn:
    """Write what standard input holds, and exit."""
    _limit_resources()
    data = sys.stdin.buffer.read()
    try:
        reply = read_file(data)
    except Unreadable as error:
        reply = {"problem": error.code}
    except (MemoryError, RecursionError):
        reply = {"problem": "too-large"}
    sys.stdout.write(json.dumps(reply))
    sys.stdout.flush()
    sys.exit(0)
