"""Failed letters, to queue again: the same page for officers and for administrators."""

import re

from flask import redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from gateway.portal import api, sessions
from gateway.portal.forms import Form
from govah_client.errors import ApiError

DISCLOSURE_ID = re.compile("[0-9a-f-]{36}")


class Retry(Form):
    """A button beside each failed letter."""


def show_failed_requests(template: str) -> ResponseReturnValue:
    """Return the page of failed letters, or a redirect to it after one was queued again."""
    form = Retry()
    if form.validate_on_submit():
        if not DISCLOSURE_ID.fullmatch(request.form.get("disclosure_id", "")):
            raise NotFound
        try:
            sessions.get_client().disclosure.retry_request(request.form["disclosure_id"])
        except ApiError as problem:
            form.refuse(problem, 404, 409)
        else:
            session["note"] = "letter-requeued"
            return redirect(url_for(request.endpoint or ""), 303)
    page = sessions.get_client().disclosure.list_requests(status="failed", **api.read_page_query())
    return render_template(template, form=form, items=page["items"], next_cursor=page["next_cursor"])
