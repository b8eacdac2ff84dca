"""«ورود مدیر سامانه» and the administrator's first page."""

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _

from gateway.portal import sessions
from gateway.portal.pages.signing_in import StaffSignIn, build_totp_field, show_staff_door
from govah_client.errors import ServiceUnavailable
from services.kit.version import read_revision, read_version

blueprint = Blueprint("admin", __name__, url_prefix="/admin")
guard = sessions.require_role(sessions.ADMIN)


class AdminSignIn(StaffSignIn):
    totp = build_totp_field(
        _("کد یک‌بارمصرف"),
        _("شش رقم از برنامه رمزساز. در اولین ورود خالی بگذارید؛ در صفحه بعد آن را فعال می‌کنید."),
    )


@blueprint.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    return show_staff_door(AdminSignIn(), sessions.ADMIN, url_for(".show_desk"), "admin/sign_in.html")


@blueprint.get("")
def show_desk() -> ResponseReturnValue:
    return guard() or render_template(
        "admin/desk.html",
        failed=_count_failed_letters(),
        version=read_version(),
        revision=read_revision()[:8],
    )


def _count_failed_letters() -> int | None:
    """Return how many letters have failed; None while it is unknown."""
    try:
        counters = sessions.get_client().disclosure.get_counters()
    except ServiceUnavailable:
        return None
    return sum(failure["count"] for failure in counters["failed"])
