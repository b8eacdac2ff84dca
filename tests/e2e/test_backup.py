"""The restore drill of the embedded system: backed up at work, destroyed, restored, and asked again."""

import hashlib

import pytest

from tests.e2e.client import Stranger
from tests.e2e.left_behind import LeftBehind, Restored, list_activity, wait_for

pytestmark = pytest.mark.xdist_group("e2e-left")


def test_a_destroyed_system_comes_back_whole(left: LeftBehind, restored: Restored) -> None:
    assert "restored" in restored.output
    assert restored.open_files == ((), (), ())
    system, letter = restored.system, left.letter
    citizen = Stranger(system).sign_in_citizen()
    assert hashlib.sha256(citizen.get_document(letter["id"])).hexdigest() == letter["sha256"]
    assert citizen.get_document(letter["id"]) == left.document
    answer = Stranger(system).inquire(left.person["national_code"], left.permit["code"])
    assert answer.status_code == 200, answer.text
    assert answer.json()["letter"]["sha256"] == letter["sha256"]
    assert Stranger(system).get(answer.json()["document_url"]).content == left.document
    # What ended after the backup stays ended; without its journal nothing was restored.
    assert "suspend" in restored.without
    refused = Stranger(system).inquire(left.person["national_code"], left.revoked["code"])
    assert (refused.status_code, refused.json()["code"]) == (410, "permit-revoked")
    # Feeds continue where they stood: the new look is reported once, the old one not again.
    wait_for("inquiry.answered", citizen, 2)
    newer = citizen.ask_for_letter("all")
    assert newer["serial"] != letter["serial"]
    citizen.wait_until_registered(newer["serial"])
    every = [(item["kind"], str(item["at"]), str(item["references"])) for item in list_activity(citizen)]
    assert len(set(every)) == len(every)
