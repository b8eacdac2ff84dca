"""Finding a person by national code at the help desk; every look has a reason, which the person reads."""

from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from gateway.portal import sessions
from gateway.portal.api import Problem
from gateway.portal.forms import Form, NationalCodeField, opened
from gateway.portal.pages.officer.desk import demand_live_session, guard
from gateway.portal.pages.officer.reasons import reason_field

blueprint = Blueprint("officer_people", __name__, url_prefix="/officer/people")
blueprint.before_request(guard)
# Seconds that the answer of one look may be read; after that it takes another look.
SHOWN_FOR = 10 * 60


class Search(Form):
    national_code = NationalCodeField(render_kw={"inputmode": "numeric", "dir": "ltr", "autocomplete": "off"})
    reason = reason_field()


@blueprint.route("", methods=["GET", "POST"])
def search() -> ResponseReturnValue:
    form = opened(Search)
    if form.validate_on_submit():
        asked = {"national_code": form.national_code.data, "reason": form.reason.data}
        try:
            found = sessions.me().post("/api/v1/records/people/search", asked)
        except Problem as problem:
            if problem.status == 404:
                problem.errors = [{"field": "national_code", "message": problem.detail}]
            form.refuse(problem, 404, 422, 429)
        else:
            # The code stands in no address, and reading the page again is no second look.
            sessions.keep("person", found, SHOWN_FOR)
            return redirect(url_for(".person"), 303)
    return render_template("officer/search.html", form=form)


@blueprint.get("/found")
def person() -> ResponseReturnValue:
    found = sessions.kept("person")
    if found is None:
        session["note"] = "look-gone"
        return redirect(url_for(".search"))
    demand_live_session()
    return render_template("officer/person.html", **found)
