"""What was typed when a session ended or a service was away. Called by `sessions`.

A draft belongs to a person, by the tag, or to a reader who has not signed in (`NOBODY`); it is found under
the browser's id and that tag, so that who signs in next does not see it.
"""

import re
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict

from gateway.portal import browser
from gateway.portal.api import Unavailable

KEPT_FOR = 30 * 60
# Of a reader who has not signed in nobody can tell whether it is the same one who comes back.
KEPT_FOR_NOBODY = 10 * 60
# What people type that is kept nowhere.
SECRET_FIELD = re.compile(r"password|totp|csrf|(?<!national_)(?<!workshop_)code$")
NOBODY = "nobody"
# What a form brings by itself: by that alone nothing was typed.
UNTYPED = {"once", "made_for", "sign_in_id"}


def find_typist(otherwise: str) -> str:
    """Return the tag of the person for whose page this form was made, else the one given.

    Who sends it may be another: the page may have been open since before.
    """
    made_for = request.form.get("made_for", "")
    return made_for if browser.TAG.fullmatch(made_for) else otherwise


def keep_draft(person: str) -> bool:
    """Keep the fields of this POST, but for secrets, for that person; return whether there were any.

    Raises Unavailable.
    """
    fields = [
        (name, value) for name, value in request.form.items(multi=True) if not SECRET_FIELD.search(name)
    ]
    if not any(value.strip() for name, value in fields if name not in UNTYPED):
        return False
    draft = {"path": request.path, "fields": fields}
    seconds = KEPT_FOR_NOBODY if person == NOBODY else KEPT_FOR
    browser.find_vault().put(browser.ensure_id(), name_of(person), draft, seconds)
    return True


def has_draft(person: str) -> bool:
    """Return whether a draft of that person waits at this browser. Raises Unavailable."""
    return _read(person) is not None


def take_draft(person: str) -> MultiDict[str, str] | None:
    """Return what that person typed into the form at this path, and forget it; None when there is nothing."""
    try:
        draft = _read(person)
        if draft is None or draft["path"] != request.path:
            return None
        browser.find_vault().drop(browser.ensure_id(), name_of(person))
    except Unavailable:
        # An empty form is worth more than none.
        return None
    return MultiDict([(name, value) for name, value in draft["fields"]])


def carry_draft(before: str, now: str, person: str) -> None:
    """Move that person's draft from the id before a sign-in to the id since; others' stay behind.

    Raises Unavailable.
    """
    vault = browser.find_vault()
    if draft := vault.get(before, name_of(person)):
        vault.put(now, name_of(person), draft, KEPT_FOR)


def name_of(person: str) -> str:
    """Return the name of that person's draft in the vault."""
    return f"typed.{person}"


def _read(person: str) -> Any:
    owner = browser.find_id()
    return browser.find_vault().get(owner, name_of(person)) if owner else None
