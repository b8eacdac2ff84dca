"""«نمایندگان من» and «نمایندگی‌های من»: whom the reader has named, and for whom the reader may act."""

import uuid
from itertools import starmap

from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import RadioField, SelectChoice, SelectMultipleField, StringField

from gateway.portal import api, sessions
from gateway.portal.acting import begin_acting
from gateway.portal.forms import Form, NationalCodeField, open_form, require_input
from gateway.portal.pages.signing_in import build_password_field
from govah_client.errors import ApiError
from govah_client.pages import iterate
from govah_client.representatives import Mandate

blueprint = Blueprint("representatives", __name__)
blueprint.before_request(sessions.require_role(sessions.CITIZEN))
GIVEN = {
    "record": _("دیدن سوابق"),
    "letters": _("درخواست و دیدن نامه‌ها"),
    "permits": _("صدور و لغو مجوز استعلام"),
}
HINTS = {
    "record": _("روزها و دستمزدها"),
    "letters": _("هر نامه سوابق شما را نشان می‌دهد"),
    "permits": _("با مجوز، موسسه‌ها نامه شما را می‌بینند. نامه‌ها را هم می‌بیند."),
}
DAYS = {"7": _("یک هفته"), "30": _("یک ماه"), "90": _("سه ماه"), "365": _("یک سال")}


class NewRepresentative(Form):
    national_code = NationalCodeField(
        _("کد ملی نماینده"),
        description=_(
            "نماینده باید در سامانه حساب داشته باشد. دعوت شما را پس از ورود در «تامین اجتماعی من» می‌بیند."
        ),
        render_kw={"inputmode": "numeric", "dir": "ltr", "autocomplete": "off"},
    )
    label = StringField(
        _("نام نماینده"),
        description=_("آن‌گونه که او را صدا می‌کنید، مانند «پسرم علی». خودش این را نمی‌بیند."),
        validators=require_input(_("نام نماینده را بنویسید.")),
        render_kw={"maxlength": "60", "autocomplete": "off"},
    )
    name = StringField(
        _("نام شما"),
        description=_("نماینده شما را با این نام می‌شناسد."),
        validators=require_input(_("نام خود را بنویسید.")),
        render_kw={"maxlength": "60", "autocomplete": "name"},
    )
    scopes = SelectMultipleField(
        _("چه کارهایی به او می‌دهید؟"),
        choices=list(starmap(SelectChoice, GIVEN.items())),
        default=["record"],
        validate_choice=False,
    )
    valid_days = RadioField(
        _("تا کی؟"), choices=list(starmap(SelectChoice, DAYS.items())), default="30", validate_choice=False
    )
    password = build_password_field()

    def validate(self, **options: object) -> bool:
        """Return whether the fields are valid; something must be given, until some day."""
        is_valid = bool(super().validate(**options))
        if not set(self.scopes.data or ()) & GIVEN.keys():
            self.scopes.errors = [gettext("دست‌کم یک کار را انتخاب کنید.")]
            is_valid = False
        if self.valid_days.data not in DAYS:
            self.valid_days.errors = [gettext("یکی از مدت‌ها را انتخاب کنید.")]
            is_valid = False
        return is_valid

    def list_scopes(self) -> list[str]:
        """Return what is given; a permit is for a letter, so letters go with permits."""
        chosen = set(self.scopes.data or ())
        return [name for name in GIVEN if name in chosen or (name == "letters" and "permits" in chosen)]


@blueprint.get("/representatives")
def list_representatives() -> str:
    page = sessions.get_client().auth.list_representatives(**api.read_page_query())
    return render_template(
        "representatives/mine.html",
        representatives=page["items"],
        next_cursor=page["next_cursor"],
        given=GIVEN,
    )


@blueprint.route("/representatives/new", methods=["GET", "POST"])
def name_representative() -> ResponseReturnValue:
    form = open_form(NewRepresentative)
    if form.validate_on_submit():
        try:
            sessions.get_client().auth.create_representative(
                national_code=str(form.national_code.data),
                label=str(form.label.data),
                name=str(form.name.data),
                scopes=form.list_scopes(),
                valid_days=int(form.valid_days.data),
                password=str(form.password.data),
            )
        except ApiError as problem:
            if problem.code == "credentials-not-accepted":
                wrong = gettext("گذرواژه درست نیست. دوباره بنویسید.")
                problem.errors, problem.status = [{"field": "password", "message": wrong}], 422
            form.refuse(problem, 409, 422, 429)
        else:
            session["note"] = "representative-invited"
            return redirect(url_for(".list_representatives"), 303)
    return render_template("representatives/new.html", form=form, hints=HINTS)


@blueprint.post("/representatives/<uuid:mandate_id>/end")
def end_representative(mandate_id: uuid.UUID) -> ResponseReturnValue:
    sessions.get_client().auth.end_representative(str(mandate_id))
    session["note"] = "mandate-ended"
    return redirect(url_for(".list_representatives"), 303)


@blueprint.get("/mandates")
def list_mandates() -> str:
    page = sessions.get_client().auth.list_mandates(**api.read_page_query())
    return render_template(
        "representatives/received.html",
        mandates=page["items"],
        next_cursor=page["next_cursor"],
        given=GIVEN,
    )


@blueprint.post("/mandates/<uuid:mandate_id>/acceptance")
def accept_mandate(mandate_id: uuid.UUID) -> ResponseReturnValue:
    sessions.get_client().auth.accept_mandate(str(mandate_id))
    session["note"] = "mandate-accepted"
    return redirect(url_for(".list_mandates"), 303)


@blueprint.post("/mandates/<uuid:mandate_id>/end")
def end_mandate(mandate_id: uuid.UUID) -> ResponseReturnValue:
    sessions.get_client().auth.end_mandate(str(mandate_id))
    session["note"] = "mandate-ended"
    return redirect(url_for(".list_mandates"), 303)


@blueprint.post("/mandates/<uuid:mandate_id>/acting")
def start_acting(mandate_id: uuid.UUID) -> ResponseReturnValue:
    """Begin to act for the person of a mandate."""
    mandate = _find_mandate(mandate_id)
    if mandate is None:
        session["note"] = "acting-ended"
        return redirect(url_for(".list_mandates"), 303)
    begin_acting(mandate)
    return redirect(url_for("acting.show_person"), 303)


def _find_mandate(mandate_id: uuid.UUID) -> Mandate | None:
    """Return a mandate of the reader that has begun, None if it is over."""
    items = iterate(sessions.get_own_client().auth.list_mandates)
    return next((item for item in items if item["id"] == str(mandate_id) and item["person_id"]), None)
