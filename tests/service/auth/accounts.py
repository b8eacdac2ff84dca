"""What people do to their own accounts, and the events of it."""

from typing import Any

from tests.service.auth.desk import OTHER_PASSWORD, PASSWORD, Desk, Person


def events(desk: Desk) -> list[tuple[str, str | None, Any]]:
    with desk.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT name, subject, data FROM outbox ORDER BY position")
        return [tuple(row) for row in rows]


def ask_reset(desk: Desk, person: Person) -> str:
    desk.send()
    desk.messages.sent.clear()
    answer = desk.post("/password-resets", person.identity)
    assert answer.status_code == 202
    assert answer.get_json().keys() == {"reset_id", "status", "expires_at"}
    desk.send()
    return str(answer.get_json()["reset_id"])


def complete_reset(desk: Desk, reset_id: str, code: str, password: str = OTHER_PASSWORD) -> Any:
    return desk.post(f"/password-resets/{reset_id}/completion", {"reset_code": code, "password": password})


def change(desk: Desk, token: str, old: str = PASSWORD, new: str = OTHER_PASSWORD) -> Any:
    return desk.post("/password", {"old_password": old, "new_password": new}, token=token)
