"""An officer searches people, and every search is recorded."""

import pytest
import sqlalchemy as sa

from services.records.models import Access
from tests.fakes.lists import MARYAM
from tests.service.records.desk import OFFICER, SEARCH, Desk, build_search, get_log_line, write_files
from tests.tokens import mint


def test_search_returns_all_tables_and_is_recorded(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.import_list(write_files(MARYAM))
    caplog.clear()
    response = desk.call_as_officer("POST", SEARCH, "helpdesk", json=build_search("۰۰۱۲۳۴۵۶۷۹"))
    assert response.status_code == 200
    assert response.get_json()["person"]["last_name"] == MARYAM.last_name
    assert list(response.get_json()["statement"]["tables"]) == ["all", "wages", "consolidated"]
    (row,) = response.get_json()["contributions"]
    assert (row["job_title"], row["start_date_jalali"], row["source"]["row"]) == ("حسابدار", "1403-07-01", 1)
    with desk.engine.connect() as connection:
        (look,) = connection.execute(sa.select(Access.officer_id, Access.person_id)).all()
    person_id = desk.find_person_id("0012345679")
    assert look == (str(OFFICER), person_id)
    line = get_log_line(caplog, "person.viewed")
    assert (line["officer"], line["person"]) == (str(OFFICER), str(person_id))
    assert "0012345679" not in caplog.text
    assert "درخواست حضوری" not in caplog.text


def test_unknown_code_is_not_logged(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    response = desk.call_as_officer("POST", SEARCH, "helpdesk", json=build_search("0012345679"))
    assert response.status_code == 404
    assert desk.count_rows(["access_log"]) == [0]
    assert get_log_line(caplog, "person.not-found")["officer"] == str(OFFICER)
    assert "0012345679" not in caplog.text


def test_mistyped_code_is_refused_by_field(desk: Desk) -> None:
    response = desk.call_as_officer("POST", SEARCH, "helpdesk", json=build_search("0012345678"))
    assert response.status_code == 422
    assert [error["field"] for error in response.get_json()["errors"]] == ["national_code"]
    assert "0012345678" not in response.text


def test_only_the_help_desk_may_search(desk: Desk) -> None:
    body = build_search("0012345679")
    assert desk.call_as_officer("POST", SEARCH, "lists", json=body).status_code == 403
    citizen = desk.call("POST", SEARCH, mint("citizen", OFFICER, scopes=["self", "helpdesk"]), json=body)
    assert citizen.status_code == 403
