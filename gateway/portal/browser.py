"""What the portal knows of one browser: the ids in its signed cookie, and the vault. Called by `sessions`.

`id` is a session of somebody who signed in, `browser` a random id of readers who did not, `person` the tag
of whose session or form was here last. All but the language goes when somebody signs in or out.
"""

import hmac
import re
import secrets
from typing import cast

from flask import current_app, g, session

from gateway.portal.vault import Vault

TAG = re.compile("[0-9a-f]{32}")


def find_vault() -> Vault:
    """Return the store of sealed entries."""
    return cast("Vault", current_app.extensions["vault"])


def find_id() -> str | None:
    """Return the id under which this browser's entries are kept, None before it has one."""
    return session.get("id") or session.get("browser")


def ensure_id() -> str:
    """Return the id under which this browser's entries are kept; a new one if it had none."""
    owner = find_id()
    if owner is None:
        owner = session["browser"] = create_id()
    return owner


def create_id() -> str:
    """Return a random id that no browser has."""
    return secrets.token_urlsafe(32)


def start_afresh(owner: str | None = None, person: str | None = None) -> None:
    """Empty the cookie but for the language, and put a person's new session into it if there is one.

    Notes, ways and the word of open forms were another reader's.
    """
    language = session.get("language")
    session.clear()
    g.pop("csrf_token", None)
    if language:
        session["language"] = language
    if owner and person:
        session.update(id=owner, person=person, signed_in=True)


def derive_tag(*parts: str) -> str:
    """Return a keyed hash that stands for what must not be read in cookies and names of entries."""
    key = derive_key("tag")
    return hmac.digest(key, "\0".join(parts).encode(), "sha256").hex()[:32]


def derive_key(purpose: str) -> bytes:
    """Return a key of 32 bytes for one purpose, made of the key that signs the cookies."""
    key = cast("str", current_app.secret_key).encode()
    return hmac.digest(key, f"govah portal {purpose}".encode(), "sha256")
