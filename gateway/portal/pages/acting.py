"""«به نمایندگی از …»: the first page of a representative, and the end of acting."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from gateway.portal import sessions
from gateway.portal.acting import end_acting

blueprint = Blueprint("acting", __name__, url_prefix="/acting")
blueprint.before_request(sessions.require_role(sessions.CITIZEN))


@blueprint.get("")
def show_person() -> ResponseReturnValue:
    signed_in = sessions.load_session()
    if signed_in is None or signed_in.acting is None:
        return redirect(url_for("representatives.list_mandates"))
    return render_template("representatives/person.html")


@blueprint.post("/end")
def end() -> ResponseReturnValue:
    end_acting()
    return redirect(url_for("representatives.list_mandates"), 303)
