"""Drafts: what was typed when a session ended or a service was unavailable.

A draft belongs to a person, by the tag, or to readers without a session (`ANONYMOUS`). It is stored under
the browser's id and that tag, so that the next person who signs in does not see it. Called by `sessions` and
`entries`.
"""

import re
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict

from gateway.portal import browser
from govah_client.errors import ServiceUnavailable

LIFETIME = 30 * 60
# Nothing shows whether an anonymous reader who comes back is the same one.
ANONYMOUS_LIFETIME = 10 * 60
# Fields that are never stored.
SECRET_FIELD = re.compile(r"password|totp|csrf|(?<!national_)(?<!workshop_)code$")
ANONYMOUS = "nobody"
# Hidden fields: a form with nothing else has no draft.
HIDDEN_FIELDS = {"once", "made_for", "sign_in_id"}


def find_form_owner(default: str) -> str:
    """Return the tag of the person for whom this form was rendered, else the default.

    The sender may be another person, if the page was open before they signed in.
    """
    made_for = request.form.get("made_for", "")
    return made_for if browser.TAG.fullmatch(made_for) else default


def save_draft(person: str) -> bool:
    """Save the fields of this POST, but for secrets, for a person; return whether anything was typed.

    Raises ServiceUnavailable.
    """
    fields = [
        (name, value) for name, value in request.form.items(multi=True) if not SECRET_FIELD.search(name)
    ]
    if not any(value.strip() for name, value in fields if name not in HIDDEN_FIELDS):
        return False
    draft = {"path": request.path, "fields": fields}
    seconds = ANONYMOUS_LIFETIME if person == ANONYMOUS else LIFETIME
    browser.get_vault().put(browser.ensure_id(), build_entry_name(person), draft, seconds)
    return True


def has_draft(person: str, path: str) -> bool:
    """Return whether this browser has a person's draft of the form at a path. Raises ServiceUnavailable."""
    draft = _load(person)
    return draft is not None and draft["path"] == path


def pop_draft(person: str) -> MultiDict[str, str] | None:
    """Return a person's draft of the form at this path and delete it, None without one."""
    try:
        draft = _load(person)
        if draft is None or draft["path"] != request.path:
            return None
        browser.get_vault().delete(browser.ensure_id(), build_entry_name(person))
    except ServiceUnavailable:
        # An empty form is better than an error page.
        return None
    return MultiDict([(name, value) for name, value in draft["fields"]])


def move_draft(old_owner: str, new_owner: str, person: str) -> None:
    """Copy a person's draft from the id before a sign-in to the new one; drafts of others stay behind.

    Raises ServiceUnavailable.
    """
    vault = browser.get_vault()
    if draft := vault.get(old_owner, build_entry_name(person)):
        vault.put(new_owner, build_entry_name(person), draft, LIFETIME)


def build_entry_name(person: str) -> str:
    """Return the name of a person's draft in the vault."""
    return f"typed.{person}"


def _load(person: str) -> Any:
    owner = browser.find_id()
    return browser.get_vault().get(owner, build_entry_name(person)) if owner else None
