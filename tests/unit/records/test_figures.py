"""Every type of statement has figures in each schema version that records composes."""

import pytest

from services.kit.figures import compute_digests
from services.kit.jalali import JalaliMonth
from services.kit.statement_types import StatementType
from services.records.actions.figures import COMPOSERS
from services.records.actions.statements import compose_statement
from tests.unit.records.test_statement import AS_OF, PERSON, build_row

MEHR = JalaliMonth(1402, 7)


@pytest.mark.parametrize("version", COMPOSERS)
def test_each_type_has_figures_that_follow_the_rows(version: int) -> None:
    compose = COMPOSERS[version]
    rows = [build_row(MEHR, 12, wage=100)]
    first, second = (
        compute_digests(compose(PERSON, months, list(StatementType), AS_OF))
        for months in (rows, [*rows, build_row(MEHR.add_months(1), 30)])
    )
    assert first.keys() == second.keys() == set(StatementType)
    assert all(first[kind] != second[kind] for kind in StatementType)


def test_the_statements_that_letters_get_can_be_compared() -> None:
    statement = compose_statement(PERSON, [build_row(MEHR, 12)], list(StatementType), AS_OF)
    assert statement["schema_version"] in COMPOSERS
    again = COMPOSERS[statement["schema_version"]](PERSON, [build_row(MEHR, 12)], list(StatementType), AS_OF)
    assert compute_digests(again) == compute_digests(statement)


def test_version_1_counts_workshops_without_a_code_as_one() -> None:
    rows = [
        build_row(MEHR, 10)._replace(workshop_code="-", workshop_name=name) for name in ("نجاری", "آهنگری")
    ]
    counts = {
        version: compose(PERSON, rows, [StatementType.ALL], AS_OF)["summary"]["workshop_count"]
        for version, compose in COMPOSERS.items()
    }
    assert counts == {1: 1, 2: 2}
