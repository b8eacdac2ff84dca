"""Lists, statement and letter of invented people agree, to the day and the rial.

`make test` takes three of them, `make fuzz` two hundred (TEST_SIZE=full).
"""

from pathlib import Path

import pytest

from govah.samples import generate
from services.kit.jalali import JalaliMonth
from services.pdfworker.letter.page import Letterhead
from services.pdfworker.letter.render import render_letter
from tests.service.records.desk import Desk, check_statement
from tests.sizes import IS_FULL
from tests.tokens import mint
from tests.unit.pdfworker.extraction import extract_text, fold
from tests.unit.pdfworker.printed import assert_tables_are_printed
from tests.unit.pdfworker.statements import QR_TEXT, build_letter

PEOPLE, PARTS = (200, 4) if IS_FULL else (3, 1)
STATEMENT = "/internal/statement?types=all,wages,consolidated&version=2"
LOOK = Letterhead("سازمان بیمه‌های اجتماعی نمونه", "اداره کل امور بیمه‌شدگان", "https://govah.example")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("part", range(PARTS))
def test_letter_agrees_with_the_lists(desk: Desk, part: int, tmp_path: Path) -> None:
    tree = generate(PEOPLE + 12, 14, 4, "mixed", 11, tmp_path / "lists", last_month=JalaliMonth(1405, 8))
    for path in tree.lists:
        desk.import_list(((path / "DSKKAR00.DBF").read_bytes(), (path / "DSKWOR00.DBF").read_bytes()))
    people = [person for person in tree.people if person.national_code and person.contributions]
    assert len(people) >= PEOPLE
    for person in people[part:PEOPLE:PARTS]:
        token = mint("citizen", desk.find_person_id(str(person.national_code)), scopes=["self"])
        statement = desk.call("GET", STATEMENT, token).get_json()
        check_statement(statement, person)
        pdf = render_letter(build_letter(), statement, LOOK, QR_TEXT).pdf
        assert_tables_are_printed(pdf, statement)
        assert fold(f"{person.first_name} {person.last_name}") in extract_text(pdf)
