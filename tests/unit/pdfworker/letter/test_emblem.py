"""The emblem is a plain drawing of bounded size, or it is refused before any letter is drawn."""

import base64
from pathlib import Path

import pytest

from services.pdfworker.letter.emblem import EMBLEM, LARGEST, EmblemInvalid, emblem_url


def svg(content: str, attributes: str = "") -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 4" {attributes}>{content}</svg>'


@pytest.fixture(name="emblem")
def emblem_file(tmp_path: Path) -> Path:
    return tmp_path / "emblem.svg"


def test_the_placeholder_is_accepted() -> None:
    assert base64.b64decode(emblem_url(EMBLEM).rpartition(",")[2]) == EMBLEM.read_bytes()


@pytest.mark.parametrize(
    ("drawing", "reason"),
    [
        (svg('<image href="file:///etc/hostname"/>'), "<image>"),
        (svg("<script>1</script>"), "<script>"),
        (svg("<style>@import url(http://x)</style>"), "<style>"),
        (svg("<text>x</text>"), "<text>"),
        (svg("<foreignObject/>"), "<foreignObject>"),
        (svg('<a xmlns="http://www.w3.org/1999/xhtml"/>'), "<a>"),
        (svg('<g onload="1"/>'), "onload="),
        (svg('<path xmlns:x="http://www.w3.org/1999/xlink" x:href="#a"/>'), "href="),
        (svg('<rect fill="URL( http://x )"/>'), "fill="),
        (svg("<rect style=\"fill: url('file:///x')\"/>"), "style="),
        (svg('<rect style="fill: u\\72l(x)"/>'), "style="),
        (svg("", 'filter="url(data:image/svg+xml,x)"'), "filter="),
        ('<!DOCTYPE svg [<!ENTITY a "b">]>' + svg("&a;"), "DOCTYPE"),
        ("<html/>", "not SVG"),
        ("PNG", "not XML"),
        (svg("<!--" + "x" * LARGEST + "-->"), "more than 64 KiB"),
    ],
)
def test_anything_but_a_plain_drawing_is_refused(drawing: str, reason: str, emblem: Path) -> None:
    emblem.write_text(drawing)
    with pytest.raises(EmblemInvalid) as refusal:
        emblem_url(emblem)
    assert str(refusal.value).endswith(f"refused: {reason}")


def test_another_encoding_hides_nothing(emblem: Path) -> None:
    emblem.write_bytes(('<!DOCTYPE svg [<!ENTITY a "b">]>' + svg("&a;")).encode("utf-16"))
    with pytest.raises(EmblemInvalid, match="not UTF-8"):
        emblem_url(emblem)


def test_a_missing_file_is_told() -> None:
    with pytest.raises(FileNotFoundError):
        emblem_url(Path("nowhere.svg"))
