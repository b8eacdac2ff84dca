"""Signing in and out, through a door for each role. Called by pages."""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

from flask import g, session

from gateway.portal import api, browser, devices, drafts, sessions
from govah_client.auth import NewSession
from govah_client.errors import ApiError


@dataclass(frozen=True)
class Entrance:
    """The result of a sign-in.

    `wanted` is the page that this person had opened before, `wrong_codes` the number of wrong one-time codes
    since the last sign-in, and `role` the account's.
    """

    wanted: str | None
    wrong_codes: int
    role: str


class WrongDoor(Exception):
    """The account has another role than the door; `role` is the account's."""

    def __init__(self, role: str) -> None:
        super().__init__(role)
        self.role = role


def sign_in(role: str, credentials: Mapping[str, str | None]) -> Entrance:
    """Open a session under a new id. Raises ApiError if auth refuses, WrongDoor for another role."""
    account = str(
        credentials.get("national_code") or credentials.get("username") or credentials["insurance_number"]
    )
    device_token = devices.find_token(account)
    device = {"device_token": device_token} if device_token else {}
    grant = api.get_client().auth.create_session(**credentials, **device)
    if new_device_token := grant.get("device_token"):
        devices.store_token(account, new_device_token)
    account_role = str(sessions.read_claims(grant["access_token"])["role"])
    if account_role != role:
        # If auth does not receive this, the refresh token expires within two hours.
        with suppress(ApiError):
            api.get_client(grant["access_token"]).auth.delete_session()
        raise WrongDoor(account_role)
    return _open_session(account_role, grant)


def sign_in_with_passkey(request_id: str, credential: Mapping[str, Any]) -> Entrance:
    """Open a session of the owner of a passkey, in any role. Raises ApiError if auth refuses."""
    account = devices.name_passkey(credential)
    grant = api.get_client().account.create_passkey_session(
        request_id, credential, devices.find_token(account)
    )
    if new_device_token := grant.get("device_token"):
        devices.store_token(account, new_device_token)
    return _open_session(str(sessions.read_claims(grant["access_token"])["role"]), grant)


def _open_session(role: str, grant: NewSession) -> Entrance:
    signed_in = sessions.SignedIn(role, "", "", 0, started=time.time())
    signed_in.use_tokens(grant)
    before, owner, wanted = browser.find_id(), browser.create_id(), session.get("next")
    browser.get_vault().put(owner, "session", signed_in.dump(), sessions.IDLE)
    if before:
        drafts.move_draft(before, owner, signed_in.person)
        _delete_entries(before)
    g.pop("signed_in", None)
    browser.reset_cookie(owner, signed_in.person)
    return Entrance(_find_wanted(wanted, signed_in.person), int(grant.get("wrong_codes") or 0), role)


def sign_out() -> None:
    """End the session here and at auth. The cookie is reset even if neither the store nor auth answers."""
    # If auth does not receive this, the refresh tokens expire within two hours.
    with suppress(ApiError):
        sessions.get_own_client().auth.delete_session()
    owner = browser.find_id()
    try:
        if owner:
            _delete_entries(owner)
    finally:
        g.signed_in = None
        browser.reset_cookie()


def _find_wanted(wanted: Any, person: str) -> str | None:
    """Return the page that was opened before a sign-in, if it was by this person or without a session."""
    if not isinstance(wanted, dict) or wanted["until"] < time.time():
        return None
    return cast("str", wanted["path"]) if wanted["person"] in {drafts.ANONYMOUS, person} else None


def _delete_entries(owner: str) -> None:
    browser.get_vault().delete(owner, "session")
    browser.get_vault().delete_all(owner)
