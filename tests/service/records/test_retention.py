"""What is old enough is deleted: accesses, files of lists and archives, papers. The records stay."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from services.kit import storage
from services.kit.db import sql_now
from services.kit.jalali import JalaliMonth
from services.kit.retention import Rule
from services.kit.storage import KeyFile, SealedObjects
from services.records.actions import files, retention
from services.records.actions.retention import build_rules
from services.records.models import (
    Access,
    Attachment,
    BulkImport,
    Contribution,
    ImportedList,
    ImportPart,
    Objection,
    RetentionProgress,
)
from services.records.store import retention as store
from tests.fakes.lists import HASAN, MARYAM
from tests.service.records.desk import LISTS, SEARCH, Desk, build_search, write_files
from tests.service.records.importing import import_archive, lay_out, write_lists, write_zip
from tests.service.records.objectors import DAYS as DAYS_KIND
from tests.service.records.objectors import OWN, Objector, read_reply, write_one_month
from tests.service.records.test_objection_attachments import attach, list_attachments
from tests.unit.records.papers import write_pdf

DAYS = 3650
OLD = -(DAYS * 86400 + 60)


@pytest.fixture
def rules(desk: Desk) -> dict[str, Rule]:
    days = {"access_log_days": DAYS, "received_files_days": DAYS, "attachments_days": DAYS}
    return {rule.name: rule for rule in build_rules(desk.sessions, desk.settings.model_copy(update=days))}


def update(desk: Desk, model: type[Any], *conditions: Any, **values: Any) -> None:
    with desk.sessions.begin() as session:
        session.execute(sa.update(model).where(*conditions).values(**values))


def count(desk: Desk, rule: Rule) -> int:
    with desk.sessions() as session:
        return rule.count(session, DAYS, 1000)


def delete_all(rule: Rule) -> int:
    """Return how much all steps deleted together."""
    total = 0
    while did := rule.delete_batch():
        total += did
    return total


def remove_files(desk: Desk) -> list[str]:
    """Return the keys of objects that are left after the housekeeping."""
    sealed = SealedObjects(desk.objects, KeyFile(desk.settings.storage_keys_file))
    files.remove_unkept_files(desk.sessions, sealed, timedelta(seconds=-1))
    return [item["path"] for page in storage.list_pages(desk.objects) for item in page]


def test_old_accesses_are_deleted(desk: Desk, rules: dict[str, Rule]) -> None:
    desk.import_list(write_files(MARYAM, HASAN))
    for _ in range(2):
        desk.call_as_officer("POST", SEARCH, "helpdesk", json=build_search(str(HASAN.national_code)))
    with desk.sessions() as session:
        first = session.scalars(sa.select(sa.func.min(Access.position))).one()
    update(desk, Access, Access.position == first, at=sql_now(OLD))
    assert count(desk, rules["accesses"]) == 1
    assert [rules["accesses"].delete_batch() for _ in range(2)] == [1, 0]
    assert desk.count_rows(["access_log"]) == [1]


def test_files_of_an_old_list_go_and_its_rows_stay(desk: Desk, rules: dict[str, Rule]) -> None:
    old = desk.import_list(write_files(MARYAM, month=JalaliMonth(1402, 1)))
    young = desk.import_list(write_files(MARYAM, month=JalaliMonth(1402, 2)))
    update(desk, ImportedList, ImportedList.id == uuid.UUID(old["id"]), imported_at=sql_now(OLD))
    assert count(desk, rules["received-files"]) == 1
    assert delete_all(rules["received-files"]) == 2
    assert count(desk, rules["received-files"]) == 0
    assert len(remove_files(desk)) == 2
    for document, status in ((old, 404), (young, 200)):
        path = f"{LISTS}/{document['id']}/files/workers"
        assert desk.call_as_officer("GET", path, "lists").status_code == status
    document_of_now = desk.call_as_officer("GET", f"{LISTS}/{old['id']}", "lists").get_json()
    assert document_of_now["has_files"] is False
    assert desk.count_rows([Contribution.__tablename__]) == [2]
    assert desk.upload(write_files(MARYAM, month=JalaliMonth(1402, 1))).status_code == 200


def test_list_that_was_replaced_later_comes_again_with_its_new_files(
    desk: Desk, rules: dict[str, Rule]
) -> None:
    first = desk.import_list(write_files(MARYAM, month=JalaliMonth(1402, 1)))
    key = ImportedList.id == uuid.UUID(first["id"])
    update(desk, ImportedList, key, imported_at=sql_now(2 * OLD))
    assert delete_all(rules["received-files"]) == 2
    update(desk, ImportedList, key, imported_at=sql_now(OLD), header_object="h", workers_object="w")
    assert delete_all(rules["received-files"]) == 2


def test_archive_goes_after_the_last_of_its_lists(desk: Desk, rules: dict[str, Rule]) -> None:
    import_archive(desk, write_zip(lay_out(write_lists(2))))
    with desk.sessions() as session:
        [first, second] = session.scalars(sa.select(ImportedList.id).order_by(ImportedList.position)).all()
    update(desk, ImportedList, ImportedList.id == first, imported_at=sql_now(OLD))
    assert delete_all(rules["received-files"]) == 2
    assert len(remove_files(desk)) == 1
    path = f"{LISTS}/{second}/files/workers"
    assert desk.call_as_officer("GET", path, "lists").status_code == 200
    update(desk, ImportedList, ImportedList.id == second, imported_at=sql_now(OLD))
    update(desk, BulkImport, ended_at=sql_now(OLD))
    assert delete_all(rules["received-files"]) == 3
    assert remove_files(desk) == []
    assert desk.count_rows([ImportPart.__tablename__, BulkImport.__tablename__]) == [0, 1]


def test_papers_go_when_their_objection_has_ended_long_ago(desk: Desk, rules: dict[str, Rule]) -> None:
    desk.import_list(write_one_month(12))
    maryam = Objector(desk)
    objection_id = maryam.create_draft(DAYS_KIND)["id"]
    read_reply(attach(maryam, objection_id, write_pdf()), 201)
    read_reply(maryam.call("POST", f"{OWN}/{objection_id}/confirmation"))
    update(desk, Attachment, attached_at=sql_now(OLD))
    # An open objection has its papers however old they are.
    assert (count(desk, rules["attachments"]), delete_all(rules["attachments"])) == (0, 0)
    read_reply(maryam.call("POST", f"{OWN}/{objection_id}/withdrawal"))
    assert delete_all(rules["attachments"]) == 0
    # Ten years later.
    update(desk, Objection, withdrawn_at=sql_now(OLD))
    update(desk, RetentionProgress, done_until=sql_now(2 * OLD))
    assert count(desk, rules["attachments"]) == 1
    before = len(remove_files(desk))
    assert delete_all(rules["attachments"]) == 1
    assert list_attachments(maryam, objection_id) == []
    assert len(remove_files(desk)) == before - 1
    assert read_reply(maryam.call("GET", f"{OWN}/{objection_id}"))["status"] == "withdrawn"


def test_papers_are_looked_for_from_where_the_last_step_ended(
    desk: Desk, rules: dict[str, Rule], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "FILES_BATCH", 2)
    desk.import_list(write_one_month(12))
    maryam = Objector(desk)
    for ended in (OLD - 500, OLD - 500, OLD - 400, -(DAYS * 86400 - 600)):
        objection_id = maryam.create_draft(DAYS_KIND)["id"]
        for _ in range(2):
            read_reply(attach(maryam, objection_id, write_pdf()), 201)
        read_reply(maryam.call("POST", f"{OWN}/{objection_id}/confirmation"))
        read_reply(maryam.call("POST", f"{OWN}/{objection_id}/withdrawal"))
        update(desk, Objection, Objection.id == uuid.UUID(objection_id), withdrawn_at=sql_now(ended))
    assert [rules["attachments"].delete_batch() for _ in range(5)] == [2, 2, 2, 0, 0]
    assert desk.count_rows([Attachment.__tablename__]) == [2]
    if desk.engine.dialect.name == "postgresql":
        with desk.engine.begin() as connection:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            moment = datetime.now(UTC)
            query = store.select_old_attachments(moment, moment)
            text = str(query.compile(desk.engine, compile_kwargs={"literal_binds": True}))
            plan = "\n".join(connection.exec_driver_sql(f"EXPLAIN {text}").scalars())
        assert "ix_objections_ended_at" in plan


def test_everything_stays_unless_the_operator_says_otherwise(desk: Desk) -> None:
    desk.import_list(write_files(MARYAM))
    update(desk, ImportedList, imported_at=sql_now(OLD))
    for rule in build_rules(desk.sessions, desk.settings):
        assert rule.delete_batch() == 0
    assert len(remove_files(desk)) == 2
