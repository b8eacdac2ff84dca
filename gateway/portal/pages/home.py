"""«تامین اجتماعی من»: every interaction with its state, newest first."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request, url_for

from gateway.portal import api, sessions
from govah_client.errors import ServiceUnavailable
from govah_client.inquiry import DiscrepancyReport

blueprint = Blueprint("home", __name__, url_prefix="/home")
blueprint.before_request(sessions.require_role(sessions.CITIZEN))
# The page of an item by its references; of several references the first counts.
PAGES = {
    "discrepancy_id": "reports.show_report",
    "permit_id": "permits.show_permit",
    "letter_id": "inbox.show_letter",
    "disclosure_request_id": "disclosure.show_status",
    "objection_id": "objections.show_objection",
}
ARGUMENTS = {"disclosure_request_id": "disclosure_id", "discrepancy_id": "report_id"}
# The latest reports of institutions, among which those without an answer are looked for.
LATEST_REPORTS = 50
# The page of an item without references, by its kind.
OTHER_PAGES = {"record.changed": "record.show_months", "inquiry.refused": "permits.list_permits"}


@blueprint.get("")
def list_activity() -> str:
    page = sessions.get_client().disclosure.list_activity(**api.read_page_query())
    items = [{**item, "page": _find_page(item)} for item in page["items"]]
    reports = [] if request.args.get("cursor") else _list_unanswered_reports()
    return render_template(
        "home/activity.html", items=items, next_cursor=page["next_cursor"], reports=reports
    )


def _list_unanswered_reports() -> list[DiscrepancyReport]:
    """Return the reports of institutions that wait for the person; none while inquiry is unavailable."""
    try:
        latest = sessions.get_client().inquiry.list_discrepancies(limit=LATEST_REPORTS)["items"]
    except ServiceUnavailable:
        return []
    return [report for report in latest if report["status"] == "reported"]


def _find_page(item: Mapping[str, Any]) -> str | None:
    """Return the page with the details of an item, None without one."""
    references = item["references"]
    # A corrected record refers to the objection too, but its page is the record.
    if item["kind"] in OTHER_PAGES:
        return url_for(OTHER_PAGES[item["kind"]])
    for name, endpoint in PAGES.items():
        if name in references:
            return url_for(endpoint, **{ARGUMENTS.get(name, name): references[name]})
    return None
