"""PDF: whether it starts something, carries something, expands, is encrypted, or is something else, too."""

import io
import re
import zlib
from collections.abc import Iterator
from typing import Any

import pikepdf

from services.records.attachments.verdicts import MARKUP, MAX_PIXELS, PADDING, Refused, check_no_archive

# What all compressed streams of a PDF may hold together.
MAX_EXPANDED = 200 * 1024 * 1024
MAX_PDF_OBJECTS = 100_000
CHUNK = 1024 * 1024
# Names of PDF dictionaries that start something: scripts, programs, embedded files, forms with scripts.
ACTIVE_KEYS = frozenset(
    {
        "/JavaScript",
        "/JS",
        "/OpenAction",
        "/AA",
        "/Launch",
        "/EF",
        "/EmbeddedFile",
        "/EmbeddedFiles",
        "/RichMedia",
        "/RichMediaContent",
        "/XFA",
        "/Collection",
        "/AF",
    }
)
ACTIVE_VALUES = frozenset(
    {
        "/JavaScript",
        "/Launch",
        "/Rendition",
        "/SubmitForm",
        "/ImportData",
        "/GoToE",
        "/GoToR",
        "/RichMediaExecute",
        "/Movie",
        "/Sound",
        "/Hide",
        "/Thread",
        "/EmbeddedFile",
        "/RichMedia",
        "/Screen",
        "/3D",
        "/FileAttachment",
    }
)
VALUED_KEYS = ("/S", "/Type", "/Subtype")
# The same in the raw bytes, for objects that the parser does not reach. Short names occur by chance there.
ACTIVE_RAW = re.compile(
    rb"/(?:JavaScript|OpenAction|Launch|EmbeddedFiles?|RichMedia\w*|XFA)(?=[\x00\s()<>\[\]{}/%]|$)"
)
ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
EXPANDING = frozenset(
    {"/FlateDecode", "/Fl", "/LZWDecode", "/LZW", "/RunLengthDecode", "/RL", "/BrotliDecode"}
)


def inspect_pdf(data: bytes) -> None:
    """Raise Refused for a PDF that starts something, expands, is encrypted, or is something else, too."""
    end = data.rfind(b"%%EOF")
    if end < 0:
        raise Refused("damaged")
    if data[end + 5 :].strip(PADDING):
        raise Refused("ambiguous")
    check_no_archive(data)
    if MARKUP.match(data[data.find(b"\n") + 1 :].lstrip(PADDING)[:64]):
        raise Refused("ambiguous")
    _check_raw_names(data)
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            _check_document(pdf)
    except pikepdf.PasswordError as error:
        raise Refused("encrypted") from error
    except MemoryError as error:
        raise Refused("expands") from error
    except (pikepdf.PdfError, ValueError, RuntimeError, OverflowError, TypeError, KeyError) as error:
        raise Refused("damaged") from error


def _check_document(pdf: pikepdf.Pdf) -> None:
    """Raise Refused for what any object of a document has or is."""
    if pdf.is_encrypted:
        raise Refused("encrypted")
    if len(pdf.objects) > MAX_PDF_OBJECTS:
        raise Refused("expands")
    if not len(pdf.pages):
        raise Refused("damaged")
    expanded = 0
    for thing in [pdf.trailer, *pdf.objects]:
        _check_object(thing)
        if isinstance(thing, pikepdf.Stream):
            expanded += _measure_stream(thing, MAX_EXPANDED - expanded)


def _check_raw_names(data: bytes) -> None:
    """Raise Refused for an active name in the bytes of the file, or in a packed stream that a scan finds.

    A reader that repairs a file finds objects that its tables do not have. So does this scan.
    """
    for part in _iterate_readable(data):
        if ACTIVE_RAW.search(ESCAPED.sub(_decode_name, part)):
            raise Refused("active")


def _decode_name(match: re.Match[bytes]) -> bytes:
    return bytes([int(match[1], 16)])


def _iterate_readable(data: bytes) -> Iterator[bytes]:
    """Yield the file, and each packed collection of objects, unpacked as far as its bound."""
    yield data
    if b"/ObjStm" not in ESCAPED.sub(_decode_name, data):
        return
    left = MAX_EXPANDED
    for match in re.finditer(rb"stream\r?\n", data):
        try:
            text = zlib.decompressobj().decompress(memoryview(data)[match.end() :], 16 * CHUNK)
        except zlib.error:
            continue
        left -= len(text)
        if left <= 0:
            raise Refused("expands")
        # A collection begins with pairs of numbers; other streams are pictures and pages.
        if re.match(rb"\s*\d+\s+\d+\s", text):
            yield text


def _check_object(thing: Any) -> None:
    """Raise Refused for an active name in an object, at any depth, but not in what it refers to."""
    waiting = [thing]
    count = 0
    while waiting:
        one = waiting.pop()
        count += 1
        if count > MAX_PDF_OBJECTS:
            raise Refused("expands")
        if isinstance(one, pikepdf.Dictionary | pikepdf.Stream):
            for name, value in one.items():
                if name in ACTIVE_KEYS:
                    raise Refused("active")
                if name in VALUED_KEYS and isinstance(value, pikepdf.Name) and str(value) in ACTIVE_VALUES:
                    raise Refused("active")
                waiting += _list_direct(value)
            _check_dimensions(one)
        elif isinstance(one, pikepdf.Array):
            for value in one:
                waiting += _list_direct(value)


def _list_direct(value: Any) -> list[Any]:
    is_container = isinstance(value, pikepdf.Dictionary | pikepdf.Array | pikepdf.Stream)
    return [value] if is_container and not value.is_indirect else []


def _check_dimensions(one: Any) -> None:
    """Raise Refused for a picture with too many pixels."""
    width, height = one.get("/Width"), one.get("/Height")
    if isinstance(width, int) and isinstance(height, int) and width * height > MAX_PIXELS:
        raise Refused("expands")


def _measure_stream(stream: Any, most: int) -> int:
    """Return how many bytes a stream expands to. Raises Refused for more than `most`, or if packed twice."""
    filters = stream.get("/Filter", [])
    names = [str(one) for one in filters] if isinstance(filters, pikepdf.Array | list) else [str(filters)]
    packed = [name for name in names if name in EXPANDING]
    if not packed:
        return len(stream.read_raw_bytes())
    if len(packed) > 1 or names[0] not in {"/FlateDecode", "/Fl"}:
        # Rare: unpacked as a whole, within the bound of memory.
        size = len(stream.read_bytes())
    else:
        size = _count_inflated(stream.read_raw_bytes(), most)
    if size > most:
        raise Refused("expands")
    return size


def _count_inflated(raw: bytes, most: int) -> int:
    unpacker, size = zlib.decompressobj(), 0
    waiting = raw
    while waiting and not unpacker.eof and size <= most:
        try:
            size += len(unpacker.decompress(waiting, CHUNK))
        except zlib.error:
            # Readers show what was unpacked until here.
            break
        waiting = unpacker.unconsumed_tail
    return size
