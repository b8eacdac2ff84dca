"""The form of the three doors: credentials, the code sent to a mobile, and the sign-in.

Their pages call `enter` and `show_door`, or `show_staff_door`, which is both. Pages of a code that is typed
without a session call `show_code_refusal`.
"""

import re

from flask import redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import Field, HiddenField, StringField

from gateway.portal import addresses, doors, sessions
from gateway.portal.forms import CodeField, Form, SecretField, require_input
from gateway.portal.show import format_wait
from govah_client.errors import ApiError

SIGN_IN_ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

OTHER_DOORS = {
    sessions.CITIZEN: _("این حساب متعلق به یک بیمه‌شده است. از «ورود به سامانه» وارد شوید."),
    sessions.INSTITUTION: _("این حساب متعلق به یک موسسه است. از «ورود موسسه» وارد شوید."),
    sessions.OFFICER: _("این حساب متعلق به یک کارشناس است. از «ورود کارشناس» وارد شوید."),
    sessions.ADMIN: _("این حساب متعلق به یک مدیر سامانه است. از «ورود مدیر سامانه» وارد شوید."),
}


def build_password_field() -> SecretField:
    """Return the field of an existing password."""
    return SecretField(
        _("گذرواژه"),
        validators=require_input(_("گذرواژه را بنویسید.")),
        render_kw={"autocomplete": "current-password"},
    )


def build_totp_field(label: str, description: str) -> StringField:
    """Return the field of an authenticator's code, which auth validates."""
    keys = {"inputmode": "numeric", "dir": "ltr", "autocomplete": "one-time-code"}
    return StringField(label, description=description, render_kw=keys)


class MobileCodeField(CodeField):
    """The code that was sent to a mobile; only the second form has it."""

    def pre_validate(self, form: object) -> None:
        if isinstance(form, DoorForm) and form.needs_code:
            super().pre_validate(form)


class DoorForm(Form):
    """The form of all doors. With a `sign_in_id` it is the second one: auth requires a code from the mobile.

    Nothing of the first form is stored for the second: the page holds the user name, and the password is
    typed again.
    """

    sign_in_id = HiddenField()
    code = MobileCodeField(
        _("کد ورود"),
        length=6,
        wrong=_("کد ورود شش رقم است. آن را از پیامک بردارید."),
        description=_("شش رقمی که به تلفن همراه پیامک شده است."),
    )
    password: SecretField
    # When the code expires, an RFC 3339 text; only after it was sent.
    code_ends: str | None = None

    @property
    def needs_code(self) -> bool:
        """Whether this is the second form."""
        return bool(SIGN_IN_ID.fullmatch(self.sign_in_id.data or ""))

    @property
    def account(self) -> Field:
        """The field with the user name or national code."""
        raise NotImplementedError

    def fill_credentials(self) -> dict[str, str | None]:
        """Return the body of auth's call."""
        credentials: dict[str, str | None] = {"password": self.password.data}
        if self.needs_code:
            credentials |= {"sign_in_id": self.sign_in_id.data, "code": self.code.data}
        return credentials

    def require_code(self, problem: ApiError) -> None:
        """Become the second form, as auth's refusal requires."""
        if self.needs_code:
            self.form_errors.append(gettext("مهلت آن کد گذشته است. کد تازه را از پیامک بعدی بردارید."))
        self.sign_in_id.data = str(problem.document.get("sign_in_id", ""))
        self.code_ends = problem.document.get("expires_at")
        self.code.data = ""

    def start_again(self) -> None:
        """Become the first form."""
        self.sign_in_id.data = self.code.data = ""


class StaffSignIn(DoorForm):
    """The form of officers and clerks; each door has a `totp` with texts of its own."""

    username = StringField(
        _("نام کاربری"),
        validators=require_input(_("نام کاربری را بنویسید.")),
        render_kw={"dir": "ltr", "autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = build_password_field()
    totp: StringField

    @property
    def account(self) -> Field:
        return self.username

    def fill_credentials(self) -> dict[str, str | None]:
        credentials = {"username": self.username.data.strip(), **super().fill_credentials()}
        return credentials | ({"totp": self.totp.data} if self.totp.data else {})


def enter(form: DoorForm, role: str, home: str, *, not_accepted: str = "") -> ResponseReturnValue | None:
    """Return a redirect to the page that was opened before, else home; None if the form shows an error.

    `not_accepted` replaces auth's text about wrong credentials.
    """
    try:
        entrance = doors.sign_in(role, form.fill_credentials())
    except ApiError as problem:
        _show_refusal(form, problem, not_accepted)
        return None
    except doors.WrongDoor as wrong:
        # A page behind this door is not behind the account's own one.
        session.pop("next", None)
        form.start_again()
        form.elsewhere = (sessions.build_sign_in_path(wrong.role), str(OTHER_DOORS[wrong.role]))
        return None
    if entrance.wrong_codes:
        session["note"], session["note_count"] = "wrong-codes", entrance.wrong_codes
    signed_in = sessions.load_session()
    if signed_in and signed_in.first_step:
        return redirect(url_for(signed_in.first_step), 303)
    return redirect(addresses.restrict_to_portal(entrance.wanted, home), 303)


def show_door(template: str, form: DoorForm) -> str:
    """Return the page of a door, or the one that also requires the code."""
    return render_template("account/sign_in_code.html" if form.needs_code else template, form=form)


def show_staff_door(form: StaffSignIn, role: str, home: str, template: str) -> ResponseReturnValue:
    """Return the page of a door with a one-time code, or a redirect to the page behind it."""
    wrong = gettext("نام کاربری، گذرواژه یا کد یک‌بارمصرف درست نیست. آن‌ها را بررسی کنید.")
    entered = form.validate_on_submit() and enter(form, role, home, not_accepted=wrong)
    form.totp.data = ""
    return entered or show_door(template, form)


def show_code_refusal(form: Form, problem: ApiError, wrong: str) -> None:
    """Show the refusal of a code that somebody without a session has typed; `wrong` is its problem code."""
    if problem.code == wrong:
        problem.errors = [{"field": "code", "message": problem.detail}]
    elif problem.status == 429 and problem.retry_after:
        problem.detail = gettext(
            "تلاش‌های نادرست بیش از حد مجاز است. %(wait)s دوباره تلاش کنید.",
            wait=format_wait(problem.retry_after),
        )
    form.refuse(problem, 422, 429)


def _show_refusal(form: DoorForm, problem: ApiError, not_accepted: str) -> None:
    if problem.code == "sign-in-code-required":
        form.require_code(problem)
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
                "تلاش‌های نادرست برای ورود بیش از حد مجاز است. %(wait)s دوباره تلاش کنید.",
                wait=format_wait(problem.retry_after),
            )
    form.refuse(problem, 401, 422, 429)
