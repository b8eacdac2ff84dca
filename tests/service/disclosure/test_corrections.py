"""Letters that show an identity which was corrected are superseded; others are not."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from services.kit.feed import Event
from services.kit.figures import SHOWN_OF_PERSON
from tests.service.disclosure.desk import AHMADI, KARIMI, Desk, build_record_change
from tests.service.disclosure.test_mergers import build_event, build_merger, consume, list_kinds, read_page


def build_correction(*fields: str, person: uuid.UUID = AHMADI, ago: timedelta = timedelta()) -> Event:
    return build_event("person.corrected", person, ago=ago, fields=list(fields), proposal_id=None)


def get_state(desk: Desk, letter_id: str) -> object:
    return desk.get_letter(letter_id)["state"]


@pytest.mark.parametrize("field", sorted(SHOWN_OF_PERSON))
def test_a_letter_with_the_former_identity_is_superseded(desk: Desk, field: str) -> None:
    letter_id = desk.deliver_letter()
    desk.figures.changed = {"identity"}
    consume(desk, build_correction(field))
    assert desk.check_figures() == 1
    assert get_state(desk, letter_id) == "superseded"
    assert desk.list_outbox().count("letter.superseded") == 1


def test_a_letter_that_shows_the_identity_of_now_stays(desk: Desk) -> None:
    letter_id = desk.deliver_letter()
    desk.figures.changed = set()
    consume(desk, build_correction("first_name"))
    assert desk.check_figures() == 1
    assert get_state(desk, letter_id) == "valid"


def test_what_no_letter_shows_needs_no_comparison(desk: Desk) -> None:
    desk.deliver_letter()
    consume(desk, build_correction("sex"))
    assert desk.check_figures() == 0
    assert list_kinds(desk, AHMADI)[0] == "person.corrected"


def test_a_changed_record_does_not_compare_the_identity(desk: Desk) -> None:
    """A father's name that a later list fills makes no letter old."""
    letter_id = desk.deliver_letter()
    desk.figures.changed = {"identity"}
    desk.note_change(build_record_change("1390-01", AHMADI))
    assert desk.check_figures() == 1
    assert get_state(desk, letter_id) == "valid"


def test_a_correction_and_a_changed_record_are_one_comparison(desk: Desk) -> None:
    letter_id = desk.deliver_letter()
    desk.figures.changed = {"identity"}
    consume(desk, build_correction("last_name"))
    desk.note_change(build_record_change("1390-01", AHMADI))
    assert desk.check_figures() == 1
    assert get_state(desk, letter_id) == "superseded"


def test_records_of_before_is_asked_again(desk: Desk) -> None:
    letter_id = desk.deliver_letter()
    desk.figures.knows_identity = False
    consume(desk, build_correction("last_name"))
    assert desk.check_figures() == 1
    assert get_state(desk, letter_id) == "valid"
    with desk.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT tries FROM figure_checks").scalar_one() == 1


def test_a_letter_that_was_made_after_the_correction_needs_no_comparison(desk: Desk) -> None:
    desk.records.content = {**desk.records.content, "as_of": datetime.now(UTC).isoformat()}
    desk.deliver_letter()
    consume(desk, build_correction("first_name", ago=timedelta(hours=1)))
    assert desk.check_figures() == 0


def test_a_letter_that_was_rendered_during_the_correction_is_compared(desk: Desk) -> None:
    desk.records.content = {**desk.records.content, "as_of": datetime.now(UTC).isoformat()}
    disclosure_id = desk.create_request()
    token = desk.start_attempt(disclosure_id)
    consume(desk, build_correction("first_name"))
    letter_id = desk.put_document(disclosure_id, token).get_json()["letter_id"]
    desk.figures.changed = {"identity"}
    assert desk.check_figures() == 1
    assert get_state(desk, letter_id) == "superseded"


def test_the_page_names_the_fields_in_both_languages(desk: Desk) -> None:
    desk.deliver_letter()
    consume(desk, build_correction("birth_date_jalali", "father_name"))
    item = read_page(desk, "activity", AHMADI)[0]
    assert item["title"] == "مشخصات شما در سوابق اصلاح شد: نام پدر و تاریخ تولد"
    assert item["references"] == {"fields": "birth_date_jalali father_name"}


def test_a_correction_of_a_merged_person_is_the_remaining_ones(desk: Desk) -> None:
    desk.deliver_letter()
    consume(desk, build_merger(AHMADI, KARIMI), build_correction("first_name"))
    assert list_kinds(desk, KARIMI)[0] == "person.corrected"


def test_a_person_who_has_used_nothing_gets_no_page(desk: Desk) -> None:
    consume(desk, build_correction("first_name"))
    assert list_kinds(desk, AHMADI) == []
