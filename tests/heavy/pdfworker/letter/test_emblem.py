"""A changed emblem shows on the next letter."""

from dataclasses import replace
from pathlib import Path

from tests.unit.pdfworker.letters import LETTERHEAD, Sample
from tests.unit.pdfworker.statements import build_statement

SQUARE = '<rect width="4" height="4" fill="url(#paint)"/>'
PAINT = '<defs><linearGradient id="paint"><stop offset="0" style="stop-color:#000"/></linearGradient></defs>'


def wrap_svg(content: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 4">{content}</svg>'


def test_a_changed_file_is_read_again_for_the_next_letter(tmp_path: Path) -> None:
    emblem = tmp_path / "emblem.svg"
    emblem.write_text(wrap_svg(PAINT + SQUARE))
    sample = Sample(build_statement([]), replace(LETTERHEAD, emblem=emblem))
    first = sample.render().pdf
    emblem.write_text(wrap_svg(SQUARE.replace("url(#paint)", "none")))
    assert sample.render().pdf not in (first, Sample(build_statement([])).render().pdf)
