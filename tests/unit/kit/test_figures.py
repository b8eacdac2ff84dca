"""Digests of figures: equal where a letter shows the same figures, in each schema version."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from services.kit.figures import SHOWN_OF_PERSON, FiguresUnknown, compute_digests, compute_identity_digest

MONTHS: list[int | None] = [None, 31, 30, *[None] * 9]
YEAR = {"year": 1402, "months": MONTHS, "total_days": 61}
ROW = {
    "month_jalali": "1402-02",
    "workshop_code": "0012345678",
    "workshop_name": "کارگاه بهار",
    "list_number": "01",
    "job_title": "بافنده",
    "days": 31,
    "wage": 1_000,
}
SHOP = {"workshop_code": "0012345678", "workshop_name": "کارگاه بهار", "years": [YEAR], "total_days": 61}
OTHER_SHOP = {**SHOP, "workshop_code": "0099999999"}
TABLES_OF_1 = {
    "all": {"years": [YEAR], "total_days": 61},
    "wages": {"rows": [ROW, {**ROW, "month_jalali": "1402-03", "days": 30}], "years": []},
    "consolidated": {"years": [{**YEAR, "running_days": 61}], "total_days": 61},
}
TABLES_OF_2 = {**TABLES_OF_1, "all": {"workshops": [SHOP, OTHER_SHOP], "total_days": 61}}


def build(version: int) -> dict[str, Any]:
    summary = {
        "total_days": 61,
        "duration": {"years": 0, "months": 2, "days": 1},
        "first_month_jalali": "1402-02",
        "last_month_jalali": "1402-03",
        "workshop_count": 1,
    }
    # Without parts in common, so that a test changes one table only.
    statement: dict[str, Any] = json.loads(
        json.dumps(
            {
                "schema_version": version,
                "as_of": "2026-01-01T00:00:00.000000Z",
                "types": ["all", "wages", "consolidated"],
                "person": {"first_name": "نرگس"},
                "summary": summary,
                "tables": TABLES_OF_1 if version == 1 else TABLES_OF_2,
                "disputed_months": [],
                "corrections": [],
            }
        )
    )
    return statement


def list_changed(version: int, change: Callable[[dict[str, Any]], object]) -> list[str]:
    before, after = build(version), build(version)
    change(after)
    digests = compute_digests(before), compute_digests(after)
    return [kind for kind in before["types"] if digests[0][kind] != digests[1][kind]]


def add_row(**changes: Any) -> Callable[[dict[str, Any]], object]:
    return lambda statement: statement["tables"]["wages"]["rows"].append({**ROW, **changes})


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize(
    "change",
    [
        lambda s: s.update(as_of="2027-01-01T00:00:00.000000Z", disputed_months=["1402-02"]),
        lambda s: s["person"].update(first_name="مریم"),
        lambda s: s["tables"]["wages"]["rows"][0].update(
            workshop_name="نامی دیگر", job_title="", list_number="1"
        ),
        lambda s: s["tables"]["wages"]["rows"][0].update(workshop_code="12345678"),
        lambda s: s["tables"]["wages"]["rows"].reverse(),
        add_row(list_number="02", days=0, wage=0),
    ],
)
def test_other_changes_than_of_figures_leave_the_digests(
    version: int, change: Callable[[dict[str, Any]], object]
) -> None:
    assert list_changed(version, change) == []


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize(
    ("change", "changed"),
    [
        (add_row(list_number="02", days=0, wage=5), ["wages"]),
        (add_row(workshop_code="0055555555", days=0, wage=0), ["wages"]),
        (lambda s: s["tables"]["wages"]["rows"][0].update(wage=999), ["wages"]),
        (lambda s: s["tables"]["consolidated"]["years"][0]["months"].__setitem__(3, 0), ["consolidated"]),
        (lambda s: s["summary"].update(total_days=60), ["all", "wages", "consolidated"]),
        (lambda s: s["summary"].update(workshop_count=2), ["all", "wages", "consolidated"]),
    ],
)
def test_a_figure_changes_the_digests_of_the_types_that_show_it(
    version: int, change: Callable[[dict[str, Any]], object], changed: list[str]
) -> None:
    assert list_changed(version, change) == changed


def test_days_that_move_to_another_workshop_change_the_table_by_workshop_only() -> None:
    def move(statement: dict[str, Any]) -> None:
        first, second = statement["tables"]["all"]["workshops"]
        first["years"][0]["months"][1], second["years"][0]["months"][1] = 0, 31

    assert list_changed(2, move) == ["all"]


def test_workshops_in_another_order_are_the_same_figures() -> None:
    assert list_changed(2, lambda s: s["tables"]["all"]["workshops"].reverse()) == []


def test_an_unknown_version_has_no_digests() -> None:
    with pytest.raises(FiguresUnknown):
        compute_digests({**build(1), "schema_version": 3})


@pytest.mark.parametrize(
    ("change", "is_figure"),
    [
        ({"days": 30}, True),
        ({"month_jalali": "1402-04"}, True),
        ({"workshop_code": "0055555555"}, True),
        ({"workshop_name": "نامی دیگر", "job_title": ""}, False),
    ],
)
def test_a_new_type_has_figures_without_a_function_of_its_own(
    change: dict[str, Any], is_figure: bool
) -> None:
    statements = [
        {**build(2), "types": ["new"], "tables": {"new": {"rows": [row], "days": 61}}}
        for row in (ROW, {**ROW, **change})
    ]
    first, second = map(compute_digests, statements)
    assert (first != second) is is_figure


@pytest.mark.parametrize("name", sorted(SHOWN_OF_PERSON))
def test_each_part_of_the_shown_identity_changes_its_digest(name: str) -> None:
    statement = {"person": {**dict.fromkeys(SHOWN_OF_PERSON, "1"), "sex": "female"}}
    before = compute_identity_digest(statement)
    assert compute_identity_digest({"person": {**statement["person"], name: "2"}}) != before
    assert compute_identity_digest({"person": {**statement["person"], name: None}}) != before


def test_sex_and_zeros_of_the_insurance_number_do_not_change_the_identity() -> None:
    person = {**dict.fromkeys(SHOWN_OF_PERSON, "1"), "sex": "female"}
    other = {**person, "sex": None, "insurance_number": "001"}
    assert compute_identity_digest({"person": person}) == compute_identity_digest({"person": other})
