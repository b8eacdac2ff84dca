"""What has ended stays ended: disclosure after a restore from a backup, with its journal."""

import uuid

from services.disclosure.actions.letters import supersede_letter
from services.disclosure.store.letters import lock_letters
from services.kit.db import read_database_time
from tests.restoring import Disaster
from tests.service.disclosure.desk import API, OFFICER, Desk


def test_revoked_and_superseded_letters_stay_so(desk: Desk) -> None:
    revoked, superseded, valid = (desk.deliver_letter() for _ in range(3))
    disaster = Disaster(desk.app, desk.engine, "disclosure", desk.settings.open_endings())
    serial = desk.get_letter(revoked)["serial"]
    path = f"{API}/letters/{serial}/revocation"
    assert desk.client.post(path, json={"reason": "اشتباه در لیست"}, headers=OFFICER).status_code == 200
    with desk.sessions() as session:
        before = read_database_time(session).isoformat()
    supersede(desk, superseded)
    disaster.restore()
    states = [desk.get_letter(letter_id)["state"] for letter_id in (revoked, superseded, valid)]
    assert states == ["revoked", "superseded", "valid"]
    assert str(desk.get_letter(revoked)["revoked_at"]) <= before
    # The other services learn of both, whatever they have heard before.
    assert {"letter.revoked", "letter.superseded"} <= set(desk.list_outbox())


def supersede(desk: Desk, letter_id: str) -> None:
    """Supersede one letter, as the comparison of its figures does."""
    with desk.sessions.begin() as session:
        [letter] = lock_letters(session, [uuid.UUID(letter_id)])
        supersede_letter(session, letter)
