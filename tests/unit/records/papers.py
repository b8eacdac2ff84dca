"""Papers that people may attach, and others that must be refused, made in memory."""

import io
import zipfile
import zlib
from collections.abc import Callable
from functools import cache
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, String
from PIL import Image


def write_png(size: tuple[int, int] = (40, 30), **options: Any) -> bytes:
    return _write_image("PNG", size, **options)


def write_jpeg(size: tuple[int, int] = (40, 30), **options: Any) -> bytes:
    return _write_image("JPEG", size, **options)


def _write_image(kind: str, size: tuple[int, int], **options: Any) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(written, kind, **options)
    return written.getvalue()


def write_pdf(change: Callable[[pikepdf.Pdf], object] | None = None, **options: Any) -> bytes:
    """Return a PDF of one page after `change` was called with it."""
    pdf = pikepdf.new()
    pdf.add_blank_page()
    if change:
        change(pdf)
    written = io.BytesIO()
    pdf.save(written, **options)
    return written.getvalue()


def write_packed_pdf(change: Callable[[pikepdf.Pdf], object] | None) -> bytes:
    """Return the same with its objects packed into streams."""
    return write_pdf(change, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def build_script() -> Dictionary:
    return Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))


def add_open_action(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = build_script()


def add_named_script(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("a"), build_script()])))


def add_page_action(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].obj.AA = Dictionary(O=build_script())


def add_launch(pdf: pikepdf.Pdf) -> None:
    action = Dictionary(S=Name.Launch, F=String("calc.exe"))
    _add_annotation(pdf, Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], A=action))


def add_script_behind_a_link(pdf: pikepdf.Pdf) -> None:
    script = pdf.make_indirect(build_script())
    following = pdf.make_indirect(Dictionary(S=Name("/URI"), URI=String("x"), Next=script))
    _add_annotation(pdf, Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], A=following))


def add_embedded_file(pdf: pikepdf.Pdf) -> None:
    pdf.attachments["a.exe"] = b"MZ"


def add_rich_media(pdf: pikepdf.Pdf) -> None:
    _add_annotation(pdf, Dictionary(Type=Name.Annot, Subtype=Name.RichMedia, Rect=[0, 0, 9, 9]))


def add_form_with_scripts(pdf: pikepdf.Pdf) -> None:
    pdf.Root.AcroForm = Dictionary(XFA=pdf.make_stream(b"<xdp/>"), Fields=Array([]))


def add_submission(pdf: pikepdf.Pdf) -> None:
    action = Dictionary(S=Name.SubmitForm, F=String("http://127.0.0.1/"))
    _add_annotation(pdf, Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], A=action))


def _add_annotation(pdf: pikepdf.Pdf, annotation: Dictionary) -> None:
    pdf.pages[0].obj.Annots = Array([pdf.make_indirect(annotation)])


ACTIVE = (
    add_open_action,
    add_named_script,
    add_page_action,
    add_launch,
    add_script_behind_a_link,
    add_embedded_file,
    add_rich_media,
    add_form_with_scripts,
    add_submission,
)


@cache
def pack_zeros() -> bytes:
    """Return 260 MiB of zeros, compressed."""
    packer = zlib.compressobj(1)
    return b"".join(packer.compress(bytes(2**20)) for _ in range(260)) + packer.flush()


def add_bomb(pdf: pikepdf.Pdf) -> None:
    stream = pdf.make_stream(b"")
    stream.write(pack_zeros(), filter=Name.FlateDecode)
    pdf.pages[0].obj.Contents = stream


def add_bomb_in_a_bomb(pdf: pikepdf.Pdf) -> None:
    stream = pdf.make_stream(b"")
    packed = zlib.compress(pack_zeros(), 9)
    stream.write(packed, filter=Array([Name.FlateDecode, Name.FlateDecode]))
    pdf.pages[0].obj.Contents = stream


def add_huge_picture(pdf: pikepdf.Pdf) -> None:
    stream = pdf.make_stream(b"")
    stream.write(zlib.compress(b""), filter=Name.FlateDecode)
    stream.Type, stream.Subtype, stream.Width, stream.Height = Name.XObject, Name.Image, 60_000, 60_000
    pdf.pages[0].obj.Resources = Dictionary(XObject=Dictionary(I=stream))


def write_zip() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("a.html", "<script>1</script>")
    return written.getvalue()


def write_huge_png(width: int, height: int) -> bytes:
    """Return a PNG that claims these dimensions, in a few bytes."""

    def chunk(name: bytes, content: bytes) -> bytes:
        body = name + content
        return len(content).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([1, 0, 0, 0, 0])
    pixels = zlib.compress(bytes(min(height * (1 + width // 8), 64 * 1024 * 1024)), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def write_png_with_text_bomb() -> bytes:
    picture = write_png()
    body = b"zTXt" + b"a\0\0" + zlib.compress(bytes(80 * 1024 * 1024), 9)
    chunk = (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    # Before IDAT, which follows the 33 bytes of signature and header.
    return picture[:33] + chunk + picture[33:]
