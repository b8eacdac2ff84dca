"""Reports of institutions about months of letters: the institution and the person each see their side."""

import uuid
from typing import Any

import svcs

from services.inquiry import models, schemas
from services.inquiry.actions import discrepancies
from services.inquiry.actions.discrepancies import Reader, Report
from services.inquiry.actions.peppers import Peppers
from services.inquiry.routes.blueprint import blueprint
from services.inquiry.routes.inquiries import identify_inquirer
from services.kit.db import Sessions
from services.kit.http.access import get_caller
from services.kit.paging import PageQuery
from services.kit.problems import Forbidden


@blueprint.route("/discrepancies", methods=["POST"])
@blueprint.arguments(schemas.NewDiscrepancy)
@blueprint.response(201, schemas.Discrepancy)
def report_discrepancy(fields: dict[str, Any]) -> models.Discrepancy:
    """Report that a month of an answered letter differs from what the institution knows."""
    sessions, peppers = svcs.flask.get(Sessions, Peppers)
    institution_id = identify_inquirer().institution_id
    if institution_id is None:
        raise Forbidden
    with sessions.begin() as session:
        return discrepancies.report_discrepancy(
            session,
            peppers,
            institution_id=institution_id,
            inquiry_id=fields["inquiry_id"],
            month=fields["month_jalali"],
            text=fields["text"],
        )


@blueprint.route("/discrepancies", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, schemas.DiscrepancyPage)
def list_discrepancies(page: dict[str, Any]) -> dict[str, Any]:
    """List the reports of the calling institution, or those about the calling citizen, newest first."""
    sessions, peppers = svcs.flask.get(Sessions, Peppers)
    with sessions.begin() as session:
        reports, cursor = discrepancies.list_reports(session, peppers, _identify_reader(), **page)
    return {"items": reports, "next_cursor": cursor}


@blueprint.route("/discrepancies/<uuid:discrepancy_id>", methods=["GET"])
@blueprint.response(200, schemas.DiscrepancyReport)
def get_discrepancy(discrepancy_id: uuid.UUID) -> Report:
    """Return one report of the calling institution, or about the calling citizen."""
    sessions, peppers = svcs.flask.get(Sessions, Peppers)
    with sessions.begin() as session:
        return discrepancies.find_report(session, peppers, _identify_reader(), discrepancy_id)


@blueprint.route("/discrepancies/<uuid:discrepancy_id>/decline", methods=["POST"])
@blueprint.response(200, schemas.DiscrepancyReport)
def decline_discrepancy(discrepancy_id: uuid.UUID) -> Report:
    """Decline a report about oneself: the record is right."""
    sessions, peppers = svcs.flask.get(Sessions, Peppers)
    with sessions.begin() as session:
        return discrepancies.decline_report(session, peppers, get_caller().person_id, discrepancy_id)


def _identify_reader() -> Reader:
    caller = get_caller()
    if caller.role == "citizen":
        return Reader(person_id=caller.person_id)
    return Reader(institution_id=identify_inquirer().institution_id)
