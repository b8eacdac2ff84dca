"""Pages look like their golden pictures; `make letters` renders the pictures again."""

import pytest
from PIL import Image, ImageChops, ImageFilter

from tests.heavy.pdfworker.pictures import GOLDEN_FOLDER, render_page
from tests.unit.pdfworker.letters import GOLDEN

pytestmark = pytest.mark.xdist_group("letters")
# Versions of FreeType and poppler differ in how they draw edges, so pictures are blurred before they are
# compared. A pixel differs if it does so by this many of 255 shades.
SHADES = 64
TOLERANCE = 0.001  # of the pixels, a figure or two of a table


def measure_difference(page: Image.Image, golden: Image.Image) -> float:
    """Return the share of a page's pixels that differ."""
    soft = [image.convert("L").filter(ImageFilter.GaussianBlur(1)) for image in (page, golden)]
    histogram = ImageChops.difference(*soft).histogram()
    return sum(histogram[SHADES:]) / sum(histogram)


@pytest.mark.parametrize(("name", "page"), GOLDEN)
def test_a_page_looks_like_its_golden_picture(name: str, page: int) -> None:
    now = render_page(name, page)
    with Image.open(GOLDEN_FOLDER / f"{name}-{page}.png") as golden:
        assert now.size == golden.size
        assert measure_difference(now, golden) <= TOLERANCE


def test_a_missing_line_is_detected() -> None:
    page = render_page("all", 1)
    without = page.copy()
    without.paste(255, (0, 250, page.width, 262))
    assert measure_difference(page, without) > TOLERANCE


def test_a_shift_is_detected() -> None:
    page = render_page("all", 2)
    assert measure_difference(page, ImageChops.offset(page, 0, 2)) > TOLERANCE
