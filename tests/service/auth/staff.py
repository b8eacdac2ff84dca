"""Officers, institutions and clerks, added as an operator adds them."""

import base64
from urllib.parse import parse_qs, urlsplit

from tests.service.auth.desk import OTHER_PASSWORD, Desk

INSTITUTION_NAME = "بانک نمونه"
OFFICER = "officer.one"


def add_officer(desk: Desk, username: str, *scopes: str, password: str = OTHER_PASSWORD) -> None:
    chosen = [word for scope in scopes for word in ("--scope", scope)]
    desk.run("officers", "add", username, *chosen, "--password-file", desk.write_secret(password))


def add_institution(desk: Desk, name: str = INSTITUTION_NAME) -> str:
    return desk.run("institutions", "add", name)


def add_clerk(desk: Desk, username: str, password: str = OTHER_PASSWORD) -> str:
    """Add a clerk and an institution; return the institution's id."""
    institution_id = add_institution(desk)
    password_file = desk.write_secret(password)
    desk.run("clerks", "add", username, "--institution", institution_id, "--password-file", password_file)
    return institution_id


def enable_totp(desk: Desk, username: str = OFFICER, group: str = "officers") -> bytes:
    """Return the new secret of a member of staff, who needs one-time codes from now on."""
    file = desk.directory / f"{username}.totp"
    file.unlink(missing_ok=True)
    assert desk.run(group, "totp", username, "--secret-file", str(file)) == ""
    assert file.stat().st_mode & 0o777 == 0o600
    text, address = file.read_text("ascii").split()
    parts = urlsplit(address)
    assert (parts.scheme, parts.netloc, parts.path) == ("otpauth", "totp", f"/Govah:{username}")
    assert parse_qs(parts.query) == {
        "secret": [text],
        "issuer": ["Govah"],
        "algorithm": ["SHA1"],
        "digits": ["6"],
        "period": ["30"],
    }
    return base64.b32decode(text)
