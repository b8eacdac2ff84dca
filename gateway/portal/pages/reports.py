"""What institutions report about one's record: each report with its text, and the person's answer to it."""

import uuid

from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from gateway.portal import api, sessions
from gateway.portal.pages.objections import list_rows
from gateway.portal.pages.record_picture import name_workshops
from govah_client.errors import ApiError

blueprint = Blueprint("reports", __name__, url_prefix="/home/reports")
blueprint.before_request(sessions.require_role(sessions.CITIZEN))


@blueprint.get("")
def list_reports() -> str:
    page = sessions.get_client().inquiry.list_discrepancies(**api.read_page_query())
    return render_template("reports/reports.html", reports=page["items"], next_cursor=page["next_cursor"])


@blueprint.get("/<uuid:report_id>")
def show_report(report_id: uuid.UUID) -> str:
    report = sessions.get_client().inquiry.get_discrepancy(str(report_id))
    return render_template("reports/report.html", report=report)


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


@blueprint.get("/<uuid:report_id>/objection")
def choose_workshop(report_id: uuid.UUID) -> ResponseReturnValue:
    """Return the objection form for the report's month; first a choice if several workshops have that month."""
    report = sessions.get_client().inquiry.get_discrepancy(str(report_id))
    month, year = report["month_jalali"], report["month_jalali"][:4]
    rows = list_rows()
    codes = list(dict.fromkeys(row["workshop_code"] for row in rows if row["month_jalali"] == month))
    if not codes:
        return redirect(url_for("objections.edit_missing_period", start=month, end=month, report=report_id))
    if len(codes) == 1:
        return redirect(url_for("objections.edit_days", workshop=codes[0], year=year, report=report_id))
    return render_template("reports/workshops.html", report=report, codes=codes, names=name_workshops(rows))
