"""Held rows of lists that are withdrawn or replaced: no decision counts a row of an ended version."""

from dataclasses import replace
from typing import Any

from tests.fakes.lists import HASAN, MARYAM
from tests.service.kit.calls import read_problem
from tests.service.records.desk import OFFICER, Desk, write_files
from tests.service.records.test_list_versions import (
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
