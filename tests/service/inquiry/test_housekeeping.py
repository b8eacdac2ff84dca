"""Expired permits and documents, and the operator's commands for peppers."""

import pytest

from services.inquiry.actions.housekeeping import remove_documents
from services.inquiry.models import SealedCopy, StoredDocument
from services.kit import storage
from tests.service.inquiry.desk import Desk


def _run_command(desk: Desk, *command: str) -> tuple[int, str]:
    result = desk.app.test_cli_runner().invoke(args=["peppers", *command])
    return result.exit_code, result.output


def test_sealed_copy_of_an_expired_permit_is_deleted(desk: Desk) -> None:
    person, other = desk.add_person(1), desk.add_person(2)
    expired, active = desk.issue_permit(person), desk.issue_permit(other)
    desk.expire(expired["id"])
    assert desk.delete_expired_keys() == 1
    assert desk.count(SealedCopy) == 1
    assert desk.inquire(person.national_code, expired["code"]).get_json()["code"] == "permit-expired"
    assert desk.inquire(other.national_code, active["code"]).status_code == 200


def test_unused_documents_are_removed(desk: Desk) -> None:
    issued = desk.issue_permit(desk.add_person(), valid_days=1)
    desk.pass_time(hours=24)
    assert remove_documents(desk.sessions, desk.objects) == 0
    desk.pass_time(minutes=15)
    assert remove_documents(desk.sessions, desk.objects) == 1
    assert desk.count(StoredDocument) == 0
    with pytest.raises(storage.ObjectMissing):
        storage.read(desk.objects, f"sealed/{issued['id']}")


def test_orphaned_document_is_removed(desk: Desk) -> None:
    person = desk.add_person()
    desk.letters.is_down = True
    assert desk.request_permit(person).status_code == 503
    assert remove_documents(desk.sessions, desk.objects) == 0
    desk.pass_time(hours=1)
    assert remove_documents(desk.sessions, desk.objects) == 1


def test_a_permit_outlives_rotations(desk: Desk) -> None:
    person = desk.add_person()
    first = desk.issue_permit(person)
    assert _run_command(desk, "rotate") == (0, "new permits are sealed under generation 2\n")
    second = desk.issue_permit(person)
    assert _run_command(desk, "rotate")[0] == 0
    assert _run_command(desk, "rotate")[0] == 1
    runs = desk.stretcher.runs
    for issued in (first, second):
        assert desk.inquire(person.national_code, issued["code"]).status_code == 200
    assert desk.stretcher.runs == runs + 2


def test_a_generation_in_use_is_destroyed_only_with_its_permits(desk: Desk) -> None:
    person = desk.add_person()
    first = desk.issue_permit(person)
    assert _run_command(desk, "destroy", "1", "--revoke-permits")[0] == 1
    assert desk.get_state(person, first["id"]) == "active"
    _run_command(desk, "rotate")
    second = desk.issue_permit(person)
    assert "generation 1: 1 permit," in _run_command(desk, "list")[1]
    assert _run_command(desk, "destroy", "1")[0] == 1
    assert _run_command(desk, "destroy", "1", "--revoke-permits")[0] == 0
    assert desk.get_state(person, first["id"]) == "revoked"
    assert desk.inquire(person.national_code, first["code"]).status_code == 404
    assert desk.inquire(person.national_code, second["code"]).status_code == 200


def test_missing_peppers_show_in_readiness_and_open_nothing(desk: Desk) -> None:
    person = desk.add_person()
    code = desk.issue_permit(person)["code"]
    assert desk.client.get("/readyz").status_code == 200
    (desk.settings.peppers_dir / "pepper1").rename(desk.settings.peppers_dir / "away")
    assert desk.client.get("/readyz").status_code == 503
    assert desk.inquire(person.national_code, code).get_json()["code"] == "unavailable"
    assert _run_command(desk, "ensure")[0] == 1
