"""Held rows of lists that are withdrawn or replaced: no decision counts a row of an ended version."""

from dataclasses import replace
from typing import Any

from tests.fakes.lists import HASAN, MARYAM, MEHR
from tests.service.kit.calls import read_problem
from tests.service.records.desk import OFFICER, Desk, write_files
from tests.service.records.test_list_versions import (
    LESS,
    PROPOSALS,
    call_as,
    confirm,
    read_figures,
    replace_list,
    withdraw_list,
)

STRANGER = replace(MARYAM, first_name="کامبیز", last_name="یوسفی", father_name="هوشنگ", insurance_number=None)


def propose_same_person(desk: Desk, list_id: str) -> dict[str, Any]:
    change = {"action": "same-person"}
    body = {"kind": "held-row", "target": list_id, "change": change, "reason": "همان است"}
    proposal: dict[str, Any] = call_as(desk, OFFICER, "POST", PROPOSALS, json=body).get_json()
    return proposal


def test_held_rows_go_with_the_version_of_their_list(desk: Desk) -> None:
    desk.import_list(write_files(MARYAM))
    document = desk.import_list(write_files(STRANGER, number="2"))
    assert document["held"] == 1
    decision = propose_same_person(desk, document["id"])
    withdrawal = withdraw_list(desk, document["id"])
    assert confirm(desk, withdrawal).get_json()["status"] == "confirmed"
    assert desk.count_rows(["held_rows"]) == [0]
    read_problem(confirm(desk, decision), 409, "proposal-outdated")
    assert read_figures(desk, MARYAM) == [(30, 80_000_000)]


def test_replacement_is_outdated_once_a_held_row_counts(desk: Desk) -> None:
    desk.import_list(write_files(MARYAM))
    document = desk.import_list(write_files(STRANGER, HASAN, number="2"))
    decision = propose_same_person(desk, document["id"])
    replacement = replace_list(desk, document["id"], write_files(HASAN, number="2")).get_json()
    assert confirm(desk, decision).get_json()["status"] == "confirmed"
    read_problem(confirm(desk, replacement), 409, "proposal-outdated")
    assert read_figures(desk, MARYAM) == [(30, 160_000_000)]


def test_a_decision_outlives_the_version_of_its_row(desk: Desk) -> None:
    """The replacement shows no difference for a row that officers have decided, so it goes on counting."""
    desk.import_list(write_files(MARYAM))
    document = desk.import_list(write_files(STRANGER, HASAN, number="2"))
    decision = propose_same_person(desk, document["id"])
    assert confirm(desk, decision).get_json()["status"] == "confirmed"
    replacement = replace_list(desk, document["id"], write_files(LESS, STRANGER, number="2")).get_json()
    assert {one["national_code"] for one in replacement["differences"]} == {HASAN.national_code}
    assert confirm(desk, replacement).get_json()["status"] == "confirmed"
    assert read_figures(desk, MARYAM, HASAN) == [(30, 160_000_000), (10, 25_000_000)]
    assert desk.count_rows(["held_rows", "former_held_rows"]) == [0, 1]
    assert desk.import_list(write_files(STRANGER, month=MEHR.add_months(1)))["held"] == 0


def test_a_replacement_is_outdated_once_other_rows_would_count(desk: Desk) -> None:
    """What the officers were shown is what the confirmation does, also if a person became known since."""
    document = desk.import_list(write_files(HASAN, number="2"))
    replacement = replace_list(desk, document["id"], write_files(STRANGER, HASAN, number="2")).get_json()
    desk.import_list(write_files(MARYAM))
    read_problem(confirm(desk, replacement), 409, "proposal-outdated")
    assert read_figures(desk, MARYAM) == [(30, 80_000_000)]
