"""Officers find accepted lists by the names of their files, which no log has."""

from typing import Any

import pytest
import sqlalchemy as sa

from services.records.models import ImportedList
from tests.fakes.lists import HASAN, MARYAM, MEHR
from tests.plans import explain_query
from tests.service.records.desk import LISTS, Desk, write_files
from tests.service.records.importing import import_archive, lay_out, write_zip
from tests.service.records.objectors import read_problem, read_reply
from tests.service.records.test_list_versions import confirm, replace_list

ALBORZ, REZA = "مهر ۱۴۰۳/کارگاه البرز/DSKKAR00.DBF", "لیست‌های علي رضا.zip/DSKKAR01.DBF"


def find_files(desk: Desk, **query: str) -> list[str | None]:
    reply = read_reply(desk.call_as_officer("GET", LISTS, "lists", query_string=query))
    return [one["file_name"] for one in reply["items"]]


@pytest.fixture
def named(desk: Desk) -> Desk:
    desk.import_list(write_files(MARYAM), ALBORZ)
    desk.import_list(write_files(MARYAM, number="02"), REZA)
    desk.import_list(write_files(MARYAM, number="03"))
    return desk


CASES = [
    ("البرز", [ALBORZ]),
    ("كارگاه", [ALBORZ]),
    ("آلبر", [ALBORZ]),
    ("لبرز", []),
    ("1403", [ALBORZ]),
    ("البرز مهر", [ALBORZ]),
    ("مهر زاگرس", []),
    ("علی‌رضا", [REZA]),
    ("علیرضا", [REZA]),
    ("رضا", [REZA]),
    ("dskkar01.dbf", [REZA]),
    ("dsk", ["DSKKAR00.DBF", REZA, ALBORZ]),
    ("کارگاه البرز/DSKKAR00.DBF", [ALBORZ]),
    ("%", []),
    ("' | 'a':* & !", []),
]


def test_lists_are_found_by_words_of_their_files_names(named: Desk) -> None:
    for typed, expected in CASES:
        assert find_files(named, file=typed) == expected, typed
    assert find_files(named, file="البرز", number="2") == []
    for wrong in ("", "ا" * 301):
        response = named.call_as_officer("GET", LISTS, "lists", query_string={"file": wrong})
        assert read_problem(response) == (422, "validation")
        assert [error["field"] for error in response.get_json()["errors"]] == ["file"]


def test_names_are_in_no_log(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.import_list(write_files(MARYAM), ALBORZ)
    find_files(desk, file="البرز")
    desk.upload(write_files(MARYAM, HASAN), ALBORZ)
    assert "البرز" not in caplog.text


def test_long_names_lose_their_beginning(desk: Desk) -> None:
    assert desk.import_list(write_files(MARYAM), "x" * 900 + "/a")["file_name"].endswith("xx/a")
    response = desk.upload(write_files(MARYAM, number="02"), "x" * 1_001)
    assert read_problem(response) == (422, "validation")


def test_replay_under_another_name_is_the_same_list(desk: Desk) -> None:
    first, again = (
        desk.upload(write_files(MARYAM), name, headers={"Idempotency-Key": "one"}) for name in (ALBORZ, REZA)
    )
    assert (first.get_json()["file_name"], again.get_json()) == (ALBORZ, first.get_json())


def test_lists_of_archives_have_their_path_there(desk: Desk) -> None:
    import_archive(desk, write_zip(lay_out({"شرکت/البرز": write_files(MARYAM)})))
    assert find_files(desk, file="البرز") == ["شرکت/البرز"]


def test_replacement_brings_its_name_and_the_former_version_keeps_its_own(named: Desk) -> None:
    list_id = read_reply(named.call_as_officer("GET", f"{LISTS}?number=1", "lists"))["items"][0]["id"]
    files = write_files(MARYAM, HASAN)
    proposed = replace_list(named, list_id, files, file_name=REZA)
    assert confirm(named, proposed.get_json()).status_code == 200
    document: dict[str, Any] = read_reply(named.call_as_officer("GET", f"{LISTS}/{list_id}", "lists"))
    assert document["file_name"] == REZA
    assert [one["file_name"] for one in document["versions"]] == [ALBORZ]
    assert find_files(named, file="البرز") == []


def test_lists_of_older_code_have_no_name(named: Desk) -> None:
    with named.sessions.begin() as session:
        session.execute(sa.update(ImportedList).values(file_name=None, file_words=None))
    assert find_files(named, month=str(MEHR)) == [None] * 3
    assert find_files(named, file="البرز") == []


def test_words_are_found_by_their_index(named: Desk) -> None:
    if named.engine.dialect.name == "sqlite":
        pytest.skip("SQLite reads all lists")
    many = (
        "INSERT INTO lists SELECT (json_populate_record(one, json_build_object("
        "'position', 1000 + n, 'id', gen_random_uuid(), 'list_number', 1000 + n, 'file_words', 'x' || n))).* "
        "FROM (SELECT l FROM lists l LIMIT 1) AS first(one), generate_series(1, 5000) n"
    )
    with named.engine.begin() as connection:
        connection.exec_driver_sql(many)
        connection.exec_driver_sql("ANALYZE lists")
    plan = explain_query(named.engine, "SELECT lists.position", lambda: find_files(named, file="البرز"))
    assert "ix_lists_file_words" in plan
