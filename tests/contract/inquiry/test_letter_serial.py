"""A letter as pdfworker renders it names its serial where inquiry looks for it."""

from services.inquiry.actions.serials import find_serials
from services.pdfworker.letter.page import Look
from services.pdfworker.letter.render import render_letter
from tests.unit.pdfworker.statements import QR_TEXT, career, letter_of, statement_of


def test_changed_letter_still_has_its_serial() -> None:
    statement = statement_of(career("1390-01", 2))
    letter = letter_of(statement["types"], serial="2400000000010")
    look = Look("سازمان", "اداره", "https://govah.example")
    rendered = render_letter(letter, statement, look, QR_TEXT)
    assert "2400000000010" in find_serials(rendered.pdf + b"\n% changed")
