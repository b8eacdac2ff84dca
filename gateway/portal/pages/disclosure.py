"""«اعلام سابقه به موسسات»: choosing, agreeing, and following the request until the letter is there."""

import uuid
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import HiddenField, SelectChoice, SelectMultipleField, TextAreaField
from wtforms.validators import Length, ValidationError

from gateway.portal import sessions
from gateway.portal.api import Problem
from gateway.portal.forms import Form, opened, required
from gateway.portal.show import types, write_hints
from services.kit.statement_types import StatementType

blueprint = Blueprint("disclosure", __name__, url_prefix="/disclosure")
blueprint.before_request(sessions.demand(sessions.CITIZEN))
REQUESTS = "/api/v1/disclosure/requests"
# Seconds that a choice waits for the agreement.
CHOSEN_FOR = 30 * sessions.MINUTE
LONGEST_NOTE = 500
MOVING = frozenset({"queued", "rendering"})


def _known(_form: Form, field: SelectMultipleField) -> None:
    if not set(field.data) <= set(StatementType):
        raise ValidationError(gettext("از نوع‌های زیر انتخاب کنید."))


def _type_choices() -> list[SelectChoice]:
    return [SelectChoice(kind.value, types([kind])) for kind in StatementType]


class Choice(Form):
    types = SelectMultipleField(
        _("نوع درخواست"),
        choices=_type_choices,
        description=_("موسسه همه جدول‌های این نامه را می‌بیند؛ دستمزد را فقط اگر لازم است انتخاب کنید."),
        validators=[*required(_("دست‌کم یک نوع را انتخاب کنید.")), _known],
        validate_choice=False,
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
    agreement_version = HiddenField()


@blueprint.route("", methods=["GET", "POST"])
def choose() -> ResponseReturnValue:
    form = opened(Choice, types=request.args.getlist("types"))
    if form.validate_on_submit():
        chosen = [kind.value for kind in StatementType if kind in form.types.data]
        # Whoever comes back to the agreement and agrees again asks for the same letter, not for another.
        choice = {"types": ",".join(chosen), "note": form.note.data, "once": form.once.data}
        sessions.keep("choice", choice, CHOSEN_FOR)
        return redirect(url_for(".agree"), 303)
    record = sessions.me().get("/api/v1/records/me")
    return render_template(
        "disclosure/choose.html", form=form, record=record, hints=write_hints(record["totals"])
    )


@blueprint.route("/agreement", methods=["GET", "POST"])
def agree() -> ResponseReturnValue:
    form = opened(Consent, **(sessions.kept("choice") or {}))
    if not form.types.data:
        return redirect(url_for(".choose"), 303)
    if form.validate_on_submit():
        try:
            queued = sessions.me().post(REQUESTS, _wanted(form), key=form.key)
        except Problem as problem:
            form.refuse(problem, 409, 422, 429)
        else:
            return redirect(url_for(".status", request_id=queued["id"]), 303)
    agreement = sessions.me().get("/api/v1/disclosure/agreement")
    # What is agreed to next is what is shown now, not what was shown before.
    form.agreement_version.data = agreement["version"]
    return render_template("disclosure/agreement.html", form=form, types=_types(form), agreement=agreement)


def _types(form: Consent) -> list[str]:
    return list(filter(None, (form.types.data or "").split(",")))


def _wanted(form: Consent) -> dict[str, Any]:
    version = str(form.agreement_version.data)
    return {
        "types": _types(form),
        "note": form.note.data or None,
        "agreed": True,
        # What is no number is no version either: the service answers that there is a newer one.
        "agreement_version": int(version) if version.isdecimal() and len(version) < 10 else 0,
    }


@blueprint.get("/requests/<uuid:request_id>")
def status(request_id: uuid.UUID) -> str:
    asked = sessions.me().get(f"{REQUESTS}/{request_id}")
    return render_template("disclosure/status.html", asked=asked, moving=asked["status"] in MOVING)


@blueprint.get("/requests/<uuid:request_id>/state")
def state(request_id: uuid.UUID) -> dict[str, Any]:
    """Where the request stands and how the page shows it, for the script that asks again and again."""
    asked = sessions.me().get(f"{REQUESTS}/{request_id}")
    moving = asked["status"] in MOVING
    shown = render_template("disclosure/progress.html", asked=asked, moving=moving)
    return {"state": asked["status"], "moving": moving, "shown": shown}


@blueprint.post("/requests/<uuid:request_id>/retry")
def retry(request_id: uuid.UUID) -> ResponseReturnValue:
    try:
        sessions.me().post(f"{REQUESTS}/{request_id}/retry")
    except Problem as problem:
        # Pressed twice, or queued again by an officer meanwhile: it is on its way.
        if problem.code != "not-failed":
            raise
    return redirect(url_for(".status", request_id=request_id), 303)
