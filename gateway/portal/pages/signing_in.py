"""What the three doors share: the fields of whoever signs in, and going in. Their pages call `enter`."""

from collections.abc import Mapping

from flask import redirect, session
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _
from wtforms import StringField

from gateway.portal import sessions
from gateway.portal.api import Problem
from gateway.portal.forms import Form, SecretField, required

THEIR_DOOR = {
    sessions.CITIZEN: _("این حساب از آن یک بیمه‌شده است. از «ورود به سامانه» وارد شوید."),
    sessions.INSTITUTION: _("این حساب از آن یک موسسه است. از «ورود موسسه» وارد شوید."),
    sessions.OFFICER: _("این حساب از آن یک کارشناس است. از «ورود کارشناس» وارد شوید."),
}


def password_field() -> SecretField:
    """The password of an account that is there."""
    return SecretField(
        _("گذرواژه"),
        validators=required(_("گذرواژه را بنویسید.")),
        render_kw={"autocomplete": "current-password"},
    )


def one_time_code_field(label: str, description: str) -> StringField:
    """The code of an authenticator; auth judges it."""
    keys = {"inputmode": "numeric", "dir": "ltr", "autocomplete": "one-time-code"}
    return StringField(label, description=description, render_kw=keys)


class StaffSignIn(Form):
    """Of officers and clerks; each door has a `totp` in its own words."""

    username = StringField(
        _("نام کاربری"),
        validators=required(_("نام کاربری را بنویسید.")),
        render_kw={"dir": "ltr", "autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = password_field()
    totp: StringField

    @property
    def credentials(self) -> dict[str, str | None]:
        """As auth takes them."""
        known = {"username": self.username.data.strip(), "password": self.password.data}
        return known | ({"totp": self.totp.data} if self.totp.data else {})


def enter(
    form: Form, role: str, credentials: Mapping[str, str | None], home: str, *, not_accepted: str = ""
) -> ResponseReturnValue | None:
    """The way to the page that was wanted, else home; None when the form shows why not.

    `not_accepted` takes the place of auth's words about wrong credentials.
    """
    try:
        wanted = sessions.sign_in(role, credentials)
    except Problem as problem:
        if problem.status == 401 and not_accepted:
            problem.detail = not_accepted
        form.refuse(problem, 401, 422, 429)
        return None
    except sessions.WrongDoor as wrong:
        # What was wanted behind this door is not behind theirs.
        session.pop("next", None)
        form.elsewhere = (sessions.door_of(wrong.role), str(THEIR_DOOR[wrong.role]))
        return None
    return redirect(sessions.safe(wanted, home), 303)
