"""The inspection of papers: what people send passes, and nothing that could harm an officer's machine."""

import io
import re
from collections.abc import Callable
from functools import partial

import pikepdf
import pytest
from PIL import Image

from services.records.attachments.inspection import MediaType, inspect_paper
from services.records.refusals import AttachmentRefused
from tests.unit.records import papers
from tests.unit.records.papers import ACTIVE, write_jpeg, write_packed_pdf, write_pdf, write_png, write_zip


def read_refusal(data: bytes) -> str:
    with pytest.raises(AttachmentRefused) as caught:
        inspect_paper(data)
    return caught.value.code.removeprefix("attachment-")


@pytest.mark.parametrize(
    ("write", "media_type"),
    [
        (write_pdf, MediaType.PDF),
        (partial(write_packed_pdf, None), MediaType.PDF),
        (partial(write_pdf, linearize=True), MediaType.PDF),
        (lambda: write_pdf() + b"\r\n\0", MediaType.PDF),
        (write_png, MediaType.PNG),
        (write_jpeg, MediaType.JPEG),
        (partial(write_jpeg, progressive=True, comment="رسید"), MediaType.JPEG),
        (partial(write_jpeg, (4000, 6000)), MediaType.JPEG),
    ],
)
def test_papers_of_the_three_types_pass_unchanged(write: Callable[[], bytes], media_type: MediaType) -> None:
    data = write()
    paper = inspect_paper(data)
    assert (paper.media_type, paper.content) == (media_type, data)


@pytest.mark.parametrize(
    "behind",
    [write_jpeg((10, 10)), b"\0\0\0\x18ftypmp42" + bytes(300), b"MotionPhoto_Data" + bytes(40) + b"SEFT"],
)
def test_what_phones_add_behind_a_photo_is_cut_off(behind: bytes) -> None:
    assert inspect_paper(write_jpeg() + behind).content == write_jpeg()


@pytest.mark.parametrize("change", ACTIVE)
@pytest.mark.parametrize("write", [write_pdf, write_packed_pdf])
def test_pdf_that_starts_or_carries_something_is_refused(
    change: Callable[[pikepdf.Pdf], None], write: Callable[[Callable[[pikepdf.Pdf], None]], bytes]
) -> None:
    assert read_refusal(write(change)) == "active"


def test_escaped_names_do_not_hide_a_script() -> None:
    data = write_pdf(papers.add_open_action)
    assert b"/JavaScript" in data
    escaped = data.replace(b"/OpenAction", b"/Open#41ction").replace(b"/JavaScript", b"/J#61vaScript")
    assert read_refusal(escaped) == "active"


def test_script_in_an_object_that_no_table_has_is_refused() -> None:
    """Readers that repair a file find it."""
    data = write_pdf()
    stray = b"9 0 obj\n<</S /JavaScript /JS (app.alert(1))>>\nendobj\n"
    start = data.index(b"xref")
    moved = data[:start] + stray + data[start:]
    moved = re.sub(rb"startxref\n\d+", b"startxref\n%d" % (start + len(stray)), moved)
    assert read_refusal(moved) == "active"


@pytest.mark.parametrize("user_password", ["", "secret"])
def test_encrypted_pdf_is_refused(user_password: str) -> None:
    encryption = pikepdf.Encryption(owner="owner", user=user_password)
    assert read_refusal(write_pdf(encryption=encryption)) == "encrypted"
    assert read_refusal(write_pdf(papers.add_named_script, encryption=encryption)) in {"active", "encrypted"}


@pytest.mark.parametrize("change", [papers.add_bomb, papers.add_bomb_in_a_bomb, papers.add_huge_picture])
def test_pdf_that_expands_is_refused(change: Callable[[pikepdf.Pdf], None]) -> None:
    assert read_refusal(write_pdf(change)) == "expands"


@pytest.mark.parametrize(
    "write",
    [
        partial(papers.write_huge_png, 60_000, 60_000),
        partial(papers.write_huge_png, 8_000, 5_001),
        papers.write_png_with_text_bomb,
        partial(write_png, (6_400, 6_400)),
    ],
)
def test_picture_that_expands_is_refused(write: Callable[[], bytes]) -> None:
    assert read_refusal(write()) == "expands"


@pytest.mark.parametrize(
    "data",
    [
        write_png() + write_zip(),
        write_jpeg() + write_zip(),
        write_pdf() + write_zip(),
        write_jpeg() + write_jpeg() + write_zip(),
        write_jpeg() + write_pdf(),
        write_jpeg(comment=write_pdf()[:400]),
        write_jpeg(comment=b"<script>alert(1)</script>"),
        write_png() + b"<html><script>1</script>",
        write_pdf() + b"<html>",
        b"%PDF-1.7\n<html><script>1</script></html>" + write_pdf(),
    ],
)
def test_file_with_two_meanings_is_refused(data: bytes) -> None:
    assert read_refusal(data) == "ambiguous"


def write_gif() -> bytes:
    written = io.BytesIO()
    Image.new("L", (4, 4)).save(written, "GIF")
    return written.getvalue()


def write_moving_png() -> bytes:
    frames = [Image.new("RGB", (4, 4), (shade, 0, 0)) for shade in (0, 99)]
    written = io.BytesIO()
    frames[0].save(written, "PNG", save_all=True, append_images=frames[1:])
    return written.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        write_zip(),
        write_gif(),
        write_moving_png(),
        b"\n" + write_pdf(),
        b"MZ" + write_png(),
        b"II*\0" + bytes(40),
    ],
)
def test_other_types_are_refused_whatever_their_name(data: bytes) -> None:
    assert read_refusal(data) == "type-unknown"


def damage(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes(40) + data[middle + 40 :]


@pytest.mark.parametrize(
    "data",
    [
        write_png()[:-20],
        write_jpeg()[:-30],
        damage(write_png((400, 300))),
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xd9",
        b"\x89PNG\r\n\x1a\n",
        b"%PDF-1.7\n",
        b"%PDF-1.7\n%%EOF",
        b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF",
    ],
)
def test_damaged_file_is_refused(data: bytes) -> None:
    assert read_refusal(data) == "damaged"


def test_child_that_takes_too_much_memory_or_time_is_ended() -> None:
    hungry = "import resource; resource.setrlimit(resource.RLIMIT_AS, (2**28, 2**28)); bytes(2**30)"
    for program, timeout in ((hungry, 60.0), ("while True: pass", 0.5)):
        with pytest.raises(AttachmentRefused) as caught:
            inspect_paper(write_png(), program, timeout)
        assert caught.value.code == "attachment-expands"


def test_child_has_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVAH_CLIENT_SECRET_FILE", "/run/secrets/records.secret")
    program = (
        "import os, json; names = [name for name in os.environ if name.startswith('GOVAH')];"
        " print(json.dumps({'refused': 'active' if names else 'damaged'}))"
    )
    with pytest.raises(AttachmentRefused) as caught:
        inspect_paper(b"x", program)
    assert caught.value.code == "attachment-damaged"
