"""«صدور مجوز استعلام»: permits, their code that is shown once, and their pause, resumption and revocation."""

import uuid
from datetime import UTC, datetime, timedelta
from itertools import starmap
from typing import Any

import segno
from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import Length

from gateway.portal import api, entries, sessions
from gateway.portal.forms import Form, WholeNumberField, open_form
from gateway.portal.pages.looks import group_looks
from gateway.portal.pages.representative_names import name_representatives
from govah_client.disclosure import InboxLetter
from govah_client.errors import ApiError, ServiceUnavailable
from govah_client.pages import iterate

blueprint = Blueprint("permits", __name__)
blueprint.before_request(sessions.require_role(sessions.CITIZEN))
# Seconds in which the page of a new code can be reloaded; the code is sealed, and deleted when it is noted.
CODE_LIFETIME = 10 * sessions.MINUTE
OTHER = "other"
LONGEST_LABEL = 60
DAYS = {
    "1": _("یک روز (۲۴ ساعت)"),
    "7": _("یک هفته (۷ روز)"),
    "30": _("یک ماه (۳۰ روز) – پیشنهادی"),
    "365": _("یک سال (۳۶۵ روز)"),
    OTHER: _("مدت دیگر"),
}


class NewPermit(Form):
    label = StringField(
        _("نام مجوز (اختیاری)"),
        description=_("برای خودتان، مانند «بانک ملت، وام مسکن». موسسه آن را نمی‌بیند."),
        filters=[lambda typed: typed.strip() if typed else typed],
        validators=[Length(max=LONGEST_LABEL, message=_("نام مجوز حداکثر ۶۰ نویسه است."))],
        render_kw={"autocomplete": "off"},
    )
    valid_days = RadioField(
        _("مدت اعتبار دسترسی به سابقه (ترجیحاً یک ماه)"),
        choices=list(starmap(SelectChoice, DAYS.items())),
        default="30",
        validate_choice=False,
    )
    other_days = WholeNumberField(_("تعداد روزها"), least=1, most=365)
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
        """The number of days, None if it is invalid."""
        if self.valid_days.data == OTHER:
            return self.other_days.data if isinstance(self.other_days.data, int) else None
        return int(self.valid_days.data) if self.valid_days.data in DAYS else None

    def validate(self, **options: Any) -> bool:
        """Return whether the fields are valid, each and together."""
        is_valid = bool(super().validate(**options))
        if self.days is None and not self.other_days.errors:
            field = self.other_days if self.valid_days.data == OTHER else self.valid_days
            field.errors = [gettext("مدت اعتبار را انتخاب کنید یا تعداد روزها را بنویسید.")]
            is_valid = False
        return is_valid


@blueprint.route("/inbox/<uuid:letter_id>/permit", methods=["GET", "POST"])
def issue_permit(letter_id: uuid.UUID) -> ResponseReturnValue:
    client, form = sessions.get_client(), open_form(NewPermit)
    letter = client.disclosure.get_letter(str(letter_id))
    institutions = {
        institution["id"]: institution["name"] for institution in iterate(client.inquiry.list_institutions)
    }
    form.institution_id.choices = [
        ("", gettext("هر موسسه‌ای با کد رمز")),
        *institutions.items(),
    ]
    if form.validate_on_submit():
        fields: dict[str, Any] = {
            "letter_id": str(letter_id),
            "valid_days": form.days,
            "max_views": form.max_views.data,
            "institution_id": form.institution_id.data or None,
            "label": form.label.data or None,
        }
        try:
            issued = client.inquiry.create_permit(**fields, idempotency_key=form.key)
        except ApiError as problem:
            if problem.code == "code-already-shown":
                return redirect(url_for(".show_code", permit_id=problem.document["permit_id"]), 303)
            form.refuse(problem, 409, 422, 429)
        else:
            entry = {**fields, **issued, "institution": institutions.get(form.institution_id.data)}
            entries.store_entry(f"code.{issued['id']}", entry, CODE_LIFETIME)
            return redirect(url_for(".show_code", permit_id=issued["id"]), 303)
    return render_template("permits/new.html", form=form, letter=letter, ends=_build_ends())


def _build_ends() -> dict[str, datetime]:
    """Return when a new permit ends, by the choice of its days."""
    now = datetime.now(UTC)
    return {days: now + timedelta(days=int(days)) for days in DAYS if days != OTHER}


@blueprint.get("/permits/<uuid:permit_id>/code")
def show_code(permit_id: uuid.UUID) -> ResponseReturnValue:
    entry = entries.load_entry(f"code.{permit_id}")
    if entry is not None and _is_revoked(permit_id):
        entries.delete_entry(f"code.{permit_id}")
        return redirect(url_for(".show_permit", permit_id=permit_id))
    if entry is None:
        session["note"] = "code-gone"
        return redirect(url_for(".show_permit", permit_id=permit_id))
    # Only the panel's address: programs that scan QR codes store, preview and report their content.
    # It is the configured one: the host that a request names may be forged.
    panel = current_app.config["PUBLIC_URL"] + url_for("institution.show_panel")
    picture = segno.make(panel, error="m", micro=False).svg_data_uri(scale=4, border=4, light="#fff")
    return render_template("permits/code.html", issued=entry, panel=panel, picture=picture)


def _is_revoked(permit_id: uuid.UUID) -> bool:
    """Return whether a permit was revoked meanwhile, as from another browser; False while inquiry is down."""
    try:
        return bool(sessions.get_client().inquiry.get_permit(str(permit_id))["state"] == "revoked")
    except ServiceUnavailable:
        # The code cannot be shown a second time, so it is shown now.
        return False


@blueprint.post("/permits/<uuid:permit_id>/code")
def delete_code(permit_id: uuid.UUID) -> ResponseReturnValue:
    entries.delete_entry(f"code.{permit_id}")
    return redirect(url_for(".show_permit", permit_id=permit_id), 303)


@blueprint.get("/permits")
def list_permits() -> str:
    page = sessions.get_client().inquiry.list_permits(**api.read_page_query())
    return render_template("permits/permits.html", permits=page["items"], next_cursor=page["next_cursor"])


@blueprint.get("/permits/<uuid:permit_id>")
def show_permit(permit_id: uuid.UUID) -> str:
    inquiry = sessions.get_client().inquiry
    page = inquiry.list_views(str(permit_id), **api.read_page_query())
    looks = {"items": group_looks(page["items"]), "next_cursor": page["next_cursor"]}
    permit = inquiry.get_permit(str(permit_id))
    letter = _find_letter(permit["letter_id"])
    issued_by = permit.get("issued_by")
    issuer = name_representatives([issued_by]).get(issued_by or "")
    return render_template("permits/permit.html", permit=permit, letter=letter, looks=looks, issuer=issuer)


def _find_letter(letter_id: str) -> InboxLetter | None:
    """Return the letter of a permit, for the note on it; None while disclosure is unavailable."""
    try:
        return sessions.get_client().disclosure.get_letter(letter_id)
    except ServiceUnavailable:
        return None


@blueprint.post("/permits/<uuid:permit_id>/<any(pause, resume):change>")
def change_state(permit_id: uuid.UUID, change: str) -> ResponseReturnValue:
    try:
        inquiry = sessions.get_client().inquiry
        act = inquiry.pause_permit if change == "pause" else inquiry.resume_permit
        act(str(permit_id))
        session["note"] = f"permit-{change}d"
    except ApiError as problem:
        if problem.code != "permit-over":
            raise
        session["note"] = "permit-over"
    return redirect(url_for(".show_permit", permit_id=permit_id), 303)


@blueprint.route("/permits/<uuid:permit_id>/revocation", methods=["GET", "POST"])
def revoke_permit(permit_id: uuid.UUID) -> ResponseReturnValue:
    """Return «لغو مجوز استعلام», with a confirmation, since it cannot be undone."""
    inquiry = sessions.get_client().inquiry
    if request.method == "POST":
        inquiry.revoke_permit(str(permit_id))
        entries.delete_entry(f"code.{permit_id}")
        session["note"] = "permit-revoked"
        return redirect(url_for(".show_permit", permit_id=permit_id), 303)
    return render_template("permits/revoke.html", permit=inquiry.get_permit(str(permit_id)))
