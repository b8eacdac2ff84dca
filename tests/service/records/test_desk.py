"""Officers see how much waits in each queue, since when, and how much of it they have proposed themselves."""

import uuid
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from tests.fakes.lists import HASAN, MARYAM, MEHR
from tests.service.records.desk import OFFICER, Desk, write_files
from tests.service.records.objectors import (
    DAYS,
    PERIOD,
    SECOND_OFFICER,
    Objector,
    read_reply,
    write_one_month,
)
from tests.service.records.proposers import Proposers
from tests.service.records.test_held_rows import STRANGER
from tests.tokens import mint

PATH = "/api/v1/records/desk"


def read_queues(
    desk: Desk, officer_id: uuid.UUID = OFFICER, scopes: tuple[str, ...] = ("lists", "objections")
) -> dict[tuple[str, str | None], dict[str, Any]]:
    items = read_reply(desk.call("GET", PATH, mint("officer", officer_id, scopes=scopes)))["items"]
    queues = {(item.pop("queue"), item.pop("kind")): item for item in items}
    assert len(queues) == len(items)
    return queues


def count_items(desk: Desk, officer_id: uuid.UUID = OFFICER) -> dict[tuple[str, str | None], tuple[int, int]]:
    """Return the number and the own number of each queue that has items."""
    queues = read_queues(desk, officer_id)
    assert all((queue["count"] == 0) == (queue["oldest_at"] is None) for queue in queues.values())
    return {name: (queue["count"], queue["own"]) for name, queue in queues.items() if queue["count"]}


@pytest.mark.parametrize(
    ("scopes", "expected"),
    [
        (("lists",), {"held-rows", "proposals"}),
        (("objections",), {"objections-submitted", "objections-proposed", "proposals"}),
        (("lists", "objections"), {"held-rows", "proposals", "objections-submitted", "objections-proposed"}),
    ],
)
def test_an_officer_sees_the_queues_of_the_scopes_also_empty_ones(
    desk: Desk, scopes: tuple[str, ...], expected: set[str]
) -> None:
    queues = read_queues(desk, scopes=scopes)
    assert {name for name, _ in queues} == expected
    assert {(queue["count"], queue["oldest_at"], queue["own"]) for queue in queues.values()} == {(0, None, 0)}
    kinds = {kind for name, kind in queues if name == "proposals"}
    assert ("person-correction" in kinds) == ("lists" in scopes)
    assert ("missing-period-workshop" in kinds) == ("objections" in scopes)


def test_objections_wait_for_a_decision_and_then_for_its_confirmation(desk: Desk) -> None:
    objector = Objector(desk)
    desk.import_list(write_one_month(20))
    submitted = objector.submit(DAYS)
    objector.submit(PERIOD)
    assert count_items(desk) == {
        ("objections-submitted", "days"): (1, 0),
        ("objections-submitted", "missing-period"): (1, 0),
    }
    oldest = read_queues(desk)["objections-submitted", "days"]["oldest_at"]
    assert datetime.fromisoformat(oldest) == datetime.fromisoformat(submitted["submitted_at"])
    read_reply(objector.propose(submitted["id"]))
    assert count_items(desk)["objections-proposed", "days"] == (1, 1)
    assert count_items(desk, SECOND_OFFICER)["objections-proposed", "days"] == (1, 0)
    assert ("objections-submitted", "days") not in count_items(desk)
    read_reply(objector.confirm(submitted["id"]))
    assert count_items(desk) == {("objections-submitted", "missing-period"): (1, 0)}


def test_a_queue_of_objections_is_what_the_filtered_list_shows(desk: Desk) -> None:
    objector = Objector(desk)
    desk.import_list(write_one_month(20))
    period = objector.submit(PERIOD)
    objector.submit(DAYS)
    path = "/api/v1/records/objections?status=submitted&kind=missing-period"
    items = read_reply(objector.call_as_officer("GET", path))["items"]
    assert [item["id"] for item in items] == [period["id"]]


def test_held_rows_and_proposals_wait(desk: Desk) -> None:
    officers = Proposers(desk)
    desk.import_list(write_files(MARYAM, HASAN))
    imported = desk.import_list(
        write_files(STRANGER, replace(HASAN, row=2, first_name="نیما", last_name="آذری", father_name="بهمن"),
                    month=MEHR.add_months(1))
    )  # fmt: skip
    assert imported["held"] == 2
    assert count_items(desk) == {("held-rows", None): (2, 0)}
    oldest = read_queues(desk)["held-rows", None]["oldest_at"]
    assert datetime.fromisoformat(oldest) == datetime.fromisoformat(imported["imported_at"])
    row = officers.list_held()[0]
    proposal = read_reply(officers.propose("held-row", row["id"], {"action": "reject"}), 201)
    assert count_items(desk) == {("held-rows", None): (2, 1), ("proposals", "held-row"): (1, 1)}
    assert count_items(desk, SECOND_OFFICER) == {
        ("held-rows", None): (2, 0),
        ("proposals", "held-row"): (1, 0),
    }
    read_reply(officers.confirm(proposal["id"]))
    assert count_items(desk) == {("held-rows", None): (1, 0)}
    read_reply(officers.propose("held-row", imported["id"], {"action": "reject"}), 201)
    assert count_items(desk) == {("held-rows", None): (1, 1), ("proposals", "held-row"): (1, 1)}


def test_a_proposal_of_the_system_is_nobodys_own_until_it_is_adopted(desk: Desk) -> None:
    officers = Proposers(desk)
    for months in range(4):
        row = MARYAM if months == 0 else replace(MARYAM, father_name="بهرام")
        desk.import_list(write_files(row, month=MEHR.add_months(months)))
    assert count_items(desk) == {("proposals", "person-correction"): (1, 0)}
    (proposal,) = officers.list_proposals()
    read_reply(officers.confirm(proposal["id"], OFFICER))
    assert count_items(desk)["proposals", "person-correction"] == (1, 1)
    assert count_items(desk, SECOND_OFFICER)["proposals", "person-correction"] == (1, 0)


def test_counting_is_not_recorded_as_an_access(desk: Desk) -> None:
    desk.import_list(write_files(MARYAM))
    desk.import_list(write_files(STRANGER, month=MEHR.add_months(1)))
    read_queues(desk)
    assert desk.count_rows(["access_log"]) == [0]
