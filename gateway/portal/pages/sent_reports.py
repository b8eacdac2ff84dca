"""«گزارش‌های مغایرت»: what an institution has reported, and what became of it."""

from flask import Blueprint, render_template

from gateway.portal import api, sessions

blueprint = Blueprint("sent_reports", __name__, url_prefix="/institution/discrepancies")
blueprint.before_request(sessions.require_role(sessions.INSTITUTION))


@blueprint.get("")
def list_reports() -> str:
    page = sessions.get_client().inquiry.list_discrepancies(**api.read_page_query())
    return render_template(
        "institution/sent_reports.html", reports=page["items"], next_cursor=page["next_cursor"]
    )
