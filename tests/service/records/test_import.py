"""Importing lists through the API: once, whole, and known people recognised."""

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
from tests.service.records.callers import LISTS, OFFICER, Records, files_of
from tests.tokens import mint
from tests.unit.records.lists.lists import FOREIGNER, HASAN, MARYAM, MEHR

NOTHING = [0, 0, 0, 0, 0]


def known(records: Records, **by: object) -> Person:
    with new_sessions(records.engine)() as session:
        return session.scalars(sa.select(Person).filter_by(**by)).one()


def test_an_accepted_list_is_described_with_its_findings(records: Records) -> None:
    answer = records.upload(files_of(MARYAM, HASAN, FOREIGNER))
    assert answer.status_code == 201
    finding = answer.get_json()["findings"][0]
    assert {k: finding[k] for k in ("file", "row", "field", "severity", "code")} == {
        "file": "DSKWOR00.DBF",
        "row": 3,
        "field": "PER_NATCOD",
        "severity": "warning",
        "code": "foreigner-without-code",
    }
    place = [answer.get_json()[name] for name in ("workshop_code", "month_jalali", "list_number")]
    assert place == ["0012345678", "1403-07", "01"]
    assert (answer.get_json()["workers"], answer.get_json()["total_days"]) == (3, 54)
    assert answer.get_json()["imported_by"] == str(OFFICER)
    assert records.counts() == [3, 1, 1, 3, 1]


def test_the_same_list_again_is_already_there(records: Records) -> None:
    first = records.accept(files_of(MARYAM, HASAN))
    before = records.counts()
    again = records.upload(files_of(MARYAM, HASAN))
    assert (again.status_code, again.get_json()) == (200, first)
    assert records.upload(files_of(MARYAM, HASAN, encoding=Encoding.IRAN_SYSTEM)).status_code == 200
    assert records.counts() == before


def test_the_same_list_with_other_content_is_refused(records: Records) -> None:
    records.accept(files_of(MARYAM))
    before = records.counts()
    answer = records.upload(files_of(MARYAM, HASAN), language="en")
    assert answer.status_code == 422
    assert answer.get_json()["code"] == "list-refused"
    assert [f["code"] for f in answer.get_json()["findings"]] == ["list-changed"]
    assert answer.get_json()["findings"][0]["message"].startswith("This workshop's list of Mehr 1403")
    assert records.counts() == before


def test_findings_speak_the_callers_language(records: Records) -> None:
    wrong = files_of(replace(MARYAM, national_code="0012345678"))
    fa, en = (records.upload(wrong, language=language) for language in ("fa", "en"))
    assert fa.get_json()["findings"][0]["message"].startswith("کد ملی درست نیست")
    assert en.get_json()["findings"][0]["message"].startswith("The national code is invalid")
    assert set(en.get_json()["findings"][0]) == {
        "file",
        "row",
        "field",
        "value",
        "severity",
        "code",
        "message",
    }
    assert records.counts() == NOTHING


def test_the_first_birth_date_stays_and_a_later_one_is_a_finding(records: Records) -> None:
    records.accept(files_of(MARYAM))
    other = replace(MARYAM, birth_date=date(1990, 1, 1), insurance_number="99999999")
    answer = records.upload(files_of(other, month=MEHR.plus(1)))
    assert answer.status_code == 201
    assert [(f["code"], f["field"], f["severity"]) for f in answer.get_json()["findings"]] == [
        ("identity-differs", "DSW_ID1", "warning"),
        ("identity-differs", "DSW_BDATE", "warning"),
    ]
    person = known(records, national_code=MARYAM.national_code)
    assert (person.birth_date, person.insurance_number) == (MARYAM.birth_date, MARYAM.insurance_number)


def test_what_was_unknown_is_filled_by_a_later_list(records: Records) -> None:
    records.accept(files_of(replace(MARYAM, birth_date=None, father_name="", sex=None)))
    records.accept(files_of(replace(MARYAM, first_name="نرگس"), month=MEHR.plus(1)))
    person = known(records, national_code=MARYAM.national_code)
    assert (person.birth_date, person.father_name, person.sex) == (MARYAM.birth_date, "علی", "female")
    assert person.first_name == "مریم"


def test_a_foreigner_without_code_is_one_person_over_the_months(records: Records) -> None:
    for months in range(3):
        records.accept(files_of(FOREIGNER, month=MEHR.plus(months)))
    assert records.counts(["people", "contributions"]) == [1, 3]
    assert known(records, insurance_number="34567890").national_code is None


def test_a_national_code_does_not_take_over_a_foreigners_record(records: Records) -> None:
    records.accept(files_of(FOREIGNER))
    records.accept(files_of(replace(HASAN, insurance_number=FOREIGNER.insurance_number), month=MEHR.plus(1)))
    assert records.counts(["people"]) == [2]


def test_a_workshop_is_named_as_in_its_newest_month(records: Records) -> None:
    records.accept(files_of(MARYAM, month=MEHR, name="نام میانی"))
    records.accept(files_of(MARYAM, month=MEHR.plus(5), name="نام تازه"))
    records.accept(files_of(MARYAM, month=JalaliMonth(1399, 1), name="نام کهنه"))
    answer = records.as_citizen(str(MARYAM.national_code), "/api/v1/records/me/contributions")
    assert {row["workshop_name"] for row in answer.get_json()["items"]} == {"نام تازه"}


def test_endless_names_are_cut_to_what_a_letter_prints(records: Records) -> None:
    wide = Layout(widths={"DSW_LNAME": 250, "DSK_NAME": 250})
    records.accept(files_of(replace(MARYAM, last_name="ب" * 250), name="ک" * 250, layout=wide))
    assert known(records, national_code=MARYAM.national_code).last_name == "ب" * 100
    page = records.as_citizen(str(MARYAM.national_code), "/api/v1/records/me/contributions").get_json()
    assert page["items"][0]["workshop_name"] == "ک" * 100


def test_an_idempotency_key_repeats_the_reply_and_refuses_other_files(records: Records) -> None:
    key = {"Idempotency-Key": "list-of-mehr"}
    first = records.upload(files_of(MARYAM), headers=key)
    again = records.upload(files_of(MARYAM), headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_json() == again.get_json()
    other = records.upload(files_of(HASAN), headers=key)
    assert other.status_code == 422
    assert other.get_json()["code"] == "idempotency-key-reused"
    assert records.counts(["lists", "people"]) == [1, 1]


def test_a_refused_list_does_not_keep_the_key(records: Records) -> None:
    key = {"Idempotency-Key": "list-of-mehr"}
    assert records.upload(files_of(replace(MARYAM, days=32)), headers=key).status_code == 422
    assert records.upload(files_of(MARYAM), headers=key).status_code == 201


def test_the_event_names_the_people_of_the_list(records: Records) -> None:
    listed = records.accept(files_of(MARYAM, FOREIGNER))
    number_events(new_sessions(records.engine), Outbox, FeedCounter)
    answer = records.call(
        "GET",
        "/internal/events?after=0",
        mint("service", "disclosure", "records", scopes=["records:events"]),
    )
    (event,) = answer.get_json()["events"]
    assert (event["type"], event["subject"]) == ("record.changed", None)
    people = [known(records, insurance_number=row.insurance_number).id for row in (MARYAM, FOREIGNER)]
    assert event["data"]["list_id"] == listed["id"]
    assert event["data"]["month_jalali"] == "1403-07"
    assert {uuid.UUID(subject) for subject in event["data"]["subjects"]} == set(people)


def test_lists_are_shown_newest_first_and_one_by_one(records: Records) -> None:
    accepted = [records.accept(files_of(MARYAM, month=MEHR.plus(months))) for months in range(3)]
    page = records.as_officer("GET", f"{LISTS}?limit=2", "lists").get_json()
    rest = records.as_officer("GET", f"{LISTS}?limit=2&cursor={page['next_cursor']}", "lists").get_json()
    shown = [*page["items"], *rest["items"]]
    assert [item["id"] for item in shown] == [listed["id"] for listed in reversed(accepted)]
    assert rest["next_cursor"] is None
    one = records.as_officer("GET", f"{LISTS}/{accepted[0]['id']}", "lists")
    assert (one.status_code, one.get_json()) == (200, accepted[0])
    missing = records.as_officer("GET", f"{LISTS}/{uuid.uuid4()}", "lists")
    assert missing.status_code == 404


def test_an_empty_workers_file_is_an_empty_list(records: Records) -> None:
    assert records.upload(files_of()).status_code == 201
    assert records.counts() == [0, 1, 1, 0, 0]


def test_a_body_that_is_no_form_is_refused(records: Records) -> None:
    as_json = records.as_officer("POST", LISTS, "lists", json={"header": "x"})
    assert as_json.status_code == 415
    assert as_json.get_json()["code"] == "unsupported-media-type"
    header, _ = files_of(MARYAM)
    one_part = records.as_officer("POST", LISTS, "lists", data={"header": (BytesIO(header), "DSKKAR00.DBF")})
    assert one_part.status_code == 422
    assert one_part.get_json()["code"] == "validation"
    assert [error["field"] for error in one_part.get_json()["errors"]] == ["workers"]
    assert records.counts() == NOTHING
