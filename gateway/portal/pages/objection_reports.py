"""Objections that come of an institution's report: the report that a form names, its quotation and its id."""

import uuid
from typing import cast

from flask import request
from flask_babel import gettext
from werkzeug.exceptions import NotFound

from gateway.portal import sessions
from govah_client.inquiry import DiscrepancyReport
from govah_client.objections import NewObjection, Objection


def find_report() -> DiscrepancyReport | None:
    """Return the report that the form's address names, None without one. Raises NotFound."""
    named = request.args.get("report")
    if not named:
        return None
    try:
        report_id = uuid.UUID(named)
    except ValueError as error:
        raise NotFound from error
    return sessions.get_client().inquiry.get_discrepancy(str(report_id))


def quote_report(report: DiscrepancyReport | None, text: str | None) -> str | None:
    """Return the text of a draft with a quotation of the report, which the person may change."""
    if report is None:
        return text
    words = {"institution": report["institution"], "text": report["text"]}
    quotation = str(gettext("موسسه %(institution)s گزارش کرد: %(text)s", **words))
    if not text:
        return quotation
    return text if report["text"] in text else f"{text}\n{quotation}"


def name_reports(
    claim: NewObjection, report: DiscrepancyReport | None, undecided: Objection | None
) -> NewObjection:
    """Return the claim with the reports that its draft has named so far and the one of this form."""
    named = list(undecided.get("discrepancy_ids", [])) if undecided else []
    if report and report["id"] not in named:
        named.append(report["id"])
    return cast("NewObjection", {**claim, "discrepancy_ids": named}) if named else claim
