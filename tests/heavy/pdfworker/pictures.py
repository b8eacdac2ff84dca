"""Pictures of letters' pages. ``python -m tests.heavy.pdfworker.pictures`` renders the stored ones again."""

import io
import subprocess
from pathlib import Path

from PIL import Image

from tests.unit.pdfworker.letters import DOCUMENTED, GOLDEN, render_sample

GOLDEN_FOLDER = Path(__file__).with_name("golden")
DOCS_FOLDER = Path(__file__).resolve().parents[3] / "docs" / "letters"
GOLDEN_DPI, DOCS_DPI = 64, 90


def render_page(name: str, page: int, dpi: int = GOLDEN_DPI) -> Image.Image:
    """Return a page of a sample letter in shades of grey."""
    return draw_page(render_sample(name).pdf, page, dpi)


def draw_page(pdf: bytes, page: int, dpi: int = GOLDEN_DPI) -> Image.Image:
    """Return a page of a letter in shades of grey."""
    command = ["pdftoppm", "-r", str(dpi), "-gray", "-png", "-f", str(page), "-l", str(page), "-"]
    png = subprocess.run(command, input=pdf, check=True, capture_output=True).stdout
    return Image.open(io.BytesIO(png))


def main() -> None:
    """Render and store all pictures."""
    for folder, pages, dpi in ((GOLDEN_FOLDER, GOLDEN, GOLDEN_DPI), (DOCS_FOLDER, DOCUMENTED, DOCS_DPI)):
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.png"):
            old.unlink()
        for name, page in pages:
            # Sixteen shades are enough to read and to compare.
            picture = render_page(name, page, dpi).quantize(16)
            picture.save(folder / f"{name}-{page}.png", optimize=True)


if __name__ == "__main__":
    main()
