"""What is known of a person is corrected by two officers; the system proposes what lists agree on."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.kit.jalali import JalaliMonth, format_jalali_date, parse_jalali_date
from tests.fakes.lists import FOREIGNER, HASAN, MARYAM, MEHR
from tests.service.records.desk import OFFICER, Desk, write_files
from tests.service.records.objectors import SECOND_OFFICER, read_problem, read_reply
from tests.service.records.proposers import PROPOSALS, Proposers, list_codes
from tests.service.records.test_races import build_crowd

CODE = str(MARYAM.national_code)
OTHER_DATE = parse_jalali_date("1360-02-12")
NEW_CODE = "0440000017"


@pytest.fixture
def officers(desk: Desk) -> Proposers:
    desk.import_list(write_files(MARYAM))
    return Proposers(desk)


def import_row(officers: Proposers, months: int, number: str = "01", **changed: Any) -> dict[str, Any]:
    """Import Maryam's row of that many months after Mehr, with other values."""
    files = write_files(replace(MARYAM, **changed), month=MEHR.add_months(months), number=number)
    return officers.desk.import_list(files)


def test_a_correction_changes_what_is_known(officers: Proposers) -> None:
    person_id = officers.desk.find_person_id(CODE)
    proposal = read_reply(
        officers.propose("person-correction", person_id, {"fields": {"birth_date_jalali": "۱۳۶۰-۰۲-۱۲"}}),
        201,
    )
    assert proposal["change"] == {"fields": {"birth_date_jalali": "1360-02-12"}}
    assert proposal["differences"] == [
        {"field": "birth_date_jalali", "old": "1360-02-11", "new": "1360-02-12"}
    ]
    assert [one["first_name"] for one in proposal["people"]] == [MARYAM.first_name]
    assert officers.match(CODE, "1360-02-11") == str(person_id)
    read_reply(officers.confirm(proposal["id"]))
    assert officers.match(CODE, "1360-02-11") is None
    assert officers.match(CODE, "1360-02-12") == str(person_id)
    assert officers.read_events("person.corrected") == [
        {"subject": str(person_id), "fields": ["birth_date_jalali"], "proposal_id": proposal["id"]}
    ]


def test_all_fields_are_corrected_in_one_proposal(officers: Proposers) -> None:
    officers.correct(
        officers.desk.find_person_id(CODE),
        first_name="نرگس",
        last_name="احمدي",
        father_name=None,
        sex="male",
        insurance_number="۰۰۸۷۶۵۴۳۲۱",
        national_code="044 000 0017",
    )
    person = officers.read_statement(NEW_CODE)["person"]
    assert person == {
        "national_code": NEW_CODE,
        "first_name": "نرگس",
        "last_name": "احمدی",
        "father_name": None,
        "birth_date_jalali": "1360-02-11",
        "insurance_number": "87654321",
        "sex": "male",
    }


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "change.fields"),
        ({"first_name": "مریم"}, "change.fields"),
        ({"id_number": "3"}, "change.fields.id_number"),
        ({"first_name": ""}, "change.fields.first_name"),
        ({"first_name": ["مریم"]}, "change.fields.first_name"),
        ({"last_name": "ب" * 101}, "change.fields.last_name"),
        ({"birth_date_jalali": "1360-13-01"}, "change.fields.birth_date_jalali"),
        ({"sex": "other"}, "change.fields.sex"),
        ({"insurance_number": "12345678901"}, "change.fields.insurance_number"),
        ({"insurance_number": "000"}, "change.fields.insurance_number"),
        ({"insurance_number": "23456789"}, "change.fields.insurance_number"),
        ({"national_code": "0440000018"}, "change.fields.national_code"),
        ({"national_code": None}, "change.fields.national_code"),
        ({"national_code": "1234567891"}, "change.fields.national_code"),
    ],
)
def test_an_invalid_correction_is_refused(officers: Proposers, fields: dict[str, Any], field: str) -> None:
    officers.desk.import_list(write_files(HASAN, number="02"))
    person_id = officers.desk.find_person_id(CODE)
    refused = officers.propose("person-correction", person_id, {"fields": fields})
    assert refused.status_code == 422
    assert [error["field"] for error in refused.get_json()["errors"]] == [field]


def test_a_correction_of_nobody_is_refused(officers: Proposers) -> None:
    change = {"fields": {"first_name": "نرگس"}}
    refused = officers.propose("person-correction", "00000000-0000-4000-8000-0000000000ff", change)
    assert read_problem(refused) == (404, "not-found")


def test_a_correction_of_a_value_that_changed_is_outdated(officers: Proposers) -> None:
    person_id = officers.desk.find_person_id(CODE)
    first, second, other = (
        read_reply(officers.propose("person-correction", person_id, {"fields": fields}), 201)["id"]
        for fields in ({"first_name": "نرگس"}, {"first_name": "مرجان"}, {"father_name": "رضا"})
    )
    read_reply(officers.confirm(first))
    assert read_problem(officers.confirm(second)) == (409, "proposal-outdated")
    read_reply(officers.confirm(other))
    assert officers.read_statement(CODE)["person"]["first_name"] == "نرگس"


def test_a_foreigner_gets_a_code_and_can_register(officers: Proposers) -> None:
    officers.desk.import_list(write_files(replace(FOREIGNER, row=1), number="02"))
    birth = format_jalali_date(FOREIGNER.birth_date or date.min)
    assert officers.match(NEW_CODE, birth) is None
    coded = replace(FOREIGNER, row=1, national_code=NEW_CODE)
    officers.desk.import_list(write_files(coded, number="03"))
    person_id = officers.get_only_held()["known"]["id"]
    officers.correct(person_id, national_code=NEW_CODE)
    assert officers.match(NEW_CODE, birth) == person_id


def test_a_code_taken_since_the_proposal_outdates_it(officers: Proposers) -> None:
    person_id = officers.desk.find_person_id(CODE)
    change = {"fields": {"national_code": NEW_CODE}}
    proposal = read_reply(officers.propose("person-correction", person_id, change), 201)
    officers.desk.import_list(write_files(replace(HASAN, row=1, national_code=NEW_CODE), number="02"))
    assert read_problem(officers.confirm(proposal["id"])) == (409, "proposal-outdated")


def test_a_proposal_is_withdrawn_by_its_officer_only(officers: Proposers) -> None:
    change = {"fields": {"first_name": "نرگس"}}
    person_id = officers.desk.find_person_id(CODE)
    path = f"{PROPOSALS}/{read_reply(officers.propose('person-correction', person_id, change), 201)['id']}"
    assert read_problem(officers.call("DELETE", path, SECOND_OFFICER)) == (403, "others-proposal")
    assert read_reply(officers.call("DELETE", path))["status"] == "withdrawn"
    assert read_problem(officers.call("DELETE", path)) == (409, "proposal-status-differs")
    confirmed = officers.call("POST", f"{path}/confirmation", SECOND_OFFICER)
    assert (confirmed.status_code, confirmed.get_json()["proposal_status"]) == (409, "withdrawn")


def test_each_look_at_a_proposal_is_recorded(officers: Proposers) -> None:
    person_id = officers.desk.find_person_id(CODE)
    proposal = officers.correct(person_id, first_name="نرگس")
    read_reply(officers.call("GET", f"{PROPOSALS}/{proposal['id']}"))
    viewed = officers.read_events("record.viewed")
    assert viewed == [{"subject": str(person_id), "kind": "proposal", "reason": None}] * 3


def test_a_date_that_more_months_state_is_proposed(officers: Proposers) -> None:
    imported = import_row(officers, 1, birth_date=OTHER_DATE)
    assert list_codes(imported) == [("warning", "DSW_BDATE", "identity-differs")]
    assert officers.list_proposals() == []
    import_row(officers, 2, birth_date=OTHER_DATE)
    (proposal,) = officers.list_proposals()
    assert (proposal["by_system"], proposal["proposed_by"]) == (True, None)
    assert proposal["differences"] == [
        {"field": "birth_date_jalali", "old": "1360-02-11", "new": "1360-02-12"}
    ]
    assert proposal["target"] == str(officers.desk.find_person_id(CODE))


def test_a_proposal_of_the_system_waits_for_two_officers(officers: Proposers) -> None:
    for months in (1, 2):
        import_row(officers, months, birth_date=OTHER_DATE)
    (proposal,) = officers.list_proposals()
    adopted = read_reply(officers.confirm(proposal["id"], OFFICER))
    assert (adopted["status"], adopted["proposed_by"]) == ("proposed", str(OFFICER))
    assert officers.match(CODE, "1360-02-12") is None
    assert read_problem(officers.confirm(proposal["id"], OFFICER)) == (403, "own-proposal")
    confirmed = read_reply(officers.confirm(proposal["id"]))
    assert (confirmed["status"], confirmed["confirmed_by"]) == ("confirmed", str(SECOND_OFFICER))
    assert officers.match(CODE, "1360-02-12") is not None


def test_an_adopted_proposal_that_is_left_waits_for_two_officers_again(officers: Proposers) -> None:
    for months in (1, 2):
        import_row(officers, months, birth_date=OTHER_DATE)
    (proposal,) = officers.list_proposals()
    read_reply(officers.confirm(proposal["id"], OFFICER))
    left = read_reply(officers.call("DELETE", f"{PROPOSALS}/{proposal['id']}"))
    assert (left["status"], left["proposed_by"]) == ("proposed", None)
    assert read_reply(officers.confirm(proposal["id"]))["proposed_by"] == str(SECOND_OFFICER)


def test_a_tie_goes_to_the_earliest_month_in_any_order_of_import(desk: Desk) -> None:
    officers = Proposers(desk)
    import_row(officers, 1)
    import_row(officers, 0, birth_date=OTHER_DATE)
    assert officers.list_differences() == [("birth_date_jalali", "1360-02-11", "1360-02-12")]
    other = replace(HASAN, row=1)
    desk.import_list(write_files(other, month=MEHR, number="02"))
    later = replace(other, birth_date=date(1990, 1, 1))
    desk.import_list(write_files(later, month=MEHR.add_months(1), number="02"))
    assert len(officers.list_proposals()) == 1


def test_three_months_that_agree_are_proposed_against_more_that_do_not(officers: Proposers) -> None:
    for months in range(1, 6):
        import_row(officers, months)
    for months in range(6, 8):
        import_row(officers, months, father_name="رضا")
    assert officers.list_proposals() == []
    import_row(officers, 8, father_name="رضا")
    assert officers.list_differences() == [("father_name", "علی", "رضا")]


def test_several_lists_of_one_month_are_one_month(officers: Proposers) -> None:
    for number in ("02", "03", "04"):
        import_row(officers, 0, number=number, father_name="رضا")
    assert officers.list_proposals() == []


def test_spellings_of_one_value_agree(officers: Proposers) -> None:
    import_row(officers, 1, last_name="رضائي پور")
    import_row(officers, 2, last_name="رضایی\u200cپور")
    assert officers.list_differences() == [("last_name", "رضایی مقدم", "رضایی\u200cپور")]


def test_months_that_do_not_state_a_value_do_not_count(officers: Proposers) -> None:
    for months in range(1, 4):
        import_row(officers, months, birth_date=None)
    for months in range(4, 6):
        import_row(officers, months, birth_date=OTHER_DATE)
    assert officers.list_differences() == [("birth_date_jalali", "1360-02-11", "1360-02-12")]


def test_rows_imported_before_the_upgrade_agree_with_what_is_known(officers: Proposers) -> None:
    import_row(officers, 1)
    with officers.desk.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE contributions SET stated = NULL")
    for months in (2, 3):
        import_row(officers, months, birth_date=OTHER_DATE)
    assert officers.list_proposals() == []
    import_row(officers, 4, birth_date=OTHER_DATE)
    assert len(officers.list_proposals()) == 1


@pytest.mark.parametrize("decision", ["reject", "confirm"])
def test_a_value_is_proposed_once(officers: Proposers, decision: str) -> None:
    for months in (1, 2):
        import_row(officers, months, birth_date=OTHER_DATE)
    (proposal,) = officers.list_proposals()
    if decision == "reject":
        read_reply(officers.reject(proposal["id"]))
    else:
        read_reply(officers.confirm(proposal["id"], OFFICER))
        read_reply(officers.confirm(proposal["id"]))
    for months in range(3, 9):
        import_row(officers, months, birth_date=MARYAM.birth_date)
    for months in range(9, 12):
        import_row(officers, months, birth_date=OTHER_DATE)
    assert officers.list_proposals() == []


def test_a_value_that_officers_replaced_is_not_proposed_again(officers: Proposers) -> None:
    officers.correct(officers.desk.find_person_id(CODE), birth_date_jalali="1360-02-12")
    for months in range(1, 5):
        imported = import_row(officers, months)
        assert list_codes(imported) == [("warning", "DSW_BDATE", "identity-differs")]
    assert officers.list_proposals() == []


def test_lists_that_stated_the_corrected_value_agree_after_the_correction(officers: Proposers) -> None:
    import_row(officers, 1, father_name="رضا")
    officers.correct(officers.desk.find_person_id(CODE), father_name="رضا")
    for months in (2, 3):
        import_row(officers, months, father_name="حسن")
    # Two months state the third value, one states what is known: the list of month 1.
    assert officers.list_differences() == [("father_name", "رضا", "حسن")]


def test_a_new_insurance_number_is_proposed_unless_it_is_another_persons(officers: Proposers) -> None:
    for months in range(1, 4):
        import_row(officers, months, insurance_number="87654321")
    assert officers.list_differences() == [("insurance_number", "12345678", "87654321")]
    (proposal,) = officers.list_proposals()
    officers.desk.import_list(write_files(replace(HASAN, row=1, insurance_number="87654321"), number="02"))
    assert read_problem(officers.confirm(proposal["id"])) == (409, "proposal-outdated")


def test_many_people_who_differ_are_proposed_at_one_import(desk: Desk) -> None:
    crowd = build_crowd(30)
    officers = Proposers(desk)
    desk.import_list(write_files(*crowd))
    others = [replace(row, father_name="رضا", sex="male") for row in crowd]
    desk.import_list(write_files(*others, month=JalaliMonth(1403, 6)))
    assert desk.count_rows(["proposals", "proposal_people"]) == [60, 60]
    desk.import_list(write_files(*others, month=JalaliMonth(1403, 5)))
    assert len(read_reply(officers.call("GET", f"{PROPOSALS}?limit=200"))["items"]) == 60
