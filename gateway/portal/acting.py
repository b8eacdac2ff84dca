"""Acting for a person at this browser: the session switches to a representative's token, and back.

The cookie is reset at each switch, so forms that were open before it are refused: nothing is done in the
wrong name. Entries and drafts belong to the reader's tag, which differs for each person who is represented.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from flask import g, session

from gateway.portal import api, browser, sessions
from govah_client.errors import ApiError
from govah_client.representatives import Mandate


def begin_acting(mandate: Mandate) -> None:
    """Let the reader act for the person of a mandate. Raises ApiError if it has ended."""
    grant = sessions.get_own_client().auth.start_acting(str(mandate["person_id"]))
    acting: dict[str, Any] = {"person_id": mandate["person_id"], "name": mandate["name"]}
    sessions.use_acting_token(acting, grant)
    _switch(acting)


def end_acting() -> None:
    """Return the reader to the own name. The token ends, if auth answers; else within minutes."""
    signed_in = sessions.load_session()
    if signed_in and signed_in.acting:
        with suppress(ApiError):
            api.get_client(signed_in.token).auth.delete_session()
        _switch(None)


def _switch(acting: Mapping[str, Any] | None) -> None:
    owner, vault = session["id"], browser.get_vault()
    with vault.lock(owner, "session"):
        entry = vault.get(owner, "session")
        if entry is None:
            raise ApiError(401, "token-expired")
        signed_in = sessions.SignedIn(**{**entry, "acting": dict(acting) if acting else None})
        vault.put(owner, "session", signed_in.dump(), sessions.IDLE)
    g.signed_in = signed_in
    browser.reset_cookie(owner, signed_in.person)
