"""What institutions report about one's record: each report with its text, and the person's answer to it."""

import uuid

from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from gateway.portal import api, sessions
from gateway.portal.pages.objections import list_rows
from gateway.portal.pages.record_picture import name_workshops
from govah_client.errors import ApiError
from govah_client.inquiry import DiscrepancyReport

# The states in which the person may object; a report that was declined is not closed.
OPEN_TO_OBJECTION = frozenset({"reported", "declined"})

blueprint = Blueprint("reports", __name__, url_prefix="/reports")
blueprint.before_request(sessions.require_role(sessions.CITIZEN))


@blueprint.get("")
def list_reports() -> str:
    page = sessions.get_client().inquiry.list_discrepancies(**api.read_page_query())
    return render_template("reports/reports.html", reports=page["items"], next_cursor=page["next_cursor"])


@blueprint.get("/<uuid:report_id>")
def show_report(report_id: uuid.UUID) -> str:
    report = sessions.get_client().inquiry.get_discrepancy(str(report_id))
    ways = _list_ways(report) if report["status"] in OPEN_TO_OBJECTION else []
    return render_template("reports/report.html", report=report, ways=ways)


@blueprint.post("/<uuid:report_id>/decline")
def decline_report(report_id: uuid.UUID) -> ResponseReturnValue:
    try:
        sessions.get_client().inquiry.decline_discrepancy(str(report_id))
        session["note"] = "report-declined"
    except ApiError as problem:
        # The person has objected meanwhile: the page shows it.
        if problem.code != "discrepancy-answered":
            raise
    return redirect(url_for(".show_report", report_id=report_id), 303)


def _list_ways(report: DiscrepancyReport) -> list[tuple[str, str]]:
    """Return the forms that are filled in for an objection to the report's month, each with its label.

    There is one for each workshop that has the month, and one for a workshop that is not in the record.
    """
    month, report_id = report["month_jalali"], report["id"]
    rows = [row for row in list_rows() if row["month_jalali"] == month]
    ways = [
        (
            url_for("objections.edit_days", workshop=code, year=month[:4], report=report_id),
            gettext("روزهای من در %(workshop)s نادرست است", workshop=name),
        )
        for code, name in name_workshops(rows).items()
    ]
    missing = url_for("objections.edit_missing_period", start=month, end=month, report=report_id)
    return [*ways, (missing, gettext("در کارگاهی کار کرده‌ام که در سوابق نیست"))]
