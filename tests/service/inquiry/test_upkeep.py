"""What time does, and the operator's commands for peppers."""

import pytest

from services.inquiry.actions.upkeep import close_expired, remove_documents
from services.inquiry.models import SealedCopy, StoredDocument
from services.kit import storage
from tests.service.inquiry.desk import Desk


def _run(desk: Desk, *command: str) -> tuple[int, str]:
    result = desk.app.test_cli_runner().invoke(args=["peppers", *command])
    return result.exit_code, result.output


def test_what_an_expired_code_opens_is_deleted(desk: Desk) -> None:
    person, other = desk.person(1), desk.person(2)
    expired, active = desk.permit(person), desk.permit(other)
    desk.expire(expired["id"])
    assert close_expired(desk.sessions) == 1
    assert desk.count(SealedCopy) == 1
    assert desk.inquire(person.national_code, expired["code"]).get_json()["code"] == "permit-expired"
    assert desk.inquire(other.national_code, active["code"]).status_code == 200


def test_documents_go_when_nothing_opens_them(desk: Desk) -> None:
    issued = desk.permit(desk.person(), valid_days=1)
    desk.let_pass(hours=24)
    assert remove_documents(desk.sessions, desk.objects) == 0
    desk.let_pass(minutes=5)
    assert remove_documents(desk.sessions, desk.objects) == 1
    assert desk.count(StoredDocument) == 0
    with pytest.raises(storage.ObjectMissing):
        storage.read(desk.objects, f"sealed/{issued['id']}")


def test_a_document_whose_permit_was_never_issued_goes_too(desk: Desk) -> None:
    person = desk.person()
    desk.disclosure.away = True
    assert desk.issue(person).status_code == 503
    assert remove_documents(desk.sessions, desk.objects) == 0
    desk.let_pass(hours=1)
    assert remove_documents(desk.sessions, desk.objects) == 1


def test_a_permit_outlives_rotations(desk: Desk) -> None:
    person = desk.person()
    first = desk.permit(person)
    assert _run(desk, "rotate") == (0, "new permits are sealed under generation 2\n")
    second = desk.permit(person)
    assert _run(desk, "rotate")[0] == 0
    assert _run(desk, "rotate")[0] == 1
    runs = desk.stretcher.runs
    for issued in (first, second):
        assert desk.inquire(person.national_code, issued["code"]).status_code == 200
    assert desk.stretcher.runs == runs + 2


def test_a_generation_in_use_is_destroyed_only_with_its_permits(desk: Desk) -> None:
    person = desk.person()
    first = desk.permit(person)
    assert _run(desk, "destroy", "1", "--revoke-permits")[0] == 1
    assert desk.state(person, first["id"]) == "active"
    _run(desk, "rotate")
    second = desk.permit(person)
    assert "generation 1: 1 permits" in _run(desk, "list")[1]
    assert _run(desk, "destroy", "1")[0] == 1
    assert _run(desk, "destroy", "1", "--revoke-permits")[0] == 0
    assert desk.state(person, first["id"]) == "revoked"
    assert desk.inquire(person.national_code, first["code"]).status_code == 404
    assert desk.inquire(person.national_code, second["code"]).status_code == 200


def test_missing_peppers_show_in_readiness_and_open_nothing(desk: Desk) -> None:
    person = desk.person()
    code = desk.permit(person)["code"]
    assert desk.client.get("/readyz").status_code == 200
    (desk.settings.peppers_dir / "pepper1").rename(desk.settings.peppers_dir / "away")
    assert desk.client.get("/readyz").status_code == 503
    assert desk.inquire(person.national_code, code).get_json()["code"] == "unavailable"
    assert _run(desk, "ensure")[0] == 1
