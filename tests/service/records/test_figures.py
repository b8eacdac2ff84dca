"""Digests of figures change with the figures that a letter of each type shows, and with nothing else."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from services.kit.figures import IDENTITY, compute_digests, compute_identity_digest
from services.kit.jalali import JalaliMonth
from services.records.schemas.figures import MAX_ITEMS
from tests.fakes.lists import HASAN, MARYAM
from tests.service.records.desk import Desk, write_files
from tests.service.records.objectors import DAYS, MEHR_1402, PERIOD, Objector, read_reply, write_one_month
from tests.service.records.proposers import Proposers
from tests.tokens import mint

TYPES = ("all", "wages", "consolidated")
ABAN_1402 = JalaliMonth(1402, 8)


def _ask(desk: Desk, *items: dict[str, Any]) -> Any:
    token = mint("service", "disclosure", "records", scopes=["records:figures"])
    return desk.call("POST", "/internal/figures", token, json={"items": list(items)})


def _build_item(desk: Desk, until: str = "1402-12", **changes: Any) -> dict[str, Any]:
    item = {
        "person_id": str(desk.find_person_id(Objector(desk).code)),
        "until_jalali": until,
        "schema_version": 1,
        "types": list(TYPES),
    }
    return item | changes


def _read_digests(desk: Desk, until: str = "1402-12") -> dict[str, str]:
    [item] = read_reply(_ask(desk, _build_item(desk, until)))["items"]
    digests: dict[str, str] = item["digests"]
    return digests


def _find_changed(before: dict[str, str], after: dict[str, str]) -> Sequence[str]:
    return [kind for kind in TYPES if before[kind] != after[kind]]


def _write_supplement(days: int, wage: int, **place: Any) -> Any:
    row = replace(
        MARYAM,
        days=days,
        daily_wage=0,
        monthly_wage=wage,
        benefits=0,
        insurable=wage,
        gross=wage,
        premium=wage * 7 // 100,
        start_date=None,
    )
    return write_files(row, month=MEHR_1402, **{"number": "02", **place})


def test_digests_are_those_of_the_statement(desk: Desk) -> None:
    desk.import_list(write_one_month(12))
    statement = read_reply(Objector(desk).call("GET", f"/internal/statement?types={','.join(TYPES)}"))
    identity = {IDENTITY: compute_identity_digest(statement)}
    assert _read_digests(desk) == compute_digests(statement) | identity


@pytest.mark.parametrize(
    ("days", "wage", "changed"),
    [(0, 9_000_000, ["wages"]), (0, 0, []), (3, 0, list(TYPES)), (3, 1_000_000, list(TYPES))],
)
def test_a_supplementary_list_changes_what_shows_its_figures(
    desk: Desk, days: int, wage: int, changed: list[str]
) -> None:
    desk.import_list(write_one_month(12))
    before = _read_digests(desk)
    desk.import_list(_write_supplement(days, wage))
    assert _find_changed(before, _read_digests(desk)) == changed


def test_days_beyond_the_month_change_wages_only(desk: Desk) -> None:
    desk.import_list(write_one_month(30))
    before = _read_digests(desk)
    desk.import_list(_write_supplement(4, 0))
    assert _find_changed(before, _read_digests(desk)) == ["wages"]


def test_an_empty_list_of_a_month_without_lists_is_a_figure(desk: Desk) -> None:
    desk.import_list(write_one_month(12))
    before = _read_digests(desk)
    desk.import_list(write_one_month(0, month=ABAN_1402))
    assert _find_changed(before, _read_digests(desk)) == list(TYPES)


def test_another_workshop_is_counted_in_every_summary(desk: Desk) -> None:
    desk.import_list(write_one_month(12))
    before = _read_digests(desk)
    desk.import_list(_write_supplement(0, 9_000_000, workshop="0055555555", number="01"))
    assert _find_changed(before, _read_digests(desk)) == list(TYPES)


def test_a_new_name_of_the_workshop_and_the_lists_of_others_change_nothing(desk: Desk) -> None:
    desk.import_list(write_one_month(12))
    before = _read_digests(desk)
    desk.import_list(write_files(HASAN, month=MEHR_1402, number="03", name="کارگاه با نام تازه"))
    assert _find_changed(before, _read_digests(desk)) == []


def test_later_months_do_not_count(desk: Desk) -> None:
    desk.import_list(write_one_month(12))
    before = _read_digests(desk, "1402-07")
    desk.import_list(write_one_month(30, month=ABAN_1402))
    assert _find_changed(before, _read_digests(desk, "1402-07")) == []
    assert _find_changed(before, _read_digests(desk, "1402-08")) == list(TYPES)


def test_accepted_objections_change_figures_and_rejected_ones_do_not(desk: Desk) -> None:
    desk.import_list(write_one_month(12))
    before = _read_digests(desk)
    maryam = Objector(desk)
    maryam.decide(DAYS, accept=False)
    assert _find_changed(before, _read_digests(desk)) == []
    maryam.decide(PERIOD)
    after = _read_digests(desk)
    assert _find_changed(before, after) == list(TYPES)
    maryam.decide(DAYS)
    assert _find_changed(after, _read_digests(desk)) == list(TYPES)


def test_questions_are_answered_in_their_order(desk: Desk) -> None:
    desk.import_list(write_one_month(12))
    stranger = _build_item(desk, person_id=str(uuid.uuid4()))
    later = _build_item(desk, schema_version=999)
    narrow = _build_item(desk, types=["wages"])
    items = read_reply(_ask(desk, stranger, later, narrow))["items"]
    assert items == [
        {"digests": None},
        {"digests": {}},
        {"digests": {name: _read_digests(desk)[name] for name in ("wages", IDENTITY)}},
    ]


def test_questions_are_bounded(desk: Desk) -> None:
    desk.import_list(write_one_month(12))
    item = _build_item(desk)
    assert _ask(desk, *[item] * MAX_ITEMS).status_code == 200
    for items in ([], [item] * (MAX_ITEMS + 1), [item | {"types": []}], [item | {"until_jalali": "1402-13"}]):
        assert _ask(desk, *items).status_code == 422


def test_a_correction_changes_the_identity_only(desk: Desk) -> None:
    desk.import_list(write_one_month(12))
    before = _read_digests(desk)
    Proposers(desk).correct(desk.find_person_id(Objector(desk).code), father_name="نادر")
    after = _read_digests(desk)
    assert after[IDENTITY] != before[IDENTITY]
    assert {**after, IDENTITY: before[IDENTITY]} == before
