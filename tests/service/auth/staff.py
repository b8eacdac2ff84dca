"""Officers, institutions and clerks, added as an operator adds them."""

from tests.service.auth.desk import OTHER_PASSWORD, Desk

INSTITUTION_NAME = "بانک نمونه"


def add_officer(desk: Desk, username: str, *scopes: str, password: str = OTHER_PASSWORD) -> None:
    chosen = [word for scope in scopes for word in ("--scope", scope)]
    desk.run("officers", "add", username, *chosen, "--password-file", desk.secret_file(password))


def add_institution(desk: Desk, name: str = INSTITUTION_NAME) -> str:
    return desk.run("institutions", "add", name)


def add_clerk(desk: Desk, username: str, password: str = OTHER_PASSWORD) -> str:
    """The id of the new clerk's new institution."""
    institution_id = add_institution(desk)
    password_file = desk.secret_file(password)
    desk.run("clerks", "add", username, "--institution", institution_id, "--password-file", password_file)
    return institution_id
