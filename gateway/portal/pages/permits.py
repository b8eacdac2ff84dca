"""«صدور مجوز استعلام»: permits, their code that is shown once, and what their owner does with them."""

import uuid
from datetime import UTC, datetime, timedelta
from itertools import starmap
from typing import Any

import segno
from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import RadioField, SelectChoice, SelectField

from gateway.portal import sessions
from gateway.portal.api import Problem, Unavailable
from gateway.portal.forms import Form, WholeNumberField, opened

blueprint = Blueprint("permits", __name__)
blueprint.before_request(sessions.demand(sessions.CITIZEN))
PERMITS = "/api/v1/inquiry/permits"
# Seconds in which the page of a new code can be reloaded; sealed, and gone once it is said to be noted.
CODE_KEPT = 10 * sessions.MINUTE
OTHER = "other"
DAYS = {
    "1": _("یک روز (۲۴ ساعت)"),
    "7": _("یک هفته (۷ روز)"),
    "30": _("یک ماه (۳۰ روز) – پیشنهادی"),
    "365": _("یک سال (۳۶۵ روز)"),
    OTHER: _("مدت دیگر"),
}


class NewPermit(Form):
    valid_days = RadioField(
        _("مدت اعتبار دسترسی به سابقه (ترجیحاً یک ماه)"),
        choices=list(starmap(SelectChoice, DAYS.items())),
        default="30",
        validate_choice=False,
    )
    other_days = WholeNumberField(_("شمار روزها"), least=1, most=365)
    max_views = WholeNumberField(
        _("بیشترین تعداد مشاهده (اختیاری)"),
        least=1,
        most=1000,
        description=_("اگر خالی بماند، تا پایان اعتبار هر چند بار دیده می‌شود."),
    )
    institution_id = SelectField(
        _("تنها برای این موسسه (اختیاری)"),
        description=_("اگر انتخاب کنید، تنها همین موسسه، پس از «ورود موسسه»، نامه را می‌بیند."),
        validate_choice=False,
    )

    @property
    def days(self) -> int | None:
        """How many days were chosen, None when that cannot be read."""
        if self.valid_days.data == OTHER:
            return self.other_days.data if isinstance(self.other_days.data, int) else None
        return int(self.valid_days.data) if self.valid_days.data in DAYS else None

    def validate(self, **options: Any) -> bool:
        """Whether the fields are right, one by one and together."""
        fine = bool(super().validate(**options))
        if self.days is None and not self.other_days.errors:
            field = self.other_days if self.valid_days.data == OTHER else self.valid_days
            field.errors = [gettext("مدت اعتبار را انتخاب کنید یا شمار روزها را بنویسید.")]
            fine = False
        return fine


@blueprint.route("/inbox/<uuid:letter_id>/permit", methods=["GET", "POST"])
def issue(letter_id: uuid.UUID) -> ResponseReturnValue:
    me, form = sessions.me(), opened(NewPermit)
    letter = me.get(f"/api/v1/disclosure/inbox/{letter_id}")
    institutions = {one["id"]: one["name"] for one in me.items("/api/v1/inquiry/institutions")}
    form.institution_id.choices = [
        ("", gettext("هر موسسه‌ای با کد رمز")),
        *institutions.items(),
    ]
    if form.validate_on_submit():
        wanted = {
            "letter_id": str(letter_id),
            "valid_days": form.days,
            "max_views": form.max_views.data,
            "institution_id": form.institution_id.data or None,
        }
        try:
            issued = me.post(PERMITS, wanted, key=form.key)
        except Problem as problem:
            if problem.code == "code-already-shown":
                return redirect(url_for(".code", permit_id=problem.document["permit_id"]), 303)
            form.refuse(problem, 409, 422, 429)
        else:
            told = {**wanted, **issued, "institution": institutions.get(form.institution_id.data)}
            sessions.keep(f"code.{issued['id']}", told, CODE_KEPT)
            return redirect(url_for(".code", permit_id=issued["id"]), 303)
    return render_template("permits/new.html", form=form, letter=letter, ends=_ends())


def _ends() -> dict[str, datetime]:
    """When a permit of now ends, by the choice of its days."""
    now = datetime.now(UTC)
    return {days: now + timedelta(days=int(days)) for days in DAYS if days != OTHER}


@blueprint.get("/permits/<uuid:permit_id>/code")
def code(permit_id: uuid.UUID) -> ResponseReturnValue:
    told = sessions.kept(f"code.{permit_id}")
    if told is not None and _is_revoked(permit_id):
        sessions.let_go(f"code.{permit_id}")
        return redirect(url_for(".permit", permit_id=permit_id))
    if told is None:
        session["note"] = "code-gone"
        return redirect(url_for(".permit", permit_id=permit_id))
    # The panel's address and nothing else: what scans a QR code keeps, previews and reports what is in it.
    # It is the configured one: the host that a request names may be anybody's.
    panel = current_app.config["PUBLIC_URL"] + url_for("institution.panel")
    picture = segno.make(panel, error="m", micro=False).svg_data_uri(scale=4, border=4, light="#fff")
    return render_template("permits/code.html", told=told, panel=panel, picture=picture)


def _is_revoked(permit_id: uuid.UUID) -> bool:
    """Whether it was revoked meanwhile, as from another browser; no, where that cannot be asked."""
    try:
        return bool(sessions.me().get(f"{PERMITS}/{permit_id}")["state"] == "revoked")
    except Unavailable:
        # Nobody sees the code a second time: it is shown.
        return False


@blueprint.post("/permits/<uuid:permit_id>/code")
def noted(permit_id: uuid.UUID) -> ResponseReturnValue:
    sessions.let_go(f"code.{permit_id}")
    return redirect(url_for(".permit", permit_id=permit_id), 303)


@blueprint.get("/permits")
def permits() -> str:
    page = sessions.me().page(PERMITS)
    return render_template("permits/permits.html", permits=page["items"], next_cursor=page["next_cursor"])


@blueprint.get("/permits/<uuid:permit_id>")
def permit(permit_id: uuid.UUID) -> str:
    me, path = sessions.me(), f"{PERMITS}/{permit_id}"
    looks = me.page(f"{path}/views")
    return render_template("permits/permit.html", permit=me.get(path), looks=looks)


@blueprint.post("/permits/<uuid:permit_id>/<any(pause, resume):change>")
def change(permit_id: uuid.UUID, change: str) -> ResponseReturnValue:
    try:
        sessions.me().post(f"{PERMITS}/{permit_id}/{change}")
        session["note"] = f"permit-{change}d"
    except Problem as problem:
        if problem.code != "permit-over":
            raise
        session["note"] = "permit-over"
    return redirect(url_for(".permit", permit_id=permit_id), 303)


@blueprint.route("/permits/<uuid:permit_id>/revocation", methods=["GET", "POST"])
def revoke(permit_id: uuid.UUID) -> ResponseReturnValue:
    """«لغو مجوز استعلام», asked once more, since it cannot be undone."""
    me, path = sessions.me(), f"{PERMITS}/{permit_id}"
    if request.method == "POST":
        me.delete(path)
        sessions.let_go(f"code.{permit_id}")
        session["note"] = "permit-revoked"
        return redirect(url_for(".permit", permit_id=permit_id), 303)
    return render_template("permits/revoke.html", permit=me.get(path))
