"""Writes a PDF with an identifier, compressed at a level below zlib's usual one. Called by `render`.

pydyf compresses at level 9 only, which takes four times as long and saves a thirtieth of the size, and for an
identifier it would serialise every object a second time.
"""

import hashlib
import struct
import zlib
from typing import Any

import pydyf

LEVEL = 5
_HEADER = b"%PDF-1.7\n%\xf0\x9f\x96\xa4\n"
_pack = struct.Struct(">BII").pack
_FREE, _IN_FILE, _IN_STREAM = 0, 1, 2


class RawObject(pydyf.Object):  # type: ignore[misc] # pydyf is untyped
    """An object whose bytes are written elsewhere."""

    data = b""


def set_writer(pdf: pydyf.PDF) -> None:
    """Have WeasyPrint write a document with `write_file`; pydyf would write it otherwise."""
    pdf.write = lambda output, *_: output.write(write_file(pdf))


def write_file(pdf: pydyf.PDF) -> bytes:
    """Return the file of a document (ISO 32000-1, 7.5): objects in a stream, and a cross-reference stream."""
    if pdf.info:
        pdf.add_object(pdf.info)
    file, packed = bytearray(_HEADER), list[pydyf.Object]()
    entries = {0: (_FREE, 0, 65535)}
    for item in pdf.objects:
        if item.free == "f":
            entries[item.number] = (_FREE, 0, 65535 if item.number == 0 else 0)
        elif item.compressible:
            packed.append(item)
        else:
            entries[item.number] = (_IN_FILE, len(file), 0)
            file += _write_object(item)
    container = len(pdf.objects)
    for index, item in enumerate(packed):
        entries[item.number] = (_IN_STREAM, container, index)
    entries[container] = (_IN_FILE, len(file), 0)
    file += _wrap(container, _write_object_stream(packed))
    start = len(file)
    entries[container + 1] = (_IN_FILE, start, 0)
    file += _wrap(container + 1, _write_cross_references(pdf, entries, hashlib.sha256(file).hexdigest()[:32]))
    return bytes(file) + b"startxref\n%d\n%%%%EOF\n" % start


def _write_object(item: pydyf.Object) -> bytes:
    if isinstance(item, pydyf.Stream) and item.compress:
        return _wrap(item.number, _write_stream(b"\n".join(map(_encode, item.stream)), item.extra))
    return _wrap(item.number, item.data)


def _wrap(number: int, data: bytes) -> bytes:
    return b"%d 0 obj\n%s\nendobj\n" % (number, data)


def _encode(token: Any) -> bytes:
    """Return a token of a stream as pydyf writes it."""
    if isinstance(token, bytes):
        return token
    if isinstance(token, pydyf.Object):
        data: bytes = token.data
        return data
    return str(token).encode("ascii")


def _write_stream(content: bytes, extra: Any) -> bytes:
    compressed = zlib.compress(content, LEVEL)
    dictionary = pydyf.Dictionary({**extra, "Filter": "/FlateDecode", "Length": len(compressed)})
    return b"%s\nstream\n%s\nendstream" % (dictionary.data, compressed)


def _write_object_stream(objects: list[pydyf.Object]) -> bytes:
    index, parts, at = list[bytes](), list[bytes](), 0
    for item in objects:
        data = item.data
        index.append(b"%d %d" % (item.number, at))
        parts.append(data)
        at += len(data) + 1
    head = b" ".join(index)
    extra = {"Type": "/ObjStm", "N": len(objects), "First": len(head) + 1}
    return _write_stream(b"\n".join([head, *parts]), extra)


def _write_cross_references(
    pdf: pydyf.PDF, entries: dict[int, tuple[int, int, int]], identifier: str
) -> bytes:
    """Return the cross-reference stream, with the identifier that PDF/A requires."""
    widths = (1, 4, 4)
    table = b"".join([_pack(*entries[number]) for number in range(len(entries))])
    extra = {
        "Type": "/XRef",
        "W": pydyf.Array(widths),
        "Size": len(entries),
        "Root": pdf.catalog.reference,
        "ID": f"[<{identifier}><{identifier}>]",
    }
    if pdf.info:
        extra["Info"] = pdf.info.reference
    return _write_stream(table, extra)


def resolve_reference(pdf: pydyf.PDF, reference: bytes) -> Any:
    """Return the object of a document that a reference such as `12 0 R` is to."""
    return pdf.objects[int(reference.split()[0])]
