"""The child process that reads QR codes: hostile files end with a sentence and within bounds."""

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace

import pikepdf
import pytest
from PIL import Image

from govah_verify import scan_reader
from govah_verify.scans import ROOT, Problem, Scan, read_codes
from tests.unit.verify.pictures import draw_page, encode, print_to_pdf

TEXT = "https://govah.example/l/4071829365018#" + "A7f-" * 38 + "abc"


def build_png(width: int, height: int, data: bytes = b"") -> bytes:
    """Return a PNG with these dimensions, whatever its data."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", data or zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def build_pdf(change: Callable[[pikepdf.Pdf], object], **options: object) -> bytes:
    output = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        change(pdf)
        pdf.save(output, **options)  # type: ignore[arg-type]
    return output.getvalue()


def add_bomb(pdf: pikepdf.Pdf) -> None:
    """Add a picture of 30,000 × 30,000 pixels, in few bytes."""
    packed = zlib.compress(bytes(30_000 * 3_000), 9)
    picture = pikepdf.Stream(
        pdf,
        packed,
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=30_000,
        Height=30_000,
        ColorSpace=pikepdf.Name.DeviceGray,
        BitsPerComponent=8,
        Filter=pikepdf.Name.FlateDecode,
    )
    pdf.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(X=picture))
    pdf.pages[0].Contents = pikepdf.Stream(pdf, b"500 0 0 500 0 0 cm /X Do")


def repeat_page(pdf: pikepdf.Pdf) -> None:
    pages = pdf.Root.Pages
    pages.Kids, pages.Count = pikepdf.Array([pages.Kids[0]] * 20_000), 20_000


def draw_form_in_itself(pdf: pikepdf.Pdf) -> None:
    form = pdf.make_indirect(
        pikepdf.Stream(pdf, b"/F Do /F Do", Subtype=pikepdf.Name.Form, BBox=[0, 0, 9, 9])
    )
    form.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=form))
    pdf.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=form))
    pdf.pages[0].Contents = pikepdf.Stream(pdf, b"/F Do")


def draw_much(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].Contents = pikepdf.Stream(pdf, b"0 0 m 500 700 l 300 5 l f* " * 200_000)


def make_wide(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].MediaBox = [0, 0, 10_000_000, 10_000_000]


def encode_frames(kind: str) -> bytes:
    frames = [Image.new("L", (200, 200), shade) for shade in (0, 255, 90)]
    return encode(frames[0], kind, save_all=True, append_images=frames[1:])


HOSTILE: dict[str, tuple[Callable[[], bytes], Scan]] = {
    "a PNG of 20,000 × 20,000": (lambda: build_png(20_000, 20_000), Scan((), True, Problem.TOO_LARGE)),
    "a PNG of 2^31 × 2^31": (lambda: build_png(2**31 - 1, 2**31 - 1), Scan((), True, Problem.TOO_LARGE)),
    "a PNG without pixels": (lambda: build_png(0, 0), Scan((), True, Problem.DAMAGED)),
    "a PNG of noise": (lambda: build_png(100, 100, b"noise"), Scan((), True)),
    "an animated PNG": (lambda: encode_frames("PNG"), Scan((), True)),
    "an animated GIF": (lambda: encode_frames("GIF"), Scan((), True, Problem.PICTURE_KIND)),
    "a JPEG of nothing": (lambda: b"\xff\xd8\xff", Scan((), True, Problem.DAMAGED)),
    "a PDF with a bomb": (lambda: build_pdf(add_bomb), Scan((), True)),
    "a PDF of 20,000 pages": (lambda: build_pdf(repeat_page), Scan()),
    "a page of 10,000 kilometres": (lambda: build_pdf(make_wide), Scan()),
    "an encrypted PDF": (
        lambda: build_pdf(lambda _: None, encryption=pikepdf.Encryption(owner="o", user="u")),
        Scan((), False, Problem.ENCRYPTED),
    ),
    "a PDF of nothing": (lambda: b"%PDF-1.7\n%%EOF", Scan((), False, Problem.DAMAGED)),
    "HEIC": (lambda: b"\0\0\0\x18ftypheic" + bytes(99), Scan((), True, Problem.PICTURE_KIND)),
    "WebP": (lambda: b"RIFF\0\0\0\0WEBPVP8 ", Scan((), True, Problem.PICTURE_KIND)),
    "nothing": (lambda: b"", Scan()),
    "text": (lambda: b"a letter", Scan()),
}


@pytest.mark.parametrize(("make", "expected"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_ends_within_bounds(make: Callable[[], bytes], expected: Scan) -> None:
    got = read_codes(make())
    assert replace(got, texts=tuple(got.texts)) == expected


def test_a_large_jpeg_is_read_at_a_fraction_of_its_size() -> None:
    large = draw_page(TEXT).resize((5_600, 7_920))
    assert read_codes(encode(large, "JPEG", quality=50)).texts == [TEXT]


def test_a_picture_that_was_cut_off_may_have_its_code() -> None:
    data = encode(draw_page(TEXT).rotate(180).resize((1240, 1754)), "JPEG", quality=80)
    assert read_codes(data[: len(data) * 2 // 3]).texts == [TEXT]


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_a_turned_page_is_read(angle: int) -> None:
    assert read_codes(encode(draw_page(TEXT).rotate(angle, expand=True), "PNG")).texts == [TEXT]


def test_a_transparent_page_is_read_on_white() -> None:
    page = draw_page(TEXT)
    clear = Image.merge(
        "LA", (Image.new("L", page.size, 0), page.point([255 - value for value in range(256)]))
    )
    assert read_codes(encode(clear, "PNG")).texts == [TEXT]


def test_the_first_and_the_last_pages_of_a_long_document_are_read() -> None:
    blank = Image.new("L", (620, 877), 255)
    page = draw_page(TEXT).resize((1240, 1754))
    assert read_codes(print_to_pdf(*[blank] * 30, page)).texts == [TEXT]
    assert read_codes(print_to_pdf(page, *[blank] * 30)).texts == [TEXT]


LIMITED = (
    f"import sys; sys.path.insert(0, {str(ROOT)!r}); from govah_verify import scan_reader;"
    " scan_reader.SECONDS = 1; scan_reader.main()"
)


@pytest.mark.parametrize("change", [draw_much, draw_form_in_itself])
def test_a_page_without_end_ends_with_the_childs_time_or_memory(
    change: Callable[[pikepdf.Pdf], object],
) -> None:
    assert read_codes(build_pdf(change), LIMITED).problem == Problem.TOO_LARGE


@pytest.mark.parametrize("program", ["while True: pass", "raise SystemExit(1)", "import os; os.abort()"])
def test_a_child_that_fails_means_too_large(program: str) -> None:
    assert read_codes(b"\xff\xd8\xff", program, 0.5).problem == Problem.TOO_LARGE


def test_a_child_that_says_nonsense_means_damaged() -> None:
    assert read_codes(b"\xff\xd8\xff", "print('nonsense')").problem == Problem.DAMAGED


def test_the_child_has_bounds_and_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVAH_SECRET", "a secret")
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import json, os, resource;"
        " from govah_verify import scan_reader; scan_reader._limit_resources();"
        " bounds = (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE);"
        " limits = [str(resource.getrlimit(bound)[1]) for bound in bounds];"
        " print(json.dumps({'texts': [*os.environ, os.getcwd(), *limits]}))"
    )
    texts = read_codes(b"\xff\xd8\xff", program).texts
    assert "GOVAH_SECRET" not in texts
    assert texts[-4:] == ["/", str(scan_reader.MEMORY), str(scan_reader.SECONDS), "0"]
