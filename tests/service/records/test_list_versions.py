"""Lists that two officers withdraw or replace: the figures before and after, and what is kept of before."""

import uuid
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from services.kit import storage
from services.kit.subjects import unpack_data
from services.records.models import FormerContribution, ImportedList, ListVersion, Outbox, StoredObject
from tests.fakes.hostile_lists import build_national_code
from tests.fakes.lists import HASAN, MARYAM, MEHR
from tests.service.kit.calls import read_problem
from tests.service.records.desk import LISTS, OFFICER, Desk, Files, write_files
from tests.tokens import mint

PROPOSALS = "/api/v1/records/proposals"
SECOND = uuid.UUID("00000000-0000-4000-8000-00000000000b")
# Somebody who is in no other list.
SARA = replace(
    HASAN, national_code=build_national_code(77).decode(), insurance_number="55667788", first_name="سارا"
)
LESS = replace(
    HASAN, days=10, monthly_wage=25_000_000, insurable=25_000_000, gross=25_000_000, premium=1_750_000
)


def call_as(desk: Desk, officer: uuid.UUID, method: str, path: str, **kw: Any) -> TestResponse:
    return desk.call(method, path, mint("officer", officer, scopes=["lists"]), **kw)


def replace_list(
    desk: Desk, list_id: str, files: Files, file_name: str | None = None, **kw: Any
) -> TestResponse:
    parts = {
        "header": FileStorage(BytesIO(files[0]), "DSKKAR00.DBF"),
        "workers": FileStorage(BytesIO(files[1]), "DSKWOR00.DBF"),
        "reason": "اصلاحیه کارفرما",
        **({"file_name": file_name} if file_name else {}),
    }
    boundary, body = encode_multipart(parts)
    form = f"multipart/form-data; boundary={boundary}"
    return call_as(
        desk, OFFICER, "POST", f"{LISTS}/{list_id}/replacement", data=body, content_type=form, **kw
    )


def withdraw_list(desk: Desk, list_id: str) -> dict[str, Any]:
    body = {"kind": "list-withdrawal", "target": list_id, "reason": "لیست کارگاه دیگری است"}
    proposed = call_as(desk, OFFICER, "POST", PROPOSALS, json=body)
    assert proposed.status_code == 201, proposed.text
    document: dict[str, Any] = proposed.get_json()
    return document


def confirm(desk: Desk, proposal: dict[str, Any]) -> TestResponse:
    return call_as(desk, SECOND, "POST", f"{PROPOSALS}/{proposal['id']}/confirmation")


def read_figures(desk: Desk, *rows: Any) -> list[Any]:
    """Return days and wage of each person, None for somebody who is in no record."""
    figures = []
    for row in rows:
        statement = desk.get_as_citizen(str(row.national_code), "/api/v1/records/me").get_json()
        figures.append((statement["totals"]["total_days"], statement["totals"]["total_wage"]))
    return figures


def list_changes(desk: Desk) -> list[dict[str, Any]]:
    with desk.sessions() as session:
        query = sa.select(Outbox.data).where(Outbox.name == "record.changed").order_by(Outbox.position)
        return [dict(unpack_data(data)) for data in session.scalars(query)]


def test_withdrawn_list_counts_nowhere(desk: Desk) -> None:
    document = desk.import_list(write_files(MARYAM, HASAN))
    desk.import_list(write_files(MARYAM, number="2"))
    proposal = withdraw_list(desk, document["id"])
    assert {(d["row"], d["national_code"]) for d in proposal["differences"]} == {
        (1, MARYAM.national_code),
        (2, HASAN.national_code),
    }
    days = [(d["old"], d["new"]) for d in proposal["differences"] if d["field"] == "days"]
    assert days == [(30, None), (12, None)]
    # Nothing happens before another officer confirms it.
    assert read_figures(desk, MARYAM, HASAN) == [(30, 160_000_000), (12, 30_000_000)]
    assert confirm(desk, proposal).get_json()["status"] == "confirmed"
    assert read_figures(desk, MARYAM, HASAN) == [(30, 80_000_000), (0, 0)]
    document_now = desk.call_as_officer("GET", f"{LISTS}/{document['id']}", "lists").get_json()
    assert (document_now["version"], bool(document_now["withdrawn_at"])) == (1, True)
    change = list_changes(desk)[-1]
    assert (change["list_id"], change["proposal_id"]) == (document["id"], proposal["id"])
    assert set(change["subjects"]) == {
        str(desk.find_person_id(str(row.national_code))) for row in (MARYAM, HASAN)
    }


def test_number_of_a_withdrawn_list_is_used_again(desk: Desk) -> None:
    files = write_files(MARYAM, HASAN)
    document = desk.import_list(files)
    assert confirm(desk, withdraw_list(desk, document["id"])).status_code == 200
    again = desk.import_list(files)
    assert (again["id"], again["version"], again["withdrawn_at"]) == (document["id"], 2, None)
    assert read_figures(desk, MARYAM, HASAN) == [(30, 80_000_000), (12, 30_000_000)]
    assert desk.upload(files).status_code == 200
    assert confirm(desk, withdraw_list(desk, document["id"])).status_code == 200
    third = desk.import_list(write_files(MARYAM, number="001"))
    assert (third["id"], third["version"], third["workers"]) == (document["id"], 3, 1)
    assert read_figures(desk, MARYAM, HASAN) == [(30, 80_000_000), (0, 0)]
    with desk.sessions() as session:
        assert session.scalars(sa.select(ListVersion.version)).all() == [1, 2]
        assert len(session.scalars(sa.select(FormerContribution)).all()) == 4


def test_withdrawn_list_cannot_be_withdrawn_again(desk: Desk) -> None:
    document = desk.import_list(write_files(MARYAM))
    confirm(desk, withdraw_list(desk, document["id"]))
    body = {"kind": "list-withdrawal", "target": document["id"], "reason": "باز"}
    problem = read_problem(call_as(desk, OFFICER, "POST", PROPOSALS, json=body), 422, "validation")
    assert [error["field"] for error in problem["errors"]] == ["target"]
    body |= {"target": str(uuid.uuid4())}
    read_problem(call_as(desk, OFFICER, "POST", PROPOSALS, json=body), 404, "not-found")


def test_replacement_shows_differences_and_changes_the_figures(desk: Desk) -> None:
    document = desk.import_list(write_files(MARYAM, HASAN))
    new = write_files(LESS, SARA, MARYAM)
    response = replace_list(desk, document["id"], new)
    assert response.status_code == 201, response.text
    proposal = response.get_json()
    of_hasan = {d["field"]: (d["old"], d["new"]) for d in proposal["differences"] if d["row"] == 1}
    assert of_hasan == {
        "days": (12, 10),
        "wage": (30_000_000, 25_000_000),
        "premium": (2_100_000, 1_750_000),
        "gross": (30_000_000, 25_000_000),
    }
    of_sara = {d["field"]: d["old"] for d in proposal["differences"] if d["row"] == 2}
    assert set(of_sara.values()) == {None}
    assert {d["national_code"] for d in proposal["differences"]} == {HASAN.national_code, SARA.national_code}
    assert read_figures(desk, MARYAM, HASAN) == [(30, 80_000_000), (12, 30_000_000)]
    assert confirm(desk, proposal).get_json()["status"] == "confirmed"
    assert read_figures(desk, MARYAM, HASAN, SARA) == [(30, 80_000_000), (10, 25_000_000), (12, 30_000_000)]
    document_now = desk.call_as_officer("GET", f"{LISTS}/{document['id']}", "lists").get_json()
    assert (document_now["version"], document_now["workers"], document_now["total_days"]) == (2, 3, 52)
    # Nothing of Maryam's has changed, so her letters stay as they are.
    change = list_changes(desk)[-1]
    assert set(change["subjects"]) == {str(desk.find_person_id(str(r.national_code))) for r in (HASAN, SARA)}


def test_replacement_by_other_people_moves_all_rows(desk: Desk) -> None:
    document = desk.import_list(write_files(MARYAM))
    proposal = replace_list(desk, document["id"], write_files(replace(HASAN, row=1))).get_json()
    assert confirm(desk, proposal).status_code == 200
    assert read_figures(desk, MARYAM, HASAN) == [(0, 0), (12, 30_000_000)]
    subjects = [subject for change in list_changes(desk)[1:] for subject in change["subjects"]]
    assert len(subjects) == 2


def test_files_of_every_version_are_kept(desk: Desk) -> None:
    first, second = write_files(MARYAM), write_files(LESS)
    document = desk.import_list(first)
    confirm(desk, replace_list(desk, document["id"], second).get_json())
    path = f"{LISTS}/{document['id']}/files/workers"
    assert call_as(desk, OFFICER, "GET", path).data == second[1]
    assert call_as(desk, OFFICER, "GET", f"{path}?version=2").data == second[1]
    assert call_as(desk, OFFICER, "GET", f"{path}?version=1").data == first[1]
    read_problem(call_as(desk, OFFICER, "GET", f"{path}?version=3"), 404, "not-found")
    read_problem(call_as(desk, OFFICER, "GET", f"{path}?version=0"), 422, "validation")
    [row] = desk.get_as_citizen(str(HASAN.national_code), "/api/v1/records/me/contributions").get_json()[
        "items"
    ]
    document_now = desk.call_as_officer("GET", f"{LISTS}/{document['id']}", "lists").get_json()
    assert row["source"]["file_sha256"] == document_now["workers_sha256"]


def test_replacement_is_outdated_if_the_list_changed_meanwhile(desk: Desk) -> None:
    document = desk.import_list(write_files(MARYAM, HASAN))
    replacement = replace_list(desk, document["id"], write_files(MARYAM)).get_json()
    withdrawal = withdraw_list(desk, document["id"])
    assert confirm(desk, withdrawal).status_code == 200
    read_problem(confirm(desk, replacement), 409, "proposal-outdated")
    desk.import_list(write_files(HASAN))
    read_problem(confirm(desk, replacement), 409, "proposal-outdated")
    assert read_figures(desk, MARYAM, HASAN) == [(0, 0), (12, 30_000_000)]
    rejection = call_as(
        desk, SECOND, "POST", f"{PROPOSALS}/{replacement['id']}/rejection", json={"reason": "کهنه"}
    )
    assert rejection.get_json()["status"] == "rejected"


def test_rejected_replacement_changes_nothing_and_frees_its_files(desk: Desk) -> None:
    document = desk.import_list(write_files(MARYAM, HASAN))
    before = desk.count_rows(["contributions", "lists", "list_versions"])
    proposal = replace_list(desk, document["id"], write_files(MARYAM)).get_json()
    assert desk.count_rows(["proposed_lists"]) == [2]
    with desk.sessions() as session:
        assert len(session.scalars(sa.select(StoredObject.key).where(StoredObject.is_kept)).all()) == 4
    call_as(desk, SECOND, "POST", f"{PROPOSALS}/{proposal['id']}/rejection", json={"reason": "نادرست"})
    assert desk.count_rows(["contributions", "lists", "list_versions"]) == before
    assert desk.count_rows(["proposed_lists"]) == [0]
    with desk.sessions() as session:
        stored_keys = session.scalars(sa.select(StoredObject.key).where(StoredObject.is_kept)).all()
        stored = session.scalars(sa.select(ImportedList)).one()
    assert set(stored_keys) == {stored.header_object, stored.workers_object}
    read_problem(confirm(desk, proposal), 409, "proposal-status-differs")


@pytest.mark.parametrize(
    "files",
    [
        write_files(MARYAM, number="2"),
        write_files(MARYAM, workshop="0099999999"),
        write_files(MARYAM, month=MEHR.add_months(-1)),
    ],
)
def test_replacement_of_another_list_is_refused(desk: Desk, files: Files) -> None:
    document = desk.import_list(write_files(MARYAM, HASAN))
    problem = read_problem(replace_list(desk, document["id"], files), 422, "validation")
    assert [error["field"] for error in problem["errors"]] == ["header"]
    assert sum(map(len, storage.list_pages(desk.objects))) == 2


def test_replacement_by_the_same_content_is_refused(desk: Desk) -> None:
    document = desk.import_list(write_files(MARYAM, HASAN))
    same = replace_list(desk, document["id"], write_files(MARYAM, HASAN, number="0001"))
    confirm(desk, withdraw_list(desk, document["id"]))
    problem = read_problem(replace_list(desk, document["id"], write_files(MARYAM)), 422, "validation")
    assert [error["field"] for error in problem["errors"]] == ["target"]
    read_problem(replace_list(desk, document["id"], (b"", b"")), 422, "list-refused")
    read_problem(replace_list(desk, str(uuid.uuid4()), write_files(MARYAM)), 404, "not-found")
    assert same.status_code in {201, 422}


def test_replacement_without_files_is_refused(desk: Desk) -> None:
    document = desk.import_list(write_files(MARYAM))
    for change in ({}, {"files": "x"}, {"files": 1}, {"files": str(uuid.uuid4())}):
        body = {"kind": "list-replacement", "target": document["id"], "change": change, "reason": "اصلاح"}
        problem = read_problem(call_as(desk, OFFICER, "POST", PROPOSALS, json=body), 422, "validation")
        assert [error["field"] for error in problem["errors"]] == ["change.files"]


def test_proposer_does_not_confirm_and_replay_is_one_proposal(desk: Desk) -> None:
    document = desk.import_list(write_files(MARYAM, HASAN))
    headers = {"Idempotency-Key": "replacement-1"}
    first, again = (
        replace_list(desk, document["id"], write_files(MARYAM), headers=headers) for _ in range(2)
    )
    assert first.get_json() == again.get_json()
    own = call_as(desk, OFFICER, "POST", f"{PROPOSALS}/{first.get_json()['id']}/confirmation")
    read_problem(own, 403, "own-proposal")
    assert desk.count_rows(["proposals"]) == [1]


def test_people_see_looks_at_their_rows(desk: Desk) -> None:
    document = desk.import_list(write_files(MARYAM, HASAN))
    replace_list(desk, document["id"], write_files(MARYAM, replace(LESS, row=2)))
    with desk.sessions() as session:
        viewed = session.scalars(sa.select(Outbox.subject).where(Outbox.name == "record.viewed")).all()
    assert viewed == [str(desk.find_person_id(str(HASAN.national_code)))]


def test_short_national_codes_of_a_replacement_need_a_known_person(desk: Desk) -> None:
    document = desk.import_list(write_files(MARYAM, HASAN))
    shortened = replace(MARYAM, national_code="12345679")
    stranger = replace(shortened, last_name="احمدی", insurance_number=None)
    assert replace_list(desk, document["id"], write_files(stranger)).status_code == 422
    proposed = replace_list(desk, document["id"], write_files(shortened))
    assert proposed.status_code == 201, proposed.text
    assert confirm(desk, proposed.get_json()).status_code == 200
    assert desk.count_rows(["people", "contributions"]) == [2, 1]


def test_swapped_files_of_a_replacement_are_stored_in_their_places(desk: Desk) -> None:
    document = desk.import_list(write_files(MARYAM, HASAN))
    header, workers = write_files(MARYAM)
    proposal = replace_list(desk, document["id"], (workers, header))
    assert proposal.status_code == 201, proposal.text
    assert confirm(desk, proposal.get_json()).status_code == 200
    path = f"{LISTS}/{document['id']}/files"
    assert call_as(desk, OFFICER, "GET", f"{path}/header").data == header
    assert call_as(desk, OFFICER, "GET", f"{path}/workers").data == workers


def test_text_in_the_place_of_a_file_is_invalid(desk: Desk) -> None:
    document = desk.import_list(write_files(MARYAM))
    boundary, body = encode_multipart({"header": "x", "workers": "y", "reason": "اصلاح"})
    response = call_as(
        desk, OFFICER, "POST", f"{LISTS}/{document['id']}/replacement", data=body,
        content_type=f"multipart/form-data; boundary={boundary}",
    )  # fmt: skip
    problem = read_problem(response, 422, "validation")
    assert {error["field"] for error in problem["errors"]} == {"header", "workers"}


def test_former_versions_say_who_ended_them_when_and_why(desk: Desk) -> None:
    document = desk.import_list(write_files(MARYAM, HASAN))
    assert document["versions"] == []
    replaced = replace_list(desk, document["id"], write_files(MARYAM, LESS)).get_json()
    assert confirm(desk, replaced).status_code == 200
    withdrawn = withdraw_list(desk, document["id"])
    assert confirm(desk, withdrawn).status_code == 200
    now = desk.call_as_officer("GET", f"{LISTS}/{document['id']}", "lists").get_json()
    assert [
        (one["version"], one["kind"], one["reason"], one["total_days"], one["proposal_id"])
        for one in now["versions"]
    ] == [
        (2, "list-withdrawal", "لیست کارگاه دیگری است", 40, withdrawn["id"]),
        (1, "list-replacement", "اصلاحیه کارفرما", 42, replaced["id"]),
    ]
    first = now["versions"][1]
    assert (first["imported_by"], first["proposed_by"], first["confirmed_by"]) == (
        str(OFFICER), str(OFFICER), str(SECOND),
    )  # fmt: skip
    assert first["imported_at"] == document["imported_at"]
    assert first["has_files"] is True
    assert first["ended_at"] <= now["versions"][0]["ended_at"]


def test_refusal_of_a_changed_list_names_the_list(desk: Desk) -> None:
    document = desk.import_list(write_files(MARYAM, HASAN))
    refused = desk.upload(write_files(MARYAM, LESS)).get_json()
    assert [(one["code"], one["list_id"]) for one in refused["findings"]] == [
        ("list-changed", document["id"])
    ]
