"""The switch of the language inside a form: a button sends the form, which comes back in the other language.

What was typed is saved as a draft, as when a session ends: without secrets, for the person of the form.
"""

from urllib.parse import urlencode

from flask import Flask, redirect, request, session
from flask.typing import ResponseReturnValue

from gateway.portal import addresses, entries
from gateway.portal.languages import LANGUAGES
from govah_client.errors import ServiceUnavailable

# The name of the button. Its value is a language, with a mark if errors were shown beside the fields.
BUTTON, CHECKED = "switch_language", "-checked"


def follow_language_switch(app: Flask) -> None:
    """Let the app answer the button; call it after the protection against forged forms."""

    @app.before_request
    def switch_language() -> ResponseReturnValue | None:
        language, mark, _ = request.form.get(BUTTON, "").partition(CHECKED)
        if request.method != "POST" or language not in LANGUAGES or not addresses.is_page():
            return None
        session["language"] = language
        try:
            entries.save_form_draft()
        except ServiceUnavailable:
            return redirect(_get_own_path(), 303)
        if mark:
            session["recheck"] = request.path
        return redirect(_get_own_path(), 303)


def _get_own_path() -> str:
    """Return the address without the language that it may name."""
    query = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    return f"{request.path}?{urlencode(query)}" if query else request.path
