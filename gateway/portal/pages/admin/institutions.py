"""Institutions: name, contact, purposes, limits; whether they may inquire."""

import uuid
from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.exceptions import NotFound
from wtforms import BooleanField, StringField, TextAreaField

from gateway.portal import api, entries, sessions
from gateway.portal.forms import Form, WholeNumberField, open_form, require_input
from gateway.portal.pages.admin.desk import guard
from gateway.portal.pages.admin.officers import Act
from govah_client.administration import Institution
from govah_client.errors import ApiError

blueprint = Blueprint("admin_institutions", __name__, url_prefix="/admin/institutions")
blueprint.before_request(guard)
DOUBLE_CLICK = 60
MOST_REQUESTS = 1_000_000


class InstitutionForm(Form):
    name = StringField(
        _("نام موسسه"),
        description=_("بیمه‌شدگان این نام را در گزارش مشاهده‌ها می‌بینند."),
        validators=require_input(_("نام موسسه را بنویسید.")),
        render_kw={"autocomplete": "off"},
    )
    contact = StringField(
        _("راه تماس (اختیاری)"),
        description=_("نشانی یا تلفنی که بیمه‌شدگان می‌بینند."),
        render_kw={"autocomplete": "off"},
    )
    contact_mobile = StringField(
        _("تلفن همراه رابط (اختیاری)"),
        description=_("اگر بیشتر استعلام‌های موسسه ناموفق شود، به این شماره هشدار پیامک می‌شود."),
        render_kw={"inputmode": "tel", "dir": "ltr", "autocomplete": "off"},
    )
    purposes = TextAreaField(
        _("هدف‌های استعلام (اختیاری)"),
        description=_("هر هدف در یک سطر: کد | فارسی | انگلیسی؛ مانند loan | پرداخت وام | Loan"),
        render_kw={"rows": 4, "dir": "auto", "autocomplete": "off"},
    )
    return_urls = TextAreaField(
        _("نشانی‌های بازگشت (اختیاری)"),
        description=_("هر نشانی در یک سطر، با https؛ آخرین صفحه بیمه‌شده می‌تواند به آن پیوند داشته باشد."),
        render_kw={"rows": 2, "dir": "ltr", "autocomplete": "off"},
    )
    daily_quota = WholeNumberField(
        _("حداکثر درخواست در روز (اختیاری)"),
        least=1,
        most=MOST_REQUESTS,
        description=_("اگر خالی بماند، حد معمول سامانه به کار می‌رود."),
    )
    verified = BooleanField(_("هویت موسسه تایید شده است"))

    def read_details(self) -> dict[str, Any] | None:
        """Return what auth takes, None if a line of the purposes cannot be read."""
        purposes = []
        for line in filter(str.strip, (self.purposes.data or "").splitlines()):
            parts = [part.strip() for part in line.split("|")]
            if len(parts) != 3:
                self.purposes.errors = [
                    gettext(
                        "هر سطر سه بخش دارد: کد | فارسی | انگلیسی. سطر «%(line)s» را درست کنید.", line=line
                    )
                ]
                return None
            purposes.append(dict(zip(("code", "fa", "en"), parts, strict=True)))
        return {
            "contact": (self.contact.data or "").strip() or None,
            "contact_mobile": (self.contact_mobile.data or "").strip() or None,
            "purposes": purposes,
            "return_urls": (self.return_urls.data or "").split(),
            "daily_quota": self.daily_quota.data,
            "verified": bool(self.verified.data),
        }

    def show_refusal(self, problem: ApiError) -> None:
        """Show auth's refusal beside the fields; errors of a line are those of its field."""
        if problem.code == "institution-name-taken":
            problem.errors = [{"field": "name", "message": problem.detail}]
        for error in problem.errors:
            error["field"] = error.get("field", "").partition(".")[0]
        self.refuse(problem, 409, 422)


@blueprint.get("")
def list_institutions() -> str:
    page = sessions.get_client().auth.list_institutions(**api.read_page_query())
    return render_template(
        "admin/institutions.html", institutions=page["items"], next_cursor=page["next_cursor"]
    )


@blueprint.route("/new", methods=["GET", "POST"])
def create_institution() -> ResponseReturnValue:
    form = open_form(InstitutionForm)
    if form.validate_on_submit() and (details := form.read_details()) is not None:
        try:
            institution_id = entries.run_once(form.key, partial(_create, str(form.name.data), details))
        except ApiError as problem:
            form.show_refusal(problem)
        else:
            session["note"] = "institution-added"
            return redirect(url_for(".show_institution", institution_id=institution_id), 303)
    return render_template("admin/institution_form.html", form=form, institution=None)


def _create(name: str, details: Mapping[str, Any]) -> tuple[str, int]:
    return sessions.get_client().auth.create_institution(name, **details)["id"], DOUBLE_CLICK


@blueprint.get("/<uuid:institution_id>")
def show_institution(institution_id: uuid.UUID) -> str:
    auth, one = sessions.get_client().auth, str(institution_id)
    return render_template(
        "admin/institution.html",
        institution=auth.get_institution(one),
        clerks=auth.list_clerks(one)["items"],
        clients=auth.list_clients(one)["items"],
    )


@blueprint.route("/<uuid:institution_id>/change", methods=["GET", "POST"])
def change_institution(institution_id: uuid.UUID) -> ResponseReturnValue:
    auth, one = sessions.get_client().auth, str(institution_id)
    institution = auth.get_institution(one)
    form = open_form(InstitutionForm, **_fill_form(institution))
    if form.validate_on_submit() and (details := form.read_details()) is not None:
        is_disabled = bool(institution["disabled_at"])
        try:
            auth.change_institution(one, str(form.name.data), disabled=is_disabled, **details)
        except ApiError as problem:
            form.show_refusal(problem)
        else:
            session["note"] = "institution-changed"
            return redirect(url_for(".show_institution", institution_id=institution_id), 303)
    return render_template("admin/institution_form.html", form=form, institution=institution)


def _fill_form(institution: Institution) -> dict[str, Any]:
    """Return the form's fields of an institution."""
    lines = [f"{purpose['code']} | {purpose['fa']} | {purpose['en']}" for purpose in institution["purposes"]]
    return {
        "name": institution["name"],
        "contact": institution["contact"],
        "contact_mobile": institution["contact_mobile"],
        "purposes": "\n".join(lines),
        "return_urls": "\n".join(institution["return_urls"]),
        "daily_quota": institution["daily_quota"],
        "verified": bool(institution["verified_since"]),
    }


@blueprint.post("/<uuid:institution_id>/<any(disabling, enabling):act>")
def set_disabled(institution_id: uuid.UUID, act: str) -> ResponseReturnValue:
    if not Act().validate_on_submit():
        raise NotFound
    auth, one = sessions.get_client().auth, str(institution_id)
    institution: dict[str, Any] = dict(auth.get_institution(one))
    name = institution.pop("name")
    details = institution | {"verified": bool(institution["verified_since"])}
    auth.change_institution(one, name, disabled=act == "disabling", **details)
    session["note"] = f"institution-{act}"
    return redirect(url_for(".show_institution", institution_id=institution_id), 303)
