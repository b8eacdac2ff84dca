"""Sealed entries of the reader of this request: by name, drafts of forms, results of work that runs once.

Only the same person in the same session finds them. Called by pages and `forms`.
"""

from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any

from flask import session
from werkzeug.datastructures import MultiDict

from gateway.portal import browser, drafts, sessions
from govah_client.errors import ServiceUnavailable


def store_entry(name: str, entry: Any, seconds: int) -> None:
    """Seal an entry for this reader until it expires. Raises ServiceUnavailable."""
    browser.get_vault().put(browser.ensure_id(), _build_entry_name(name), entry, seconds)


def load_entry(name: str) -> Any:
    """Return this reader's entry of that name, None without one. Raises ServiceUnavailable."""
    owner = browser.find_id()
    return browser.get_vault().get(owner, _build_entry_name(name)) if owner else None


def delete_entry(name: str) -> None:
    """Delete this reader's entry of that name. Raises ServiceUnavailable."""
    if owner := browser.find_id():
        browser.get_vault().delete(owner, _build_entry_name(name))


def save_form_draft() -> bool:
    """Save the fields of this POST, but for secrets, until its form is opened by the same person again.

    Return whether that person is the reader of this request. Raises ServiceUnavailable.
    """
    reader = sessions.find_reader()
    form_owner = drafts.find_form_owner(reader)
    drafts.save_draft(form_owner)
    if form_owner != reader == drafts.ANONYMOUS:
        session["person"] = form_owner
    return form_owner == reader


def pop_form_draft() -> MultiDict[str, str] | None:
    """Return this reader's draft of the form at this path and delete it, None without one."""
    return drafts.pop_draft(sessions.find_reader())


def run_once(key: str, work: Callable[[], tuple[Any, int]]) -> Any:
    """Return the result of `work`, or its earlier result for the same `form.key` of the same reader.

    `work` returns its result, and the seconds for which the result is stored. Without the store it runs each
    time.
    """
    # A browser chooses the key: without the owner, anyone who knows or guesses it would get the result.
    owner, vault, name = browser.ensure_id(), browser.get_vault(), ""
    with ExitStack() as locks:
        result = None
        with suppress(ServiceUnavailable):
            name = _build_entry_name(f"once.{key}")
            locks.enter_context(vault.lock(owner, name))
            result = vault.get(owner, name)
        if result is None:
            result, seconds = work()
            with suppress(ServiceUnavailable):
                if name:
                    vault.put(owner, name, result, seconds)
        return result


def _build_entry_name(name: str) -> str:
    # Unlike `find_reader` it raises ServiceUnavailable: anonymous readers and persons must not be confused.
    signed_in = sessions.load_session()
    return f"kept.{name}.{signed_in.person if signed_in else drafts.ANONYMOUS}"
