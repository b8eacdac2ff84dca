"""Proposing that a person who was found is corrected, or merged with another; with a look at what changes.

The first button shows the differences. The second one proposes them, if nothing was typed in between.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _
from wtforms import HiddenField, RadioField, SelectChoice, SelectField, StringField

from gateway.portal import entries, sessions
from gateway.portal.forms import Form, NationalCodeField, OptionalDateField, open_form, require_input
from gateway.portal.pages.officer.desk import check_live_session, guard
from gateway.portal.pages.officer.held_rows import IDENTITY
from gateway.portal.pages.officer.people import SHOWN_FOR
from gateway.portal.pages.officer.proposing import build_proposal_reason, propose
from gateway.portal.pages.officer.reasons import LONGEST
from govah_client.errors import ApiError
from govah_client.people import FoundPerson
from services.kit.text import NotDigits, normalise_code, normalise_text

blueprint = Blueprint("officer_corrections", __name__, url_prefix="/officer/people/found")
blueprint.before_request(guard)
NUMBERS = {"insurance_number", "national_code"}
FOUND, OTHER = "found", "other"


class Change(Form):
    """A form with a preview; `previewed` is the digest of the change that was shown."""

    previewed = HiddenField()
    reason = build_proposal_reason()

    def is_previewed(self, change: object) -> bool:
        """Return whether this change was shown before the second button; remember that it is now."""
        digest = hashlib.sha256(json.dumps(change, sort_keys=True).encode()).hexdigest()
        was_shown = self.previewed.data == digest and request.form.get("act") == "propose"
        self.previewed.data = digest
        return was_shown


class Correction(Change):
    first_name = StringField(_("نام"), render_kw={"autocomplete": "off"})
    last_name = StringField(_("نام خانوادگی"), render_kw={"autocomplete": "off"})
    father_name = StringField(_("نام پدر"), render_kw={"autocomplete": "off"})
    birth_date_jalali = OptionalDateField(_("تاریخ تولد"))
    sex = SelectField(
        _("جنسیت"),
        choices=[
            SelectChoice("", _("نامعلوم")),
            SelectChoice("female", _("زن")),
            SelectChoice("male", _("مرد")),
        ],
    )
    insurance_number = StringField(
        _("شماره بیمه"), render_kw={"inputmode": "numeric", "dir": "ltr", "autocomplete": "off"}
    )
    national_code = StringField(
        _("کد ملی"), render_kw={"inputmode": "numeric", "dir": "ltr", "autocomplete": "off"}
    )

    def list_differences(self, person: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """Return what was typed otherwise than it is known."""
        values = {name: _normalise(name, self[name].data) for name in IDENTITY}
        return [
            {"field": name, "old": person.get(name), "new": value}
            for name, value in values.items()
            if value != (person.get(name) or None)
        ]


class Merger(Change):
    national_code = NationalCodeField(
        _("کد ملی شخص دیگر"),
        description=_("سابقه او هم خوانده می‌شود و او این مشاهده را با علت آن می‌بیند."),
        render_kw={"inputmode": "numeric", "dir": "ltr", "autocomplete": "off"},
    )
    remaining = RadioField(
        _("کدام سابقه می‌ماند؟"),
        choices=[
            SelectChoice(FOUND, _("سابقه شخصی که پیدا کرده‌اید")),
            SelectChoice(OTHER, _("سابقه شخص دیگر")),
        ],
        validators=require_input(_("یکی را انتخاب کنید.")),
    )


@blueprint.route("/correction", methods=["GET", "POST"])
def correct_person() -> ResponseReturnValue:
    entry = _load_found()
    if entry is None:
        return _search_again()
    person: Mapping[str, Any] = entry["person"]
    form, differences = open_form(Correction, **{name: person.get(name) for name in IDENTITY}), []
    if form.validate_on_submit():
        differences = list(form.list_differences(person))
        fields = {str(one["field"]): one["new"] for one in differences}
        if not differences:
            form.form_errors.append(_("هیچ مقداری تغییر نکرده است. مقدار درست را بنویسید."))
        elif form.is_previewed(fields):
            change = {"fields": fields}
            proposed = propose(form, "person-correction", entry["person_id"], change, form.reason.data)
            if proposed:
                return proposed
    return render_template("officer/correction.html", form=form, person=person, differences=differences)


@blueprint.route("/merger", methods=["GET", "POST"])
def merge_person() -> ResponseReturnValue:
    entry = _load_found()
    if entry is None:
        return _search_again()
    form, both = open_form(Merger), []
    if form.validate_on_submit() and (other := _find_other(form)):
        both = [entry, other] if form.remaining.data == OTHER else [other, entry]
        merged, remaining = (one["person_id"] for one in both)
        if form.is_previewed([merged, remaining]):
            proposed = propose(form, "person-merger", merged, {"into": remaining}, form.reason.data)
            if proposed:
                return proposed
    return render_template(
        "officer/merger.html", form=form, person=entry["person"], both=both, identity=IDENTITY
    )


def _normalise(name: str, typed: str | None) -> str | None:
    """Return a value as records would store it, as far as this is known here; None if it is blank."""
    text = normalise_text(typed or "")
    if name in NUMBERS:
        try:
            return normalise_code(text) or None
        except NotDigits:
            pass
    return text or None


def _load_found() -> FoundPerson | None:
    entry: FoundPerson | None = entries.load_entry("person")
    if entry is None:
        return None
    check_live_session()
    return entry


def _search_again() -> ResponseReturnValue:
    """Return the redirect to the search; what was typed is there again when the person was found."""
    if request.method == "POST":
        entries.save_form_draft()
    session["note"] = "look-gone"
    return redirect(url_for("officer_people.search_person"), 303)


def _find_other(form: Merger) -> FoundPerson | None:
    """Return the other person, searched once for this reason; None if that was refused."""
    name = "merger"
    entry: FoundPerson | None = entries.load_entry(name)
    code = str(form.national_code.data)
    if entry and entry["person"]["national_code"] == code:
        return entry
    try:
        other = sessions.get_client().records.search_person(code, form.reason.data[:LONGEST])
    except ApiError as problem:
        if problem.status == 404:
            problem.errors = [{"field": "national_code", "message": problem.detail}]
        form.refuse(problem, 404, 422, 429)
        return None
    entries.store_entry(name, other, SHOWN_FOR)
    return other
