"""A letter as pdfworker renders it names its serial where inquiry looks for it."""

from services.inquiry.actions.serials import find_serials
from services.pdfworker.letter.page import Letterhead
from services.pdfworker.letter.render import render_letter
from tests.unit.pdfworker.statements import QR_TEXT, build_career, build_letter, build_statement


def test_changed_letter_still_has_its_serial() -> None:
    statement = build_statement(build_career("1390-01", 2))
    letter = build_letter(statement["types"], serial="2400000000010")
    look = Letterhead("سازمان", "اداره", "https://govah.example")
    rendered = render_letter(letter, statement, look, QR_TEXT)
    assert "2400000000010" in find_serials(rendered.pdf + b"\n% changed")
