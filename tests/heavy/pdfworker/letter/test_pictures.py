"""Pages look as they did when a person last looked at them; `make letters` draws the pictures anew."""

import pytest
from PIL import Image, ImageChops, ImageFilter

from tests.heavy.pdfworker.pictures import GOLDEN_FOLDER, picture
from tests.unit.pdfworker.letters import GOLDEN

pytestmark = pytest.mark.xdist_group("letters")
# Other versions of FreeType and poppler draw edges a little otherwise: pictures are blurred before they are
# compared, and a pixel counts as another from this many of 255 shades on.
SHADES = 64
TOLERANCE = 0.001  # of the pixels, a figure or two of a table


def difference(one: Image.Image, other: Image.Image) -> float:
    """Return the share of a page's pixels that differ."""
    soft = [page.convert("L").filter(ImageFilter.GaussianBlur(1)) for page in (one, other)]
    histogram = ImageChops.difference(*soft).histogram()
    return sum(histogram[SHADES:]) / sum(histogram)


@pytest.mark.parametrize(("name", "page"), GOLDEN)
def test_a_page_looks_as_it_did(name: str, page: int) -> None:
    now = picture(name, page)
    with Image.open(GOLDEN_FOLDER / f"{name}-{page}.png") as golden:
        assert now.size == golden.size
        assert difference(now, golden) <= TOLERANCE


def test_a_missing_line_would_be_seen() -> None:
    page = picture("all", 1)
    without = page.copy()
    without.paste(255, (0, 250, page.width, 262))
    assert difference(page, without) > TOLERANCE


def test_a_shift_would_be_seen() -> None:
    page = picture("all", 2)
    assert difference(page, ImageChops.offset(page, 0, 2)) > TOLERANCE
