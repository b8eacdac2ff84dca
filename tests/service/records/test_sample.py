"""Two hundred invented people, imported through the API, against the generator's own truth."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from govah.samples import SampleContribution, SampleEncoding, SamplePerson, generate
from services.kit.jalali import JalaliMonth
from tests.service.records.callers import Records
from tests.tokens import mint


def expected_months(contributions: list[SampleContribution]) -> dict[tuple[int, int], int]:
    listed: dict[JalaliMonth, int] = defaultdict(int)
    for contribution in contributions:
        listed[contribution.month] += contribution.days
    return {(month.year, month.month): min(days, month.days) for month, days in listed.items()}


def check(statement: dict[str, Any], person: SamplePerson) -> None:
    """Every day and every rial of a statement is the generator's."""
    tables = statement["tables"]
    months = expected_months(person.contributions)
    for kind in ("all", "consolidated"):
        shown = {
            (year["year"], month): days
            for year in tables[kind]["years"]
            for month, days in enumerate(year["months"], 1)
            if days is not None
        }
        assert shown == months
        assert tables[kind]["total_days"] == sum(months.values())
    rows = [
        (row["month_jalali"], row["workshop_code"], row["list_number"], row["days"], row["wage"])
        for row in tables["wages"]["rows"]
    ]
    assert rows == sorted(
        (str(c.month), c.workshop_code, c.list_number, c.days, c.wage) for c in person.contributions
    )
    assert tables["wages"]["total_wage"] == sum(c.wage for c in person.contributions)
    assert statement["summary"]["workshop_count"] == len({c.workshop_code for c in person.contributions})


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
