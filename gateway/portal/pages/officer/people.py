"""Search for a person by national code; every look has a reason, which the person can read."""

from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from gateway.portal import entries, sessions
from gateway.portal.forms import Form, NationalCodeField, open_form
from gateway.portal.pages.officer.desk import check_live_session, guard
from gateway.portal.pages.officer.reasons import build_reason_field
from govah_client.errors import ApiError

blueprint = Blueprint("officer_people", __name__, url_prefix="/officer/people")
blueprint.before_request(guard)
# Seconds for which the result of a search can be read; after that it must be searched again.
SHOWN_FOR = 10 * 60


class Search(Form):
    national_code = NationalCodeField(render_kw={"inputmode": "numeric", "dir": "ltr", "autocomplete": "off"})
    reason = build_reason_field()


@blueprint.route("", methods=["GET", "POST"])
def search_person() -> ResponseReturnValue:
    form = open_form(Search)
    if form.validate_on_submit():
        national_code, reason = str(form.national_code.data), str(form.reason.data)
        try:
            found_person = sessions.get_client().records.search_person(national_code, reason)
        except ApiError as problem:
            if problem.status == 404:
                problem.errors = [{"field": "national_code", "message": problem.detail}]
            form.refuse(problem, 404, 422, 429)
        else:
            # The code is in no address, and a reload of the page does not count as a second look.
            entries.store_entry("person", found_person, SHOWN_FOR)
            return redirect(url_for(".show_person"), 303)
    return render_template("officer/search.html", form=form)


@blueprint.get("/found")
def show_person() -> ResponseReturnValue:
    entry = entries.load_entry("person")
    if entry is None:
        session["note"] = "look-gone"
        return redirect(url_for(".search_person"))
    check_live_session()
    return render_template("officer/person.html", **entry)
