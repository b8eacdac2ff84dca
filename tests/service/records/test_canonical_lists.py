"""One list under every spelling of its numbers, also beside lists that older code has stored."""

import pytest
import sqlalchemy as sa

from services.records.models import ImportedList, Workshop
from tests.fakes.lists import HASAN, MARYAM
from tests.service.records.desk import Desk, write_files

ME = "/api/v1/records/me"
CODE = str(MARYAM.national_code)


@pytest.mark.parametrize("number", ["01", "1", "", "000000000001", "0", "000"])
@pytest.mark.parametrize("workshop", ["0012345678", "12345678", "012345678"])
def test_every_spelling_is_the_same_list(desk: Desk, number: str, workshop: str) -> None:
    first = desk.import_list(write_files(MARYAM, HASAN, number="001"))
    assert (first["list_number"], first["workshop_code"]) == ("1", "0012345678")
    changed = desk.upload(write_files(MARYAM, number=number, workshop=workshop), language="en")
    assert changed.status_code == 422
    assert [finding["code"] for finding in changed.get_json()["findings"]] == ["list-changed"]
    contributions = desk.get_as_citizen(CODE, f"{ME}/contributions").get_json()["items"]
    assert [item["wage"] for item in contributions] == [MARYAM.insurable]


def test_another_number_is_another_list(desk: Desk) -> None:
    for number in ("1", "10", "2", "A1", "100"):
        desk.import_list(write_files(MARYAM, number=number))
    contributions = desk.get_as_citizen(CODE, f"{ME}/contributions").get_json()["items"]
    assert [item["list_number"] for item in contributions] == ["1", "2", "10", "A1", "100"]


@pytest.mark.parametrize("stored", ["01", "", "000000000001"])
@pytest.mark.parametrize("code", ["0012345678", "12345678"])
def test_list_that_older_code_stored_is_found(desk: Desk, stored: str, code: str) -> None:
    """Rows of before have no canonical numbers while old code still runs."""
    document = desk.import_list(write_files(MARYAM))
    with desk.sessions.begin() as session:
        session.execute(sa.update(ImportedList).values(list_number=stored, canonical_number=None))
        session.execute(sa.update(Workshop).values(code=code, canonical_code=None))
    again = desk.upload(write_files(MARYAM))
    assert (again.status_code, again.get_json()["id"]) == (200, document["id"])
    assert desk.upload(write_files(MARYAM, HASAN)).status_code == 422
    other = desk.import_list(write_files(MARYAM, number="2"))
    # The workshop stays one, under the code with which people know it.
    assert other["workshop_code"] == code
    assert desk.count_rows(["workshops", "lists"]) == [1, 2]


def test_of_stored_lists_that_collide_each_is_there_already(desk: Desk) -> None:
    first = desk.import_list(write_files(MARYAM))
    second = desk.import_list(write_files(HASAN, number="2"))
    with desk.sessions.begin() as session:
        session.execute(
            sa.update(ImportedList)
            .where(ImportedList.list_number == "2")
            .values(list_number="01", canonical_number=None)
        )
    assert desk.upload(write_files(MARYAM)).get_json()["id"] == first["id"]
    # Its content names the number 2, so only its very files are recognised.
    assert desk.upload(write_files(HASAN)).status_code == 422
    assert second["list_number"] == "2"


def test_job_and_dates_of_a_row_are_shown(desk: Desk) -> None:
    desk.import_list(write_files(MARYAM, HASAN))
    for row, dates in ((MARYAM, ("1403-07-01", None)), (HASAN, (None, None))):
        [row_shown] = desk.get_as_citizen(str(row.national_code), f"{ME}/contributions").get_json()["items"]
        assert (row_shown["job_title"], row_shown["job_code"]) == (row.job_title, row.job_code)
        assert (row_shown["start_date_jalali"], row_shown["leave_date_jalali"]) == dates


def test_contract_row_and_hard_jobs_of_a_list_are_shown(desk: Desk) -> None:
    document = desk.import_list(write_files(MARYAM))
    assert (document["version"], document["withdrawn_at"]) == (1, None)
    assert (document["contract_row"], document["hard_jobs"]) == ("000", 0)


def test_numbers_with_letters_have_one_spelling(desk: Desk) -> None:
    for code, number in (("A1", "B1"), ("0A1", "B1"), ("A1", "0B1")):
        desk.import_list(write_files(MARYAM, workshop=code, number=number))
    assert desk.count_rows(["workshops", "lists"]) == [2, 3]
