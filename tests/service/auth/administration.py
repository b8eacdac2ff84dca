"""The web administration as admins and managers use it."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from services.kit.text import normalise_digits
from tests.databases import SqliteTemplates
from tests.service.auth.desk import OTHER_PASSWORD, Desk, open_desk

ADMIN = "admin.one"


@contextmanager
def open_admin_desk(templates: SqliteTemplates, directory: Path) -> Iterator[Desk]:
    """Return a desk on which an admin needs no second factor."""
    url = templates.copy("services.auth", directory / "test.db")
    with open_desk(url, directory, admin_second_factor="optional") as desk:
        yield desk


def add_admin(desk: Desk, username: str = ADMIN) -> str:
    """Add an admin and return a token; the desk must not require a second factor."""
    desk.run("admins", "add", username, "--password-file", desk.write_secret(OTHER_PASSWORD))
    return sign_in(desk, username)


def sign_in(desk: Desk, username: str, password: str = OTHER_PASSWORD, **more: Any) -> str:
    response = desk.post("/sessions", {"username": username, "password": password, **more})
    assert response.status_code == 200, response.text
    return str(response.get_json()["access_token"])


def create(desk: Desk, token: str, path: str, body: Any) -> dict[str, Any]:
    response = desk.post(path, body, token=token)
    assert response.status_code == 201, response.text
    created: dict[str, Any] = response.get_json()
    return created


def add_institution(desk: Desk, token: str, name: str = "") -> dict[str, Any]:
    name = name or f"موسسه {normalise_digits(uuid.uuid4().hex[:8])}"
    return create(desk, token, "/admin/institutions", {"name": name})


def add_manager(desk: Desk, token: str, institution_id: str, username: str = "") -> str:
    """Return the token of a new manager who has chosen a password."""
    username = username or f"manager.{uuid.uuid4().hex[:8]}"
    body = {"username": username, "is_manager": True}
    manager = create(desk, token, f"/admin/institutions/{institution_id}/clerks", body)
    return choose_password(desk, username, manager["password"])


def choose_password(desk: Desk, username: str, one_time_password: str) -> str:
    """Return a token after replacing a one-time password by `OTHER_PASSWORD`."""
    first = desk.post("/sessions", {"username": username, "password": one_time_password}).get_json()
    change = {"old_password": one_time_password, "new_password": OTHER_PASSWORD}
    assert desk.post("/password", change, token=first["access_token"]).status_code == 204
    refreshed = desk.post("/sessions/refresh", {"refresh_token": first["refresh_token"]})
    return str(refreshed.get_json()["access_token"])


def list_actions(desk: Desk, token: str, path: str = "/admin/log") -> list[tuple[str, str, str]]:
    """Return actor, action and target of the newest acts, newest first."""
    response = desk.call("GET", path, token=token)
    assert response.status_code == 200, response.text
    return [(act["actor"], act["action"], act["target"]) for act in response.get_json()["items"]]
