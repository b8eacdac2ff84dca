"""Two records of one person become one, by two officers."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from services.kit.jalali import format_jalali_date
from services.records.models import Base, Person
from services.records.store import mergers
from tests.fakes.lists import FOREIGNER, HASAN, MARYAM, MEHR
from tests.service.records.desk import OFFICER, Desk, write_files
from tests.service.records.objectors import (
    ME,
    SECOND_OFFICER,
    Objector,
    read_problem,
    read_reply,
    write_one_month,
)
from tests.service.records.proposers import PROPOSALS, Proposers
from tests.tokens import mint

CODE = str(MARYAM.national_code)
OTHER_CODE = str(HASAN.national_code)
ABAN = MEHR.add_months(1)


def find_foreigners(officers: Proposers) -> list[str]:
    """Return the ids of the people without a national code, oldest first."""
    with officers.desk.sessions() as session:
        query = sa.select(Person.id).where(Person.national_code.is_(None)).order_by(Person.position)
        return [str(person_id) for person_id in session.scalars(query)]


def find_foreigner(officers: Proposers) -> str:
    return find_foreigners(officers)[0]


@pytest.fixture
def officers(desk: Desk) -> Proposers:
    """Return the officers of two people: Maryam of Mehr, and a foreigner without a code of Aban."""
    desk.import_list(write_files(MARYAM))
    desk.import_list(write_files(replace(FOREIGNER, row=1), month=ABAN))
    return Proposers(desk)


def test_a_foreigner_is_merged_into_the_person_with_a_code(officers: Proposers) -> None:
    foreigner, maryam = find_foreigner(officers), str(officers.desk.find_person_id(CODE))
    proposal = read_reply(officers.propose("person-merger", foreigner, {"into": maryam}), 201)
    assert {"field": "national_code", "old": None, "new": CODE} in proposal["differences"]
    assert {"field": "lists", "old": 1, "new": 2} in proposal["differences"]
    assert [(one["id"], one["national_code"]) for one in proposal["people"]] == [
        (foreigner, None),
        (maryam, CODE),
    ]
    assert officers.sum_days(CODE) == 30
    confirmed = read_reply(officers.confirm(proposal["id"]))
    assert [one["id"] for one in confirmed["people"]] == [maryam]
    assert officers.sum_days(CODE) == 42
    assert officers.read_events("person.merged") == [
        {"subject": foreigner, "into": maryam, "proposal_id": proposal["id"]}
    ]
    changed = officers.read_events("record.changed")[-1]
    assert (changed["list_id"], changed["month_jalali"]) == (None, str(ABAN))
    assert (changed["subjects"], changed["proposal_id"]) == ([maryam], proposal["id"])


def test_the_merged_id_code_and_number_lead_to_the_person_who_remains(desk: Desk) -> None:
    desk.import_list(write_files(MARYAM))
    desk.import_list(write_files(replace(HASAN, row=1), month=ABAN))
    officers = Proposers(desk)
    hasan, maryam = desk.find_person_id(OTHER_CODE), str(desk.find_person_id(CODE))
    officers.decide("person-merger", hasan, {"into": CODE})
    token = mint("citizen", hasan, scopes=["self"])
    assert read_reply(desk.call("GET", ME, token))["totals"]["total_days"] == 42
    birth = format_jalali_date(MARYAM.birth_date or date.min)
    assert officers.match(OTHER_CODE, birth) == officers.match(CODE, birth) == maryam
    reply = desk.call_as_officer(
        "POST",
        "/api/v1/records/people/search",
        "helpdesk",
        json={"national_code": OTHER_CODE, "reason": "درخواست حضوری"},
    )
    assert read_reply(reply)["person_id"] == maryam
    later = replace(MARYAM, national_code=OTHER_CODE, insurance_number=HASAN.insurance_number)
    imported = desk.import_list(write_files(later, month=MEHR.add_months(2)))
    assert imported["held"] == 0
    assert officers.sum_days(CODE) == 72


def test_one_person_under_two_codes_counts_once_in_a_list(desk: Desk) -> None:
    desk.import_list(write_files(MARYAM))
    desk.import_list(write_files(replace(HASAN, row=1), month=ABAN))
    officers = Proposers(desk)
    officers.decide("person-merger", desk.find_person_id(OTHER_CODE), {"into": CODE})
    rows = MARYAM, replace(MARYAM, row=2, national_code=OTHER_CODE, insurance_number="23456789")
    imported = desk.import_list(write_files(*rows, month=MEHR.add_months(2)))
    assert [(one["row"], one["code"]) for one in imported["findings"] if one["severity"] == "held"] == [
        (2, "identity-conflict")
    ]
    assert officers.sum_days(CODE) == 72


def test_mergers_follow_each_other(officers: Proposers) -> None:
    other = replace(FOREIGNER, row=1, insurance_number="45678901")
    officers.desk.import_list(write_files(other, month=MEHR.add_months(2)))
    ids = find_foreigners(officers)
    officers.decide("person-merger", ids[1], {"into": ids[0]})
    officers.decide("person-merger", ids[0], {"into": CODE})
    assert officers.sum_days(CODE) == 54
    imported = officers.desk.import_list(write_files(other, month=MEHR.add_months(3)))
    assert imported["held"] == 0
    assert officers.sum_days(CODE) == 66


def test_blanks_of_the_person_who_remains_are_filled(desk: Desk) -> None:
    blank = replace(MARYAM, birth_date=None, father_name="", insurance_number=None)
    desk.import_list(write_files(blank))
    desk.import_list(write_files(replace(FOREIGNER, row=1), month=ABAN))
    officers = Proposers(desk)
    officers.decide("person-merger", find_foreigner(officers), {"into": CODE})
    person = officers.read_statement(CODE)["person"]
    assert (person["insurance_number"], person["father_name"]) == ("34567890", FOREIGNER.father_name)
    assert person["first_name"] == "مریم"


def test_values_of_the_merged_person_count_for_corrections(officers: Proposers) -> None:
    for months in (2, 3):
        files = write_files(replace(FOREIGNER, row=1), month=MEHR.add_months(months))
        officers.desk.import_list(files)
    officers.decide("person-merger", find_foreigner(officers), {"into": CODE})
    differing = {field: (old, new) for field, old, new in officers.list_differences()}
    assert differing["first_name"] == ("مریم", "گل احمد")
    assert differing["insurance_number"] == ("12345678", "34567890")


def test_objections_and_corrections_of_the_merged_person_move(desk: Desk) -> None:
    desk.import_list(write_one_month(12))
    desk.import_list(write_files(replace(HASAN, row=1)))
    officers, maryam = Proposers(desk), Objector(desk)
    body = {
        "kind": "days",
        "months": [{"month_jalali": "1402-07", "workshop_code": "0012345678", "days": 20}],
        "text": "بیست روز کار کرده‌ام.",
    }
    maryam.decide(body)
    waiting = maryam.submit(body | {"text": "دوباره"})
    officers.decide("person-merger", desk.find_person_id(CODE), {"into": OTHER_CODE})
    assert officers.sum_days(OTHER_CODE) == 32
    own = read_reply(Objector(desk, OTHER_CODE).call("GET"))["items"]
    assert [item["status"] for item in own] == ["submitted", "accepted"]
    read_reply(maryam.propose(waiting["id"], accept=False))
    read_reply(maryam.confirm(waiting["id"]))


def test_officers_see_days_that_a_correction_replaces(desk: Desk) -> None:
    """A correction sets the days of a workshop's month: of one person, also of the other's list."""
    desk.import_list(write_one_month(5))
    desk.import_list(write_one_month(10, row=replace(HASAN, row=1), number="02"))
    body = {
        "kind": "days",
        "months": [{"month_jalali": "1402-07", "workshop_code": "0012345678", "days": 8}],
        "text": "هشت روز کار کرده‌ام.",
    }
    Objector(desk).decide(body)
    officers = Proposers(desk)
    proposal = read_reply(
        officers.propose("person-merger", desk.find_person_id(OTHER_CODE), {"into": CODE}), 201
    )
    place = {"month_jalali": "1402-07", "workshop_code": "0012345678"}
    assert {**place, "field": "days", "old": 18, "new": 8} in proposal["differences"]
    read_reply(officers.confirm(proposal["id"]))
    assert officers.sum_days(CODE) == 8


def test_people_who_both_wait_for_a_decision_are_not_merged(desk: Desk) -> None:
    desk.import_list(write_one_month(12))
    desk.import_list(write_one_month(12, row=HASAN, number="02"))
    body = {
        "kind": "days",
        "months": [{"month_jalali": "1402-07", "workshop_code": "0012345678", "days": 20}],
        "text": "بیست روز کار کرده‌ام.",
    }
    Objector(desk).submit(body)
    Objector(desk, OTHER_CODE).submit(body)
    refused = Proposers(desk).propose("person-merger", desk.find_person_id(OTHER_CODE), {"into": CODE})
    assert read_problem(refused) == (422, "validation")


def test_people_of_one_list_are_two(desk: Desk) -> None:
    desk.import_list(write_files(MARYAM, HASAN))
    officers = Proposers(desk)
    refused = officers.propose("person-merger", desk.find_person_id(OTHER_CODE), {"into": CODE})
    assert refused.status_code == 422
    assert "۱ لیست" in refused.get_json()["errors"][0]["message"]


@pytest.mark.parametrize(
    "change",
    [{}, {"into": None}, {"into": 5}, {"into": "0440000017"}, {"into": CODE, "days": 3}],
)
def test_an_invalid_merger_is_refused(officers: Proposers, change: dict[str, Any]) -> None:
    refused = officers.propose("person-merger", find_foreigner(officers), change)
    assert read_problem(refused) == (422, "validation")


def test_a_person_is_not_merged_into_the_own_record_or_one_without_a_code(officers: Proposers) -> None:
    maryam = officers.desk.find_person_id(CODE)
    for into in (str(maryam), find_foreigner(officers)):
        assert read_problem(officers.propose("person-merger", maryam, {"into": into})) == (422, "validation")


def test_a_merged_person_is_not_merged_again(officers: Proposers) -> None:
    foreigner = find_foreigner(officers)
    officers.decide("person-merger", foreigner, {"into": CODE})
    refused = officers.propose("person-merger", foreigner, {"into": CODE})
    assert read_problem(refused) == (404, "not-found")


def test_a_list_that_came_since_outdates_a_merger(officers: Proposers) -> None:
    proposal = read_reply(officers.propose("person-merger", find_foreigner(officers), {"into": CODE}), 201)
    officers.desk.import_list(write_files(MARYAM, month=MEHR.add_months(4)))
    assert read_problem(officers.confirm(proposal["id"])) == (409, "proposal-outdated")


def test_a_correction_of_a_person_who_was_merged_is_outdated(officers: Proposers) -> None:
    foreigner = find_foreigner(officers)
    change = {"fields": {"first_name": "گلاب"}}
    proposal = read_reply(officers.propose("person-correction", foreigner, change), 201)
    officers.decide("person-merger", foreigner, {"into": CODE})
    assert read_problem(officers.confirm(proposal["id"])) == (409, "proposal-outdated")
    assert read_reply(officers.call("GET", f"{PROPOSALS}/{proposal['id']}"))["status"] == "proposed"


def test_an_officer_whose_record_is_merged_remains_its_owner(officers: Proposers) -> None:
    maryam = officers.desk.find_person_id(CODE)
    runner = officers.desk.app.test_cli_runner()
    command = ["officers", "name-record", str(SECOND_OFFICER), "--national-code", CODE]
    assert runner.invoke(args=command).exit_code == 0
    proposal = read_reply(officers.propose("person-merger", find_foreigner(officers), {"into": CODE}), 201)
    assert read_problem(officers.confirm(proposal["id"])) == (403, "own-record")
    assert officers.desk.find_person_id(CODE) == maryam


def test_every_table_of_a_person_is_moved() -> None:
    """A new table with the column of a person has to be moved, too."""
    with_person = {
        table.name for table in Base.metadata.tables.values() if "person_position" in table.columns
    }
    assert with_person == {model.__tablename__ for model in mergers.MOVED}


def test_one_of_two_insurance_numbers_is_chosen_after_a_merger(officers: Proposers) -> None:
    other = replace(FOREIGNER, row=1, insurance_number="45678901")
    for months in range(2, 5):
        officers.desk.import_list(write_files(other, month=MEHR.add_months(months)))
    first, second = find_foreigners(officers)
    officers.decide("person-merger", second, {"into": first})
    assert officers.list_differences() == [("insurance_number", "34567890", "45678901")]
    (proposal,) = officers.list_proposals()
    for officer in (OFFICER, SECOND_OFFICER):
        read_reply(officers.confirm(proposal["id"], officer))
    for number in ("34567890", "45678901"):
        row = replace(other, insurance_number=number)
        imported = officers.desk.import_list(write_files(row, number=number))
        assert imported["held"] == 0
    assert officers.desk.count_rows(["people", "contributions"]) == [3, 7]
