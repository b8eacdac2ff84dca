"""The choice between two accounts of one person, whom officers have found to be one."""

import uuid

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _
from wtforms import StringField

from gateway.portal import api, sessions
from gateway.portal.forms import Form, open_form, require_input
from gateway.portal.pages.admin.desk import guard
from govah_client.administration import AccountChoice
from govah_client.errors import ApiError
from govah_client.pages import Page

blueprint = Blueprint("admin_accounts", __name__, url_prefix="/admin/closed-accounts")
blueprint.before_request(guard)
UNKNOWN = "closed-account-unknown"


class Search(Form):
    mobile_ends = StringField(
        _("چهار رقم آخر شماره همراه"),
        description=_("شماره همراه هر یک از دو حساب."),
        render_kw={"dir": "ltr", "inputmode": "numeric", "autocomplete": "off"},
    )


class Choice(Form):
    reason = StringField(
        _("علت"),
        description=_("در رویدادهای مدیریت می‌ماند. نام و شماره اشخاص را ننویسید."),
        validators=require_input(_("علت را بنویسید.")),
        render_kw={"dir": "auto", "maxlength": 200},
    )


@blueprint.get("")
def list_closed_accounts() -> str:
    form = Search(request.args, meta={"csrf": False})
    typed = (form.mobile_ends.data or "").strip()
    page: Page[AccountChoice] = {"items": [], "next_cursor": None}
    try:
        auth = sessions.get_client().auth
        page = auth.list_closed_accounts(mobile_ends=typed or None, **api.read_page_query())
    except ApiError as problem:
        form.refuse(problem, 422)
    return render_template(
        "admin/closed_accounts.html",
        form=form,
        items=page["items"],
        next_cursor=page["next_cursor"],
        wanted={"mobile_ends": typed} if typed else {},
    )


@blueprint.route("/<uuid:closed_id>", methods=["GET", "POST"])
def choose_closed_account(closed_id: uuid.UUID) -> ResponseReturnValue:
    auth = sessions.get_client().auth
    form = open_form(Choice)
    try:
        if form.validate_on_submit():
            auth.choose_closed_account(str(closed_id), str(form.reason.data))
            session["note"] = "account-chosen"
            return redirect(url_for(".list_closed_accounts"), 303)
    except ApiError as problem:
        if problem.code != UNKNOWN:
            form.refuse(problem, 422)
    try:
        choice = auth.get_closed_account(str(closed_id))
    except ApiError as problem:
        if problem.code != UNKNOWN:
            raise
        session["note"] = "account-not-closed"
        return redirect(url_for(".list_closed_accounts"), 303)
    return render_template("admin/closed_account.html", form=form, choice=choice)
