"""«تامین اجتماعی من»: every interaction with its state, newest first."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, url_for

from gateway.portal import api, sessions

blueprint = Blueprint("home", __name__, url_prefix="/home")
blueprint.before_request(sessions.require_role(sessions.CITIZEN))
# The page that an item leads to, by what it refers to; of several references the first counts.
PAGES = {
    "permit_id": "permits.permit",
    "letter_id": "inbox.letter",
    "disclosure_request_id": "disclosure.status",
    "objection_id": "objections.objection",
}
# Of what refers to nothing, by the kind.
OTHER_PAGES = {"record.changed": "record.months", "inquiry.refused": "permits.permits"}


@blueprint.get("")
def activity() -> str:
    page = sessions.get_client().disclosure.list_activity(**api.read_page_query())
    items = [{**item, "page": _page(item)} for item in page["items"]]
    return render_template("home/activity.html", items=items, next_cursor=page["next_cursor"])


def _page(item: Mapping[str, Any]) -> str | None:
    """Where more is to be seen of an item."""
    references = item["references"]
    # A corrected record names the objection too, and is to be seen in the record.
    if item["kind"] in OTHER_PAGES:
        return url_for(OTHER_PAGES[item["kind"]])
    for name, endpoint in PAGES.items():
        if name in references:
            return url_for(endpoint, **{name.removeprefix("disclosure_"): references[name]})
    return None
