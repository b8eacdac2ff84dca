"""Accepted lists, newest first, and the findings of each."""

import uuid

from flask import Blueprint, Response, render_template

from gateway.portal import api, sessions
from gateway.portal.pages.officer.desk import guard
from gateway.portal.pages.officer.findings import as_csv, build_view
from govah_client.lists import ListWithFindings

blueprint = Blueprint("officer_lists", __name__, url_prefix="/officer/lists")
blueprint.before_request(guard)


@blueprint.get("")
def list_lists() -> str:
    page = sessions.get_client().records.list_lists(**api.read_page_query())
    return render_template("officer/lists.html", items=page["items"], next_cursor=page["next_cursor"])


@blueprint.get("/<uuid:list_id>")
def show_list(list_id: uuid.UUID) -> str:
    imported = _get_list(list_id)
    return render_template("officer/list.html", list=imported, **build_view(imported["findings"]))


@blueprint.get("/<uuid:list_id>/findings.csv")
def download_findings(list_id: uuid.UUID) -> Response:
    imported = _get_list(list_id)
    return as_csv(imported["findings"], f"findings-{imported['workshop_code']}-{imported['month_jalali']}")


def _get_list(list_id: uuid.UUID) -> ListWithFindings:
    return sessions.get_client().records.get_list(str(list_id))
