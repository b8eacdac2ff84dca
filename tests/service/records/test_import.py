"""Importing lists through the API: once, as a whole, and known people are recognised."""

import uuid
from dataclasses import replace
from datetime import date
from io import BytesIO

import sqlalchemy as sa

from services.kit.db import new_sessions
from services.kit.jalali import JalaliMonth
from services.kit.outbox import number_events
from services.records.lists.encodings import Encoding
from services.records.lists.writers import Layout
from services.records.models import FeedCounter, Outbox, Person
from tests.fakes.lists import FOREIGNER, HASAN, MARYAM, MEHR
from tests.service.records.desk import LISTS, OFFICER, Desk, write_files
from tests.tokens import mint

NOTHING = [0, 0, 0, 0, 0]


def find_person(desk: Desk, **by: object) -> Person:
    with new_sessions(desk.engine)() as session:
        return session.scalars(sa.select(Person).filter_by(**by)).one()


def test_an_accepted_list_is_described_with_its_findings(desk: Desk) -> None:
    response = desk.upload(write_files(MARYAM, HASAN, FOREIGNER))
    assert response.status_code == 201
    finding = response.get_json()["findings"][0]
    assert {k: finding[k] for k in ("file", "row", "field", "severity", "code")} == {
        "file": "DSKWOR00.DBF",
        "row": 3,
        "field": "PER_NATCOD",
        "severity": "warning",
        "code": "foreigner-without-code",
    }
    place = [response.get_json()[name] for name in ("workshop_code", "month_jalali", "list_number")]
    assert place == ["0012345678", "1403-07", "1"]
    assert (response.get_json()["workers"], response.get_json()["total_days"]) == (3, 54)
    assert response.get_json()["imported_by"] == str(OFFICER)
    assert desk.count_rows() == [3, 1, 1, 3, 1]


def test_same_list_again_is_already_there(desk: Desk) -> None:
    first = desk.import_list(write_files(MARYAM, HASAN))
    before = desk.count_rows()
    again = desk.upload(write_files(MARYAM, HASAN))
    assert (again.status_code, again.get_json()) == (200, first)
    assert desk.upload(write_files(MARYAM, HASAN, encoding=Encoding.IRAN_SYSTEM)).status_code == 200
    assert desk.count_rows() == before


def test_same_list_with_other_content_is_refused(desk: Desk) -> None:
    desk.import_list(write_files(MARYAM))
    before = desk.count_rows()
    response = desk.upload(write_files(MARYAM, HASAN), language="en")
    assert response.status_code == 422
    assert response.get_json()["code"] == "list-refused"
    assert [f["code"] for f in response.get_json()["findings"]] == ["list-changed"]
    assert response.get_json()["findings"][0]["message"].startswith("This workshop's list of Mehr 1403")
    assert desk.count_rows() == before


def test_findings_are_in_the_callers_language(desk: Desk) -> None:
    wrong = write_files(replace(MARYAM, national_code="0012345678"))
    fa, en = (desk.upload(wrong, language=language) for language in ("fa", "en"))
    assert fa.get_json()["findings"][0]["message"].startswith("کد ملی درست نیست")
    assert en.get_json()["findings"][0]["message"].startswith("The national code is invalid")
    assert set(en.get_json()["findings"][0]) == {
        "file",
        "row",
        "field",
        "value",
        "expected",
        "severity",
        "code",
        "message",
    }
    assert desk.count_rows() == NOTHING


def test_first_birth_date_remains_and_a_later_one_is_a_finding(desk: Desk) -> None:
    desk.import_list(write_files(MARYAM))
    other = replace(MARYAM, birth_date=date(1990, 1, 1), insurance_number="99999999")
    response = desk.upload(write_files(other, month=MEHR.add_months(1)))
    assert response.status_code == 201
    assert [(f["code"], f["field"], f["severity"]) for f in response.get_json()["findings"]] == [
        ("identity-differs", "DSW_ID1", "warning"),
        ("identity-differs", "DSW_BDATE", "warning"),
    ]
    person = find_person(desk, national_code=MARYAM.national_code)
    assert (person.birth_date, person.insurance_number) == (MARYAM.birth_date, MARYAM.insurance_number)


def test_missing_values_are_filled_by_a_later_list(desk: Desk) -> None:
    desk.import_list(write_files(replace(MARYAM, birth_date=None, father_name="", sex=None)))
    desk.import_list(write_files(replace(MARYAM, first_name="نرگس"), month=MEHR.add_months(1)))
    person = find_person(desk, national_code=MARYAM.national_code)
    assert (person.birth_date, person.father_name, person.sex) == (MARYAM.birth_date, "علی", "female")
    assert person.first_name == "مریم"


def test_foreigner_without_code_is_one_person_in_all_months(desk: Desk) -> None:
    for months in range(3):
        desk.import_list(write_files(FOREIGNER, month=MEHR.add_months(months)))
    assert desk.count_rows(["people", "contributions"]) == [1, 3]
    assert find_person(desk, insurance_number="34567890").national_code is None


def test_national_code_does_not_take_over_a_foreigners_record(desk: Desk) -> None:
    """A row with the foreigner's insurance number and a code is held: it may be anybody's."""
    desk.import_list(write_files(FOREIGNER))
    desk.import_list(
        write_files(replace(HASAN, insurance_number=FOREIGNER.insurance_number), month=MEHR.add_months(1))
    )
    assert desk.count_rows(["people", "contributions", "held_rows"]) == [1, 1, 1]


def test_workshop_has_the_name_of_its_latest_month(desk: Desk) -> None:
    desk.import_list(write_files(MARYAM, month=MEHR, name="نام میانی"))
    desk.import_list(write_files(MARYAM, month=MEHR.add_months(5), name="نام تازه"))
    desk.import_list(write_files(MARYAM, month=JalaliMonth(1399, 1), name="نام کهنه"))
    response = desk.get_as_citizen(str(MARYAM.national_code), "/api/v1/records/me/contributions")
    assert {row["workshop_name"] for row in response.get_json()["items"]} == {"نام تازه"}


def test_long_names_are_cut_to_what_a_letter_prints(desk: Desk) -> None:
    wide = Layout(widths={"DSW_LNAME": 250, "DSK_NAME": 250})
    desk.import_list(write_files(replace(MARYAM, last_name="ب" * 250), name="ک" * 250, layout=wide))
    assert find_person(desk, national_code=MARYAM.national_code).last_name == "ب" * 100
    page = desk.get_as_citizen(str(MARYAM.national_code), "/api/v1/records/me/contributions").get_json()
    assert page["items"][0]["workshop_name"] == "ک" * 100


def test_idempotency_key_repeats_the_reply_and_refuses_other_files(desk: Desk) -> None:
    key = {"Idempotency-Key": "list-of-mehr"}
    first = desk.upload(write_files(MARYAM), headers=key)
    again = desk.upload(write_files(MARYAM), headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_json() == again.get_json()
    other = desk.upload(write_files(HASAN), headers=key)
    assert other.status_code == 422
    assert other.get_json()["code"] == "idempotency-key-reused"
    assert desk.count_rows(["lists", "people"]) == [1, 1]


def test_refused_list_does_not_take_the_key(desk: Desk) -> None:
    key = {"Idempotency-Key": "list-of-mehr"}
    assert desk.upload(write_files(replace(MARYAM, days=32)), headers=key).status_code == 422
    assert desk.upload(write_files(MARYAM), headers=key).status_code == 201


def test_event_names_the_people_of_the_list(desk: Desk) -> None:
    imported = desk.import_list(write_files(MARYAM, FOREIGNER))
    number_events(new_sessions(desk.engine), Outbox, FeedCounter)
    response = desk.call(
        "GET",
        "/internal/events?after=0",
        mint("service", "disclosure", "records", scopes=["records:events"]),
    )
    (event,) = response.get_json()["events"]
    assert (event["type"], event["subject"]) == ("record.changed", None)
    people = [find_person(desk, insurance_number=row.insurance_number).id for row in (MARYAM, FOREIGNER)]
    assert event["data"]["list_id"] == imported["id"]
    assert event["data"]["month_jalali"] == "1403-07"
    assert {uuid.UUID(subject) for subject in event["data"]["subjects"]} == set(people)


def test_lists_are_listed_newest_first(desk: Desk) -> None:
    accepted = [desk.import_list(write_files(MARYAM, month=MEHR.add_months(months))) for months in range(3)]
    page = desk.call_as_officer("GET", f"{LISTS}?limit=2", "lists").get_json()
    rest = desk.call_as_officer("GET", f"{LISTS}?limit=2&cursor={page['next_cursor']}", "lists").get_json()
    items = [*page["items"], *rest["items"]]
    assert [item["id"] for item in items] == [imported["id"] for imported in reversed(accepted)]
    assert rest["next_cursor"] is None
    single = desk.call_as_officer("GET", f"{LISTS}/{accepted[0]['id']}", "lists")
    assert (single.status_code, single.get_json()) == (200, accepted[0])
    missing = desk.call_as_officer("GET", f"{LISTS}/{uuid.uuid4()}", "lists")
    assert missing.status_code == 404


def test_empty_workers_file_is_an_empty_list(desk: Desk) -> None:
    assert desk.upload(write_files()).status_code == 201
    assert desk.count_rows() == [0, 1, 1, 0, 0]


def test_body_of_another_media_type_is_refused(desk: Desk) -> None:
    as_json = desk.call_as_officer("POST", LISTS, "lists", json={"header": "x"})
    assert as_json.status_code == 415
    assert as_json.get_json()["code"] == "unsupported-media-type"
    header, _ = write_files(MARYAM)
    one_part = desk.call_as_officer(
        "POST", LISTS, "lists", data={"header": (BytesIO(header), "DSKKAR00.DBF")}
    )
    assert one_part.status_code == 422
    assert one_part.get_json()["code"] == "validation"
    assert [error["field"] for error in one_part.get_json()["errors"]] == ["workers"]
    assert desk.count_rows() == NOTHING
