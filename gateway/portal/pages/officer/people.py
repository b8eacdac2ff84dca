"""Search for a person by number, or name and birth date; each look has a reason that the person can read."""

from collections.abc import Mapping
from typing import cast

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import StringField

from gateway.portal import entries, sessions
from gateway.portal.forms import Form, NationalCodeField, OptionalDateField, open_form
from gateway.portal.pages.month_details import select_month
from gateway.portal.pages.officer.desk import check_live_session, guard
from gateway.portal.pages.officer.reasons import build_reason_field
from govah_client.errors import ApiError
from govah_client.people import FoundPeople
from services.kit.text import drop_unseen

blueprint = Blueprint("officer_people", __name__, url_prefix="/officer/people")
blueprint.before_request(guard)
# Seconds for which the result of a search can be read; after that it must be searched again.
SHOWN_FOR = 10 * 60
# A refusal that an officer can correct.
EXPECTED = (404, 422, 429)


class OptionalCodeField(NationalCodeField):
    """A national code that may be left blank; the data are then ""."""

    def pre_validate(self, form: object) -> None:
        if drop_unseen(self.data or "").strip():
            super().pre_validate(form)
        else:
            self.data = ""


class Search(Form):
    national_code = OptionalCodeField(render_kw={"inputmode": "numeric", "dir": "ltr", "autocomplete": "off"})
    insurance_number = StringField(
        _("شماره بیمه"),
        description=_("برای کسی که کد ملی ندارد."),
        render_kw={"inputmode": "numeric", "dir": "ltr", "autocomplete": "off"},
    )
    name = StringField(
        _("نام و نام خانوادگی"),
        description=_("هر دو، همراه با تاریخ تولد."),
        render_kw={"autocomplete": "off", "dir": "auto"},
    )
    birth_date_jalali = OptionalDateField(_("تاریخ تولد"))
    reason = build_reason_field()

    @property
    def clue(self) -> Mapping[str, str]:
        """What is filled in of the person, by the names of the API."""
        names = ("national_code", "insurance_number", "name", "birth_date_jalali")
        typed = {name: drop_unseen(self[name].data or "").strip() for name in names}
        return {name: text for name, text in typed.items() if text}


@blueprint.route("", methods=["GET", "POST"])
def search_person() -> ResponseReturnValue:
    form = open_form(Search)
    if form.validate_on_submit():
        clue, reason = form.clue, str(form.reason.data)
        if not clue:
            message = gettext("کد ملی، شماره بیمه، یا نام و تاریخ تولد را بنویسید.")
            form.national_code.errors = [message]
        elif redirection := _search(form, reason, clue):
            return redirection
    return render_template("officer/search.html", form=form)


@blueprint.route("/candidates", methods=["GET", "POST"])
def choose_person() -> ResponseReturnValue:
    """Return the people whom a search fits; the one who is chosen is a look of its own."""
    entry = entries.load_entry("candidates")
    if entry is None:
        return _search_again()
    check_live_session()
    form = Form()
    if form.validate_on_submit():
        wanted = request.form.get("person_id", "")
        candidate_ids = {one["id"] for one in entry["candidates"]}
        clue = {"person_id": wanted}
        if wanted in candidate_ids and (redirection := _search(form, entry["reason"], clue)):
            return redirection
    return render_template("officer/candidates.html", form=form, **entry)


@blueprint.get("/found")
def show_person() -> ResponseReturnValue:
    entry = entries.load_entry("person")
    if entry is None:
        return _search_again()
    check_live_session()
    return render_template("officer/person.html", **entry)


@blueprint.get("/found/months/<month>")
def show_month(month: str) -> ResponseReturnValue:
    entry = entries.load_entry("person")
    if entry is None:
        return _search_again()
    check_live_session()
    rows = select_month(entry.get("contributions", ()), month)
    return render_template("officer/month.html", month=month, rows=rows, person=entry["person"])


def _search(form: Form, reason: str, clue: Mapping[str, str]) -> ResponseReturnValue | None:
    """Return the redirect to whom a clue fits; None if that was refused, with the refusal in the form."""
    try:
        matches: FoundPeople = sessions.get_client().records.search_people(reason=reason, **clue)
    except ApiError as problem:
        if problem.status == 404:
            problem.errors = [{"field": next(iter(clue)), "message": problem.detail}]
        form.refuse(problem, *EXPECTED)
        return None
    # The person is in no address, and a reload of the page does not count as a second look.
    if matches["person"] is None:
        entry = {"candidates": matches["candidates"], "reason": reason}
        entries.store_entry("candidates", entry, SHOWN_FOR)
        return redirect(url_for(".choose_person"), 303)
    entries.store_entry("person", cast("Mapping[str, object]", matches), SHOWN_FOR)
    return redirect(url_for(".show_person"), 303)


def _search_again() -> ResponseReturnValue:
    session["note"] = "look-gone"
    return redirect(url_for(".search_person"), 303)
