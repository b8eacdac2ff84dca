"""An interrupted seeding goes on where it stopped: no person is lost, and none is registered twice."""

import json
from pathlib import Path
from typing import Any, cast

import pytest

from govah import samples
from govah.local import seeding
from govah.local.seeding import draw_accounts, find_last_complete_month, register_people
from govah_client.client import Client
from govah_client.errors import ApiError

STAFF = {
    "officer": {"username": "officer", "password": "one"},
    "second_officer": {"username": "second-officer", "password": "two"},
}


class Registry:
    """The calls of the API that register invented people; it is its own client."""

    def __init__(self, room: Path) -> None:
        self.messages = room / "messages.jsonl"
        self.messages.touch()
        self.passwords: dict[str, str] = {row["username"]: row["password"] for row in STAFF.values()}
        self.mandates: list[dict[str, str]] = []
        self.identifications: list[dict[str, str]] = []
        self.refuses = 0

    @property
    def auth(self) -> "Registry":
        return self

    def sign_in(self, *, password: str, **names: str) -> "Registry":
        [name] = names.values()
        if self.refuses:
            raise ApiError(self.refuses, "refused")
        if self.passwords.get(name) != password:
            raise ApiError(401, "credentials-invalid")
        return self

    def send(self, mobile: str, kind: str, code: str) -> None:
        with self.messages.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"to": mobile, "kind": kind, "code": code}) + "\n")

    def create_registration(self, national_code: str, _birth_date: str, mobile: str) -> dict[str, str]:
        assert national_code not in self.passwords
        self.send(mobile, "activation-code", "1111")
        return {"registration_id": national_code}

    def activate_account(self, registration_id: str, _code: str, password: str) -> None:
        self.passwords[registration_id] = password

    def list_identifications(self) -> dict[str, Any]:
        return {"items": self.identifications}

    def reject_identification(self, number: str, _reason: str) -> None:
        self.identifications[int(number)]["status"] = "rejected"

    def propose_identification(self, *, insurance_number: str, mobile: str, **_rest: str) -> dict[str, str]:
        assert all(one["status"] == "rejected" for one in self.identifications)
        self.identifications.append({"id": "0", "status": "proposed", "of": insurance_number, "to": mobile})
        return self.identifications[-1]

    def confirm_identification(self, _number: str) -> None:
        self.identifications[-1]["status"] = "confirmed"
        self.send(self.identifications[-1]["to"], "counter-activation-code", "2222")

    def activate_identified(self, _code: str, password: str) -> None:
        self.passwords[self.identifications[-1]["of"]] = password

    def list_mandates(self) -> dict[str, Any]:
        return {"items": self.mandates}

    def create_representative(self, **_terms: Any) -> None:
        self.mandates.append({"id": "0", "status": "invited"})

    def accept_mandate(self, number: str) -> None:
        self.mandates[int(number)]["status"] = "active"


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path)


def draw(room: Path) -> tuple[dict[str, Any], bool]:
    tree = samples.generate(
        people=6,
        months=2,
        workshops=1,
        encoding="mixed",
        seed=1,
        directory=room / "lists",
        last_month=find_last_complete_month(),
    )
    return draw_accounts(room, [person for person in tree.people if person.national_code], tree.people[-1])


def register(registry: Registry, room: Path, accounts: dict[str, Any], *, is_resumed: bool) -> None:
    register_people(cast("Client", registry), room, STAFF, accounts, is_resumed=is_resumed)


def test_passwords_are_in_a_private_file_before_anybody_is_registered(tmp_path: Path) -> None:
    accounts, is_resumed = draw(tmp_path)
    assert not is_resumed
    assert (tmp_path / seeding.DRAFT).stat().st_mode & 0o077 == 0
    assert draw(tmp_path) == (accounts, True)


@pytest.mark.parametrize("registered", [0, 2])
def test_interrupted_run_registers_only_the_others(
    tmp_path: Path, registry: Registry, registered: int
) -> None:
    accounts, _ = draw(tmp_path)
    for citizen in accounts["citizens"][:registered]:
        registry.passwords[citizen["national_code"]] = citizen["password"]
    # The counter had proposed the foreigner.
    registry.identifications.append({"id": "0", "status": "proposed", "of": "1", "to": "2"})
    again, is_resumed = draw(tmp_path)
    for _ in range(2):
        register(registry, tmp_path, again, is_resumed=is_resumed)
    everybody = [*accounts["citizens"], accounts["foreigner"]]
    assert len(registry.passwords) == len(STAFF) + len(everybody)
    assert registry.mandates == [{"id": "0", "status": "active"}]


def test_unavailable_service_ends_the_run(tmp_path: Path, registry: Registry) -> None:
    accounts, _ = draw(tmp_path)
    registry.refuses = 503
    with pytest.raises(ApiError):
        register(registry, tmp_path, accounts, is_resumed=True)
    assert len(registry.passwords) == len(STAFF)
