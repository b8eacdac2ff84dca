"""«استعلام‌های من»: what a clerk has inquired in 30 days; a manager sees the whole institution's."""

from typing import cast, get_args

from flask import Blueprint, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from gateway.portal import api, sessions
from govah_client.errors import ApiError
from govah_client.inquiry import InquiryResult

blueprint = Blueprint("sent_inquiries", __name__, url_prefix="/institution/inquiries")
blueprint.before_request(sessions.require_role(sessions.INSTITUTION))

RESULTS = {
    "answered": _("نامه نشان داده شد"),
    "code-not-accepted": _("پذیرفته نشد"),
    "permit-expired": _("اعتبار مجوز پایان یافته است"),
    "permit-revoked": _("مجوز لغو شده است"),
    "permit-used-up": _("تعداد مشاهده پایان یافته است"),
    "permit-paused": _("مجوز متوقف است"),
    "letter-revoked": _("نامه باطل شده است"),
}


@blueprint.get("")
def list_inquiries() -> str:
    chosen = request.args.get("result", "")
    result = cast("InquiryResult", chosen) if chosen in get_args(InquiryResult) else None
    reference = request.args.get("reference", "").strip()
    items, next_cursor, mistake = [], None, None
    try:
        page = sessions.get_client().inquiry.list_inquiries(
            result=result, reference=reference or None, **api.read_page_query()
        )
        items, next_cursor = page["items"], page["next_cursor"]
    except ApiError as problem:
        wrong = [error for error in problem.errors if error.get("field") == "reference"]
        if problem.status != 422 or not wrong:
            raise
        mistake = wrong[0].get("message") or gettext("شماره ارجاع درست نیست.")
    return render_template(
        "institution/sent_inquiries.html",
        inquiries=items,
        next_cursor=next_cursor,
        results=RESULTS,
        result=result or "",
        reference=reference,
        mistake=mistake,
    )
