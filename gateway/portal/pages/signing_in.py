"""What the three doors share: the fields of who signs in, the code sent to a mobile, and going in.

Their pages call `enter` and `show_door`.
"""

import re

from flask import redirect, render_template, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import Field, HiddenField, StringField

from gateway.portal import addresses, doors, sessions
from gateway.portal.forms import CodeField, Form, SecretField, require_input
from gateway.portal.show import format_waiting_time
from govah_client.errors import ApiError

SIGN_IN_ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

THEIR_DOOR = {
    sessions.CITIZEN: _("این حساب از آن یک بیمه‌شده است. از «ورود به سامانه» وارد شوید."),
    sessions.INSTITUTION: _("این حساب از آن یک موسسه است. از «ورود موسسه» وارد شوید."),
    sessions.OFFICER: _("این حساب از آن یک کارشناس است. از «ورود کارشناس» وارد شوید."),
}


def password_field() -> SecretField:
    """The password of an account that is there."""
    return SecretField(
        _("گذرواژه"),
        validators=require_input(_("گذرواژه را بنویسید.")),
        render_kw={"autocomplete": "current-password"},
    )


def one_time_code_field(label: str, description: str) -> StringField:
    """The code of an authenticator; auth judges it."""
    keys = {"inputmode": "numeric", "dir": "ltr", "autocomplete": "one-time-code"}
    return StringField(label, description=description, render_kw=keys)


class MobileCodeField(CodeField):
    """The code that was sent to a mobile; it is asked for by the second form only."""

    def pre_validate(self, form: object) -> None:
        if isinstance(form, DoorForm) and form.asks_code:
            super().pre_validate(form)


class DoorForm(Form):
    """Of all doors. With a `sign_in_id` it is the second form: auth has asked for a code sent to the mobile.

    Nothing of the first form is kept for the second: the user name comes back in the page, and the password
    is typed once more.
    """

    sign_in_id = HiddenField()
    code = MobileCodeField(
        _("کد ورود"),
        length=6,
        wrong=_("کد ورود شش رقم است. آن را از پیامک بردارید."),
        description=_("شش رقمی که به تلفن همراه پیامک شده است."),
    )
    password: SecretField
    # Until when the code is good, an RFC 3339 text; known where it was just sent.
    code_ends: str | None = None

    @property
    def asks_code(self) -> bool:
        """Whether this is the second form."""
        return bool(SIGN_IN_ID.fullmatch(self.sign_in_id.data or ""))

    @property
    def account(self) -> Field:
        """The field that names who signs in."""
        raise NotImplementedError

    def fill_credentials(self) -> dict[str, str | None]:
        """Return the body of auth's call."""
        given = {"password": self.password.data}
        if self.asks_code:
            given |= {"sign_in_id": self.sign_in_id.data, "code": self.code.data}
        return given

    def ask_code(self, problem: ApiError) -> None:
        """Become the second form, as auth's refusal wants it."""
        if self.asks_code:
            self.form_errors.append(gettext("مهلت آن کد گذشته است. کد تازه را از پیامک بعدی بردارید."))
        self.sign_in_id.data = str(problem.document.get("sign_in_id", ""))
        self.code_ends = problem.document.get("expires_at")
        self.code.data = ""

    def start_again(self) -> None:
        """Become the first form."""
        self.sign_in_id.data = self.code.data = ""


class StaffSignIn(DoorForm):
    """Of officers and clerks; each door has a `totp` in its own words."""

    username = StringField(
        _("نام کاربری"),
        validators=require_input(_("نام کاربری را بنویسید.")),
        render_kw={"dir": "ltr", "autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = password_field()
    totp: StringField

    @property
    def account(self) -> Field:
        return self.username

    def fill_credentials(self) -> dict[str, str | None]:
        known = {"username": self.username.data.strip(), **super().fill_credentials()}
        return known | ({"totp": self.totp.data} if self.totp.data else {})


def enter(form: DoorForm, role: str, home: str, *, not_accepted: str = "") -> ResponseReturnValue | None:
    """The way to the page that was wanted, else home; None when the form shows why not.

    `not_accepted` takes the place of auth's words about wrong credentials.
    """
    try:
        entrance = doors.sign_in(role, form.fill_credentials())
    except ApiError as problem:
        _refuse(form, problem, not_accepted)
        return None
    except doors.WrongDoor as wrong:
        # What was wanted behind this door is not behind theirs.
        session.pop("next", None)
        form.start_again()
        form.elsewhere = (sessions.build_sign_in_path(wrong.role), str(THEIR_DOOR[wrong.role]))
        return None
    if entrance.wrong_codes:
        session["note"], session["note_count"] = "wrong-codes", entrance.wrong_codes
    return redirect(addresses.restrict_to_portal(entrance.wanted, home), 303)


def show_door(template: str, form: DoorForm) -> str:
    """Return the page of a door, or the one that asks for the code as well."""
    return render_template("account/sign_in_code.html" if form.asks_code else template, form=form)


def _refuse(form: DoorForm, problem: ApiError, not_accepted: str) -> None:
    if problem.code == "sign-in-code-required":
        form.ask_code(problem)
        return
    if problem.code == "sign-in-code-wrong":
        problem.errors = [{"field": "code", "message": problem.detail}]
        form.code.data = ""
    elif problem.status == 401 and not_accepted:
        problem.detail = not_accepted
    elif problem.status == 429:
        form.start_again()
        if problem.retry_after:
            problem.detail = gettext(
                "تلاش‌های نادرست برای ورود بیش از حد مجاز است. %(wait)s دیگر دوباره تلاش کنید.",
                wait=format_waiting_time(problem.retry_after),
            )
    form.refuse(problem, 401, 422, 429)
