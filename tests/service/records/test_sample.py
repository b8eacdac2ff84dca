"""Two hundred invented people, imported through the API, against the generator's own truth."""

from pathlib import Path

import pytest

from govah.samples import SampleEncoding, generate
from services.kit.jalali import JalaliMonth
from tests.service.records.callers import Records, check
from tests.tokens import mint


@pytest.mark.parametrize("encoding", ["cp1256", "iransystem"])
def test_statements_are_true_to_the_day_and_the_rial(
    records: Records, encoding: SampleEncoding, tmp_path: Path
) -> None:
    tree = generate(200, 24, 3, encoding, 7, tmp_path / "lists", last_month=JalaliMonth(1405, 8))
    for path in tree.lists:
        files = (path / "DSKKAR00.DBF").read_bytes(), (path / "DSKWOR00.DBF").read_bytes()
        findings = records.accept(files)["findings"]
        assert {finding["code"] for finding in findings} <= {"foreigner-without-code"}
    checked = 0
    for person in tree.people:
        if person.national_code is None or not person.contributions:
            continue
        token = mint("citizen", records.person_id(person.national_code), scopes=["self"])
        statement = records.call("GET", "/internal/statement?types=all,wages,consolidated", token).get_json()
        assert statement["person"]["first_name"] == person.first_name
        assert statement["person"]["sex"] == person.sex
        check(statement, person)
        checked += 1
    assert checked > 150
