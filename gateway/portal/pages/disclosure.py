"""«اعلام سابقه به موسسات»: choosing, agreeing, and following the request until the letter is there."""

import uuid
from typing import Any, cast

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import (
    HiddenField,
    RadioField,
    SelectChoice,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Length, ValidationError

from gateway.portal import entries, sessions
from gateway.portal.forms import Form, open_form, require_input
from gateway.portal.show import format_types, write_hints
from govah_client.disclosure import LetterLanguage, QueuedRequest, Quota
from govah_client.errors import ApiError, ServiceUnavailable
from govah_client.statements import StatementType as TypeName
from services.kit.latin_names import parse_latin_name
from services.kit.statement_types import StatementType

blueprint = Blueprint("disclosure", __name__, url_prefix="/disclosure")
blueprint.before_request(sessions.require_role(sessions.CITIZEN))
# Seconds that a choice waits for the agreement.
CHOSEN_FOR = 30 * sessions.MINUTE
LONGEST_NOTE = 500
PERSIAN: LetterLanguage = "fa"
BILINGUAL: LetterLanguage = "fa-en"
MOVING = frozenset({"queued", "rendering"})


def _check_types(_form: Form, field: SelectMultipleField) -> None:
    if not set(field.data) <= set(StatementType):
        raise ValidationError(gettext("از نوع‌های زیر انتخاب کنید."))


def _check_language(_form: Form, field: RadioField) -> None:
    if field.data not in {PERSIAN, BILINGUAL}:
        raise ValidationError(gettext("زبان نامه را انتخاب کنید."))


def _check_latin_name(form: Form, field: StringField) -> None:
    try:
        name = parse_latin_name(field.data or "")
    except ValueError:
        raise ValidationError(
            gettext(
                "نام لاتین را مانند گذرنامه بنویسید: "
                "فقط حروف A تا Z، فاصله، خط تیره یا آپاستروف؛ حداکثر ۶۰ نویسه."
            )
        ) from None
    if name and form["language"].data != BILINGUAL:
        raise ValidationError(
            gettext("برای چاپ نام لاتین «فارسی و انگلیسی» را انتخاب کنید، یا نام را پاک کنید.")
        )


def _build_choices() -> list[SelectChoice]:
    return [SelectChoice(kind.value, format_types([kind])) for kind in StatementType]


class Choice(Form):
    types = SelectMultipleField(
        _("نوع درخواست"),
        choices=_build_choices,
        description=_("موسسه همه جدول‌های این نامه را می‌بیند؛ دستمزد را فقط اگر لازم است انتخاب کنید."),
        validators=[*require_input(_("دست‌کم یک نوع را انتخاب کنید.")), _check_types],
        validate_choice=False,
    )
    language = RadioField(
        _("زبان نامه"),
        choices=[SelectChoice(PERSIAN, _("فارسی")), SelectChoice(BILINGUAL, _("فارسی و انگلیسی"))],
        # Also of a page that was opened before there was a choice.
        default=PERSIAN,
        validators=[_check_language],
        validate_choice=False,
    )
    latin_name = StringField(
        _("نام و نام خانوادگی به حروف لاتین (اختیاری)"),
        description=_(
            "مانند گذرنامه. در نامه فارسی و انگلیسی چاپ می‌شود، با این توضیح که املای خود شماست. "
            "اگر ننویسید، برنامه نام شما را حرف به حرف برمی‌گرداند."
        ),
        validators=[_check_latin_name],
        render_kw={"dir": "ltr", "lang": "en", "autocomplete": "off", "spellcheck": "false"},
    )
    note = TextAreaField(
        _("یادداشت (اختیاری)"),
        description=_("برای خودتان، تا بعداً بدانید نامه برای کجاست. در نامه چاپ نمی‌شود."),
        validators=[Length(max=LONGEST_NOTE, message=_("یادداشت حداکثر ۵۰۰ نویسه است."))],
        render_kw={"rows": 2},
    )


class Consent(Form):
    types = HiddenField()
    note = HiddenField()
    language = HiddenField()
    latin_name = HiddenField()
    agreement_version = HiddenField()


@blueprint.route("", methods=["GET", "POST"])
def choose_types() -> ResponseReturnValue:
    form = open_form(Choice, **_load_choice())
    if form.validate_on_submit():
        chosen = [kind.value for kind in StatementType if kind in form.types.data]
        # Agreeing a second time requests the same letter again, not another one.
        choice = {
            "types": ",".join(chosen),
            "note": form.note.data,
            "language": form.language.data,
            "latin_name": parse_latin_name(form.latin_name.data or "") or "",
            "once": form.once.data,
        }
        entries.store_entry("choice", choice, CHOSEN_FOR)
        return redirect(url_for(".confirm_agreement"), 303)
    signed_in = sessions.load_session()
    if signed_in and not signed_in.is_given("record"):
        return render_template("disclosure/choose.html", form=form, record=None, hints={})
    record = sessions.get_client().records.get_me()
    return render_template(
        "disclosure/choose.html",
        form=form,
        record=record,
        hints=write_hints(record["totals"]),
        quota=_read_quota(),
    )


def _load_choice() -> dict[str, Any]:
    """Return the types and language of the address, or the language of the choice that is being changed."""
    types, language = request.args.getlist("types"), request.args.get("language")
    if language:
        return {"types": types, "language": language}
    choice = (entries.load_entry("choice") or {}) if types else {}
    return {"types": types, **{name: choice[name] for name in ("language", "latin_name") if name in choice}}


@blueprint.route("/agreement", methods=["GET", "POST"])
def confirm_agreement() -> ResponseReturnValue:
    form = open_form(Consent, **(entries.load_entry("choice") or {}))
    if not form.types.data:
        return redirect(url_for(".choose_types"), 303)
    if form.validate_on_submit():
        try:
            queued = _create_request(form)
        except ApiError as problem:
            form.refuse(problem, 409, 422, 429)
        else:
            return redirect(url_for(".show_status", disclosure_id=queued["id"]), 303)
    agreement = sessions.get_client().disclosure.get_agreement()
    # The agreement that is shown now is the one to agree to, not the one that was shown before.
    form.agreement_version.data = agreement["version"]
    return render_template(
        "disclosure/agreement.html",
        form=form,
        types=_list_types(form),
        agreement=agreement,
        quota=_read_quota(),
    )


def _read_quota() -> Quota | None:
    """Return how many letters can still be requested, None while the service cannot tell."""
    try:
        return sessions.get_client().disclosure.get_quota()
    except ServiceUnavailable:
        return None
    except ApiError as problem:
        # A disclosure of the previous release has no such call.
        if problem.status != 404:
            raise
        return None


def _list_types(form: Consent) -> list[TypeName]:
    return cast("list[TypeName]", list(filter(None, (form.types.data or "").split(","))))


def _create_request(form: Consent) -> QueuedRequest:
    """Return the new request. Raises ApiError."""
    version = str(form.agreement_version.data)
    return sessions.get_client().disclosure.create_request(
        _list_types(form),
        # To the service an invalid version is an old one.
        int(version) if version.isdecimal() and len(version) < 10 else 0,
        note=form.note.data or None,
        language=BILINGUAL if form.language.data == BILINGUAL else PERSIAN,
        latin_name=form.latin_name.data or None,
        idempotency_key=form.key,
    )


@blueprint.get("/requests/<uuid:disclosure_id>")
def show_status(disclosure_id: uuid.UUID) -> str:
    disclosure_request = sessions.get_client().disclosure.get_request(str(disclosure_id))
    return render_template(
        "disclosure/status.html",
        disclosure_request=disclosure_request,
        moving=disclosure_request["status"] in MOVING,
    )


@blueprint.get("/requests/<uuid:disclosure_id>/state")
def get_state(disclosure_id: uuid.UUID) -> dict[str, Any]:
    """Return the state of the request and its part of the page, for the script that polls."""
    disclosure_request = sessions.get_client().disclosure.get_request(str(disclosure_id))
    moving = disclosure_request["status"] in MOVING
    progress = render_template(
        "disclosure/progress.html", disclosure_request=disclosure_request, moving=moving
    )
    return {"state": disclosure_request["status"], "moving": moving, "shown": progress}


@blueprint.post("/requests/<uuid:disclosure_id>/retry")
def retry_request(disclosure_id: uuid.UUID) -> ResponseReturnValue:
    try:
        sessions.get_client().disclosure.retry_request(str(disclosure_id))
    except ApiError as problem:
        # A double click, or an officer has queued it again meanwhile.
        if problem.code != "not-failed":
            raise
    return redirect(url_for(".show_status", disclosure_id=disclosure_id), 303)
