"""Changes of people to their own accounts, and the events of these."""

from typing import Any

from tests.service.auth.desk import OTHER_PASSWORD, PASSWORD, Desk, Person


def list_events(desk: Desk) -> list[tuple[str, str | None, Any]]:
    with desk.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT name, subject, data FROM outbox ORDER BY position")
        return [tuple(row) for row in rows]


def request_reset(desk: Desk, person: Person) -> str:
    desk.send()
    desk.messages.sent.clear()
    response = desk.post("/password-resets", person.identity)
    assert response.status_code == 202
    assert response.get_json().keys() == {"reset_id", "status", "expires_at"}
    desk.send()
    return str(response.get_json()["reset_id"])


def complete_reset(desk: Desk, reset_id: str, code: str, password: str = OTHER_PASSWORD) -> Any:
    return desk.post(f"/password-resets/{reset_id}/completion", {"reset_code": code, "password": password})


def change_password(desk: Desk, token: str, old: str = PASSWORD, new: str = OTHER_PASSWORD) -> Any:
    return desk.post("/password", {"old_password": old, "new_password": new}, token=token)
