"""What the portal knows of one browser: the ids in its signed cookie, and the vault. Called by `sessions`.

`id` is the session of a person who has signed in, `browser` a random id of readers without a session,
`person` the tag of the last session or form. All but the language is reset by signing in or out.
"""

import hmac
import re
import secrets
from typing import cast

import svcs
from flask import current_app, g, session

from gateway.portal.vault import Vault

TAG = re.compile("[0-9a-f]{32}")


def get_vault() -> Vault:
    """Return the store of sealed entries."""
    return svcs.flask.get(Vault)


def find_id() -> str | None:
    """Return the id under which this browser's entries are stored, None before it has one."""
    return session.get("id") or session.get("browser")


def ensure_id() -> str:
    """Return the id under which this browser's entries are stored, a new one if it had none."""
    owner = find_id()
    if owner is None:
        owner = session["browser"] = create_id()
    return owner


def create_id() -> str:
    """Return a random id that no browser has."""
    return secrets.token_urlsafe(32)


def reset_cookie(owner: str | None = None, person: str | None = None) -> None:
    """Empty the cookie but for the language, and add the new session of a person, if there is one.

    Notes, the page to return to and the CSRF word of open forms belonged to another reader.
    """
    language = session.get("language")
    session.clear()
    g.pop("csrf_token", None)
    if language:
        session["language"] = language
    if owner and person:
        session.update(id=owner, person=person, signed_in=True)


def derive_tag(*parts: str) -> str:
    """Return a keyed hash that replaces a name in cookies and in names of entries."""
    key = derive_key("tag")
    return hmac.digest(key, "\0".join(parts).encode(), "sha256").hex()[:32]


def derive_key(purpose: str) -> bytes:
    """Return a key of 32 bytes for one purpose, derived from the key that signs the cookies."""
    key = cast("str", current_app.secret_key).encode()
    return hmac.digest(key, f"govah portal {purpose}".encode(), "sha256")
