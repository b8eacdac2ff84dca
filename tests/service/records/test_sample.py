"""Invented people, imported through the API and compared with the generator's data.

`make test` takes eighty of them and a year, each encoding into one database; `make fuzz` two hundred and two
years, each into both (TEST_SIZE=full).
"""

from pathlib import Path

import pytest

from govah.samples import SampleEncoding, generate
from services.kit.jalali import JalaliMonth
from tests.service.records.desk import Desk, check_statement
from tests.sizes import IS_FULL
from tests.tokens import mint

PEOPLE, MONTHS = (200, 24) if IS_FULL else (80, 12)
PAIRS = [("cp1256", "sqlite"), ("iransystem", "postgresql")]
if IS_FULL:
    PAIRS += [("cp1256", "postgresql"), ("iransystem", "sqlite")]
STATEMENT = "/internal/statement?types=all,wages,consolidated&version=2"


@pytest.mark.parametrize(("encoding", "database_url"), PAIRS, indirect=["database_url"])
def test_statements_agree_to_the_day_and_the_rial(
    desk: Desk, encoding: SampleEncoding, tmp_path: Path
) -> None:
    tree = generate(PEOPLE, MONTHS, 3, encoding, 7, tmp_path / "lists", last_month=JalaliMonth(1405, 8))
    for path in tree.lists:
        files = (path / "DSKKAR00.DBF").read_bytes(), (path / "DSKWOR00.DBF").read_bytes()
        findings = desk.import_list(files)["findings"]
        assert {finding["code"] for finding in findings} <= {"foreigner-without-code"}
    checked = 0
    for person in tree.people:
        if person.national_code is None or not person.contributions:
            continue
        token = mint("citizen", desk.find_person_id(person.national_code), scopes=["self"])
        statement = desk.call("GET", STATEMENT, token).get_json()
        assert statement["person"]["first_name"] == person.first_name
        assert statement["person"]["sex"] == person.sex
        check_statement(statement, person)
        checked += 1
    assert checked > PEOPLE * 3 / 4
