"""Finding a person by national code at the help desk; every look has a reason, which the person reads."""

from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from gateway.portal import entries, sessions
from gateway.portal.forms import Form, NationalCodeField, open_form
from gateway.portal.pages.officer.desk import check_live_session, guard
from gateway.portal.pages.officer.reasons import reason_field
from govah_client.errors import ApiError

blueprint = Blueprint("officer_people", __name__, url_prefix="/officer/people")
blueprint.before_request(guard)
# Seconds that the answer of one look may be read; after that it takes another look.
SHOWN_FOR = 10 * 60


class Search(Form):
    national_code = NationalCodeField(render_kw={"inputmode": "numeric", "dir": "ltr", "autocomplete": "off"})
    reason = reason_field()


@blueprint.route("", methods=["GET", "POST"])
def search() -> ResponseReturnValue:
    form = open_form(Search)
    if form.validate_on_submit():
        national_code, reason = str(form.national_code.data), str(form.reason.data)
        try:
            found = sessions.get_client().records.search_person(national_code, reason)
        except ApiError as problem:
            if problem.status == 404:
                problem.errors = [{"field": "national_code", "message": problem.detail}]
            form.refuse(problem, 404, 422, 429)
        else:
            # The code stands in no address, and reading the page again is no second look.
            entries.store_entry("person", found, SHOWN_FOR)
            return redirect(url_for(".person"), 303)
    return render_template("officer/search.html", form=form)


@blueprint.get("/found")
def person() -> ResponseReturnValue:
    found = entries.load_entry("person")
    if found is None:
        session["note"] = "look-gone"
        return redirect(url_for(".search"))
    check_live_session()
    return render_template("officer/person.html", **found)
