"""The emblem is a plain drawing of limited size, or it is rejected before any letter is rendered."""

import base64
from pathlib import Path

import pytest

from services.pdfworker.letter.emblem import EMBLEM, MAX_BYTES, EmblemInvalid, load_emblem


def wrap_svg(content: str, attributes: str = "") -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 4" {attributes}>{content}</svg>'


@pytest.fixture(name="emblem")
def emblem_file(tmp_path: Path) -> Path:
    return tmp_path / "emblem.svg"


def test_the_placeholder_is_accepted() -> None:
    assert base64.b64decode(load_emblem(EMBLEM).rpartition(",")[2]) == EMBLEM.read_bytes()


@pytest.mark.parametrize(
    ("drawing", "reason"),
    [
        (wrap_svg('<image href="file:///etc/hostname"/>'), "<image>"),
        (wrap_svg("<script>1</script>"), "<script>"),
        (wrap_svg("<style>@import url(http://x)</style>"), "<style>"),
        (wrap_svg("<text>x</text>"), "<text>"),
        (wrap_svg("<foreignObject/>"), "<foreignObject>"),
        (wrap_svg('<a xmlns="http://www.w3.org/1999/xhtml"/>'), "<a>"),
        (wrap_svg('<g onload="1"/>'), "onload="),
        (wrap_svg('<path xmlns:x="http://www.w3.org/1999/xlink" x:href="#a"/>'), "href="),
        (wrap_svg('<rect fill="URL( http://x )"/>'), "fill="),
        (wrap_svg("<rect style=\"fill: url('file:///x')\"/>"), "style="),
        (wrap_svg('<rect style="fill: u\\72l(x)"/>'), "style="),
        (wrap_svg("", 'filter="url(data:image/svg+xml,x)"'), "filter="),
        ('<!DOCTYPE svg [<!ENTITY a "b">]>' + wrap_svg("&a;"), "DOCTYPE"),
        ("<html/>", "not SVG"),
        ("PNG", "not XML"),
        (wrap_svg("<!--" + "x" * MAX_BYTES + "-->"), "more than 64 KiB"),
    ],
)
def test_anything_but_a_plain_drawing_is_rejected(drawing: str, reason: str, emblem: Path) -> None:
    emblem.write_text(drawing)
    with pytest.raises(EmblemInvalid) as caught:
        load_emblem(emblem)
    assert str(caught.value).endswith(f"refused: {reason}")


def test_another_encoding_is_rejected(emblem: Path) -> None:
    emblem.write_bytes(('<!DOCTYPE svg [<!ENTITY a "b">]>' + wrap_svg("&a;")).encode("utf-16"))
    with pytest.raises(EmblemInvalid, match="not UTF-8"):
        load_emblem(emblem)


def test_a_missing_file_is_reported() -> None:
    with pytest.raises(FileNotFoundError):
        load_emblem(Path("nowhere.svg"))
