"""What has ended stays ended: records after a restore from a backup, with its journal."""

import pytest

from tests.fakes.lists import MARYAM
from tests.restoring import Disaster
from tests.service.records.desk import Desk
from tests.service.records.objectors import (
    ALL,
    DAYS,
    OWN,
    PERIOD,
    Objector,
    read_problem,
    read_reply,
    write_one_month,
)
from tests.service.records.proposers import PROPOSALS, Proposers
from tests.service.records.test_objection_attachments import attach, list_attachments
from tests.unit.records.papers import write_jpeg


@pytest.fixture
def maryam(desk: Desk) -> Objector:
    desk.import_list(write_one_month(12))
    return Objector(desk)


def back_up(desk: Desk) -> Disaster:
    return Disaster(desk.app, desk.engine, "records", desk.settings.open_endings())


def test_withdrawn_objections_and_deleted_drafts_stay_so(maryam: Objector) -> None:
    objection, draft = maryam.submit(DAYS), maryam.create_draft(PERIOD)
    read_reply(maryam.propose(objection["id"]))
    disaster = back_up(maryam.desk)
    read_reply(maryam.call("POST", f"{OWN}/{objection['id']}/withdrawal"))
    assert maryam.call("DELETE", f"{OWN}/{draft['id']}").status_code == 204
    disaster.restore()
    assert read_reply(maryam.call("GET", f"{OWN}/{objection['id']}"))["status"] == "withdrawn"
    assert read_problem(maryam.confirm(objection["id"])) == (409, "objection-status-differs")
    assert read_problem(maryam.call("GET", f"{OWN}/{draft['id']}")) == (404, "not-found")


def test_removed_papers_stay_removed(maryam: Objector) -> None:
    draft = maryam.create_draft(DAYS)
    removed, left = (read_reply(attach(maryam, draft["id"], write_jpeg()), 201) for _ in range(2))
    disaster = back_up(maryam.desk)
    path = f"{OWN}/{draft['id']}/attachments/{removed['id']}"
    assert maryam.call("DELETE", path).status_code == 204
    disaster.restore()
    assert [one["id"] for one in list_attachments(maryam, draft["id"])] == [left["id"]]


def test_decisions_that_were_withdrawn_wait_for_officers_again(maryam: Objector) -> None:
    objection_id = maryam.submit(DAYS)["id"]
    read_reply(maryam.propose(objection_id))
    disaster = back_up(maryam.desk)
    read_reply(maryam.call_as_officer("DELETE", f"{ALL}/{objection_id}/decision"))
    disaster.restore()
    assert read_problem(maryam.confirm(objection_id)) == (409, "objection-status-differs")
    assert read_reply(maryam.propose(objection_id))["status"] == "proposed"


def test_rejected_and_withdrawn_proposals_change_nothing(maryam: Objector) -> None:
    officers = Proposers(maryam.desk)
    person_id = maryam.desk.find_person_id(str(MARYAM.national_code))

    def propose() -> str:
        fields = {"fields": {"father_name": "یوسف"}}
        return str(read_reply(officers.propose("person-correction", person_id, fields), 201)["id"])

    first = propose()
    disaster = back_up(maryam.desk)
    read_reply(officers.reject(first))
    disaster.restore()
    assert read_problem(officers.confirm(first)) == (409, "proposal-status-differs")
    second = propose()
    disaster = back_up(maryam.desk)
    read_reply(officers.call("DELETE", f"{PROPOSALS}/{second}"))
    disaster.restore()
    statuses = {one["id"]: one["status"] for one in read_reply(officers.call("GET", f"{PROPOSALS}"))["items"]}
    assert statuses == {first: "rejected", second: "withdrawn"}
