"""The device cookie: which people have signed in at this browser before. Called by `sessions`.

auth returns a device token after a successful sign-in and receives it with the next one (OWASP, "Slow down
online guessing attacks with device cookies"). The cookie holds the tokens of a few people, each under a tag
of the user name. It is sealed, so it reveals neither names nor tokens. It stays when a person signs out.
"""

import base64
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Response, after_this_request, current_app, request

from gateway.portal import browser
from services.kit.box import SealBroken, seal, unseal

MOST_PEOPLE = 5
LASTS = timedelta(days=365)
# Browsers refuse cookies of more than 4096 bytes, with name and attributes.
MOST_BYTES = 3500


def find_token(account: str) -> str | None:
    """Return the device token of the person with that user name or national code, None without one."""
    return _read().get(_derive_tag(account))


def store_token(account: str, token: str) -> None:
    """Set the cookie with that person's token first, and without the oldest ones past MOST_PEOPLE."""
    tokens = {_derive_tag(account): token} | {
        tag: old for tag, old in _read().items() if tag != _derive_tag(account)
    }
    while len(tokens) > MOST_PEOPLE or len(_seal(tokens)) > MOST_BYTES:
        tokens.popitem()
    sealed = _seal(tokens)

    @after_this_request
    def set_cookie(response: Response) -> Response:
        response.set_cookie(
            _get_cookie_name(),
            sealed,
            max_age=LASTS,
            path="/",
            secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
            httponly=True,
            samesite="Lax",
        )
        return response


def name_passkey(credential: Mapping[str, Any]) -> str:
    """Return the name under which the device token of a passkey's owner is stored."""
    return f"passkey {credential.get('id')}"


def _get_cookie_name() -> str:
    return f"{current_app.config['SESSION_COOKIE_NAME']}-device"


def _derive_tag(account: str) -> str:
    return browser.derive_tag("device", account.strip().casefold())


def _seal(tokens: dict[str, str]) -> str:
    sealed = seal(browser.derive_key("devices"), json.dumps(tokens).encode(), None)
    return base64.urlsafe_b64encode(sealed).decode()


def _read() -> dict[str, str]:
    """Return the tokens by tag, the latest first, and no token if the cookie was sealed with another key."""
    try:
        sealed = base64.urlsafe_b64decode(request.cookies.get(_get_cookie_name(), "").encode())
        plain = unseal(browser.derive_key("devices"), sealed, None)
    except (ValueError, SealBroken):
        return {}
    tokens: dict[str, str] = json.loads(plain)
    return tokens
