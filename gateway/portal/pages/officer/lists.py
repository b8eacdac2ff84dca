"""Accepted lists, newest first, and what was found in each."""

import uuid

from flask import Blueprint, Response, render_template

from gateway.portal import api, sessions
from gateway.portal.pages.officer.desk import guard
from gateway.portal.pages.officer.findings import as_csv, shown
from govah_client.records import ListWithFindings

blueprint = Blueprint("officer_lists", __name__, url_prefix="/officer/lists")
blueprint.before_request(guard)


@blueprint.get("")
def lists() -> str:
    page = sessions.get_client().records.list_lists(**api.read_page_query())
    return render_template("officer/lists.html", items=page["items"], next_cursor=page["next_cursor"])


@blueprint.get("/<uuid:list_id>")
def one(list_id: uuid.UUID) -> str:
    listed = _get_list(list_id)
    return render_template("officer/list.html", list=listed, **shown(listed["findings"]))


@blueprint.get("/<uuid:list_id>/findings.csv")
def one_as_csv(list_id: uuid.UUID) -> Response:
    listed = _get_list(list_id)
    return as_csv(listed["findings"], f"findings-{listed['workshop_code']}-{listed['month_jalali']}")


def _get_list(list_id: uuid.UUID) -> ListWithFindings:
    return sessions.get_client().records.get_list(str(list_id))
