"""«ورود کارشناس» and the officer's first page.

Pages that show stored entries without a call to a service call `check_live_session`.
"""

from contextlib import suppress

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from gateway.portal import sessions
from gateway.portal.pages.signing_in import StaffSignIn, build_totp_field, enter, show_door
from govah_client.errors import ApiError, ServiceUnavailable

blueprint = Blueprint("officer", __name__, url_prefix="/officer")
# The most that one page of the API has.
MOST_COUNTED = 200
guard = sessions.require_role(sessions.OFFICER)


class OfficerSignIn(StaffSignIn):
    totp = build_totp_field(
        _("کد یک‌بارمصرف (اگر دارید)"),
        _("شش رقمی که برنامه رمزساز نشان می‌دهد؛ اگر برای حساب شما فعال نیست، خالی بگذارید."),
    )


@blueprint.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    form = OfficerSignIn()
    wrong = gettext("نام کاربری، گذرواژه یا کد یک‌بارمصرف درست نیست. آن‌ها را بررسی کنید.")
    entered = form.validate_on_submit() and enter(
        form, sessions.OFFICER, url_for(".show_desk"), not_accepted=wrong
    )
    form.totp.data = ""
    return entered or show_door("officer/sign_in.html", form)


@blueprint.get("")
def show_desk() -> ResponseReturnValue:
    return guard() or render_template("officer/desk.html", waiting=_count_waiting_proposals())


def _count_waiting_proposals() -> int:
    """Return how many proposals the officer could decide about, up to MOST_COUNTED; 0 if it is unknown."""
    try:
        page = sessions.get_client().records.list_proposals(status="proposed", limit=MOST_COUNTED)
    except ServiceUnavailable:
        return 0
    except ApiError as problem:
        # An officer without the scopes of proposals.
        if problem.status != 403:
            raise
        return 0
    me = sessions.get_subject()
    return sum(one["kind"] != "objection-decision" and one["proposed_by"] != me for one in page["items"])


def check_live_session() -> None:
    """Raise ApiError 401 if services no longer accept the officer's token, but not while records is down."""
    # Only citizens may read it: records checks an officer's token and answers 403.
    with suppress(ServiceUnavailable):
        try:
            sessions.get_client().records.get_me()
        except ApiError as problem:
            if problem.status != 403:
                raise
