"""An officer looks people up, and every look is written down."""

import pytest
import sqlalchemy as sa

from services.records.models import Access
from tests.service.records.callers import OFFICER, SEARCH, Records, asked, files_of, logged
from tests.tokens import mint
from tests.unit.records.lists.lists import MARYAM


def test_a_found_person_comes_with_all_tables_and_the_look_is_kept(
    records: Records, caplog: pytest.LogCaptureFixture
) -> None:
    records.accept(files_of(MARYAM))
    caplog.clear()
    answer = records.as_officer("POST", SEARCH, "helpdesk", json=asked("۰۰۱۲۳۴۵۶۷۹"))
    assert answer.status_code == 200
    assert answer.get_json()["person"]["last_name"] == MARYAM.last_name
    assert list(answer.get_json()["statement"]["tables"]) == ["all", "wages", "consolidated"]
    with records.engine.connect() as connection:
        (look,) = connection.execute(sa.select(Access.officer_id, Access.person_id)).all()
    person_id = records.person_id("0012345679")
    assert look == (str(OFFICER), person_id)
    line = logged(caplog, "person.viewed")
    assert (line["officer"], line["person"]) == (str(OFFICER), str(person_id))
    assert "0012345679" not in caplog.text
    assert "درخواست حضوری" not in caplog.text


def test_an_unknown_code_stands_in_no_log(records: Records, caplog: pytest.LogCaptureFixture) -> None:
    answer = records.as_officer("POST", SEARCH, "helpdesk", json=asked("0012345679"))
    assert answer.status_code == 404
    assert records.counts(["access_log"]) == [0]
    assert logged(caplog, "person.not-found")["officer"] == str(OFFICER)
    assert "0012345679" not in caplog.text


def test_a_mistyped_code_is_told(records: Records) -> None:
    answer = records.as_officer("POST", SEARCH, "helpdesk", json=asked("0012345678"))
    assert answer.status_code == 422
    assert [error["field"] for error in answer.get_json()["errors"]] == ["national_code"]
    assert "0012345678" not in answer.text


def test_only_the_help_desk_may_search(records: Records) -> None:
    body = asked("0012345679")
    assert records.as_officer("POST", SEARCH, "lists", json=body).status_code == 403
    citizen = records.call("POST", SEARCH, mint("citizen", OFFICER, scopes=["self", "helpdesk"]), json=body)
    assert citizen.status_code == 403
