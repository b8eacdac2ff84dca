"""«ورود با کلید عبور»: signing in with a passkey, for everybody who has an account."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from wtforms import HiddenField

from gateway.portal import addresses, api, doors, sessions
from gateway.portal.pages.own_account.two_step import PasskeyAnswer, read_answer
from govah_client.errors import ApiError

blueprint = Blueprint("passkey_sign_in", __name__, url_prefix="/sign-in/passkey")
HOMES = {
    sessions.CITIZEN: "home.list_activity",
    sessions.OFFICER: "officer.show_desk",
    sessions.INSTITUTION: "institution.inquire",
    sessions.ADMIN: "admin.show_desk",
}


class PasskeySignIn(PasskeyAnswer):
    request_id = HiddenField()


@blueprint.route("", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    form, status = PasskeySignIn(), 200
    if form.validate_on_submit():
        try:
            entrance = doors.sign_in_with_passkey(
                str(form.request_id.data), read_answer(form.credential.data)
            )
        except ApiError as problem:
            if problem.code == "credentials-not-accepted":
                problem.detail = gettext(
                    "این کلید عبور شناخته نشد. دوباره تلاش کنید یا با گذرواژه وارد شوید."
                )
            status = form.refuse(problem, "credentials-not-accepted", 422, 429)
        else:
            home = url_for(HOMES[entrance.role])
            return redirect(addresses.restrict_to_portal(entrance.wanted, home), 303)
    challenge = api.get_client().account.request_passkey_sign_in()
    form.request_id.data = challenge["request_id"]
    return render_template(
        "own_account/passkey_sign_in.html", form=form, options=challenge["options"]
    ), status


@blueprint.post("/options")
def create_options() -> ResponseReturnValue:
    """Return a challenge for the script of the sign-in page, which lists passkeys below the field."""
    challenge = api.get_client().account.request_passkey_sign_in()
    return {"request_id": challenge["request_id"], "options": challenge["options"]}
