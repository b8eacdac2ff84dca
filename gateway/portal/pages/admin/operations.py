"""What an administrator watches: the agreement, failed letters, keys and certificates, counters, the log."""

import re
from datetime import datetime, time
from typing import Any

from cryptography import x509
from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _
from wtforms import TextAreaField

from gateway.portal import api, sessions
from gateway.portal.forms import Form, OptionalDateField, open_form, require_input
from gateway.portal.pages.admin.acts import describe_acts
from gateway.portal.pages.admin.desk import guard
from gateway.portal.pages.failed_letters import show_failed_requests
from govah_client.errors import ApiError, ServiceUnavailable
from services.kit import jalali

blueprint = Blueprint("admin_operations", __name__, url_prefix="/admin")
blueprint.before_request(guard)
PEM = re.compile(b"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
# Days before its end from which a certificate is a warning.
SOON = 60


class NewAgreement(Form):
    text_fa = TextAreaField(
        _("متن فارسی"),
        validators=require_input(_("متن فارسی را بنویسید.")),
        render_kw={"rows": 12, "lang": "fa", "dir": "rtl"},
    )
    text_en = TextAreaField(
        _("متن انگلیسی"),
        validators=require_input(_("متن انگلیسی را بنویسید.")),
        render_kw={"rows": 12, "lang": "en", "dir": "ltr"},
    )
    valid_from = OptionalDateField(
        _("معتبر از آغاز روز (اختیاری)"),
        description=_("اگر خالی بماند، از همین لحظه معتبر است."),
    )


@blueprint.get("/agreement")
def list_agreements() -> str:
    versions = sessions.get_client().disclosure.list_agreements()["items"]
    now = datetime.now(jalali.TEHRAN)
    valid = [
        one for one in versions if not one["valid_from"] or datetime.fromisoformat(one["valid_from"]) <= now
    ]
    current = max(one["version"] for one in valid) if valid else 0
    return render_template("admin/agreement.html", versions=versions, current=current)


@blueprint.route("/agreement/new", methods=["GET", "POST"])
def create_agreement() -> ResponseReturnValue:
    disclosure = sessions.get_client().disclosure
    current = disclosure.get_agreement()
    form = open_form(NewAgreement, text_fa=current["text_fa"], text_en=current["text_en"])
    if form.validate_on_submit():
        try:
            disclosure.create_agreement(
                str(form.text_fa.data),
                str(form.text_en.data),
                valid_from=_find_midnight(form.valid_from.data),
                idempotency_key=form.key,
            )
        except ApiError as problem:
            form.refuse(problem, 409, 422)
        else:
            session["note"] = "agreement-published"
            return redirect(url_for(".list_agreements"), 303)
    return render_template("admin/new_agreement.html", form=form)


def _find_midnight(day: str | None) -> str | None:
    """Return the moment at which a day begins in Tehran, from a `*_jalali` text."""
    if day is None:
        return None
    return datetime.combine(jalali.parse_jalali_date(day), time(), jalali.TEHRAN).isoformat()


@blueprint.route("/letters", methods=["GET", "POST"])
def list_failed_requests() -> ResponseReturnValue:
    return show_failed_requests("admin/letters.html")


@blueprint.get("/keys")
def list_keys() -> str:
    keys = sessions.get_client().auth.list_token_keys()["items"]
    return render_template("admin/keys.html", keys=keys, certificates=_list_certificates(), soon=SOON)


def _list_certificates() -> list[dict[str, Any]] | None:
    """Return the certificates by which letters are verified, the first to end first; None if unknown."""
    try:
        pem = sessions.get_client().inquiry.get_letter_keys()["pem"].encode()
    except ServiceUnavailable:
        return None
    except ApiError as problem:
        if problem.status != 404:
            raise
        return None
    now = datetime.now(jalali.TEHRAN)
    certificates = [x509.load_pem_x509_certificate(block) for block in PEM.findall(pem)]
    return [
        {
            "name": one.subject.rfc4514_string(),
            "begins": one.not_valid_before_utc,
            "ends": one.not_valid_after_utc,
            "days": (one.not_valid_after_utc - now).days,
        }
        for one in sorted(certificates, key=lambda one: one.not_valid_after_utc)
    ]


@blueprint.get("/counters")
def show_counters() -> str:
    return render_template("admin/counters.html", counters=sessions.get_client().disclosure.get_counters())


@blueprint.get("/log")
def list_acts() -> str:
    page = sessions.get_client().auth.list_acts(**api.read_page_query())
    return render_template(
        "admin/log.html", acts=describe_acts(page["items"]), next_cursor=page["next_cursor"]
    )
