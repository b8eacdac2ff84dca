"""What can fail in auth: problems for callers, and refusals for whoever runs its commands."""

from typing import ClassVar

from services.kit.problems import Problem, Text, ValidationFailed


class CredentialsNotAccepted(Problem):
    """The same for an unknown user, a wrong password and a disabled account."""

    status, code = 401, "credentials-not-accepted"
    title = Text("ورود پذیرفته نشد", "Credentials not accepted")
    detail = Text(
        "کد ملی یا گذرواژه درست نیست. هر دو را بررسی کنید یا گذرواژه تازه بخواهید.",
        "National code or password is wrong. Check both, or ask for a new password.",
    )


class PasswordTooWeak(ValidationFailed):
    """`errors` says which rules the password breaks."""

    code = "password-too-weak"
    title = Text("گذرواژه ضعیف است", "Password too weak")
    detail = Text(
        "این گذرواژه پذیرفته نیست. گذرواژه دیگری انتخاب کنید.",
        "That password is not accepted. Choose another one.",
    )


class CodeWrong(Problem):
    """Base of the three wrong codes; five of them end the request they belong to."""

    status = 422
    title = Text("کد درست نیست", "Wrong code")
    detail: ClassVar[Text] = Text(
        "کد درست نیست. پیامک را دوباره بررسی کنید؛ پس از پنج کد نادرست باید کد تازه بخواهید.",
        "The code is wrong. Check the message again; after five wrong codes ask for a new one.",
    )


class ActivationCodeWrong(CodeWrong):
    code = "activation-code-wrong"


class ResetCodeWrong(CodeWrong):
    code = "reset-code-wrong"


class MobileCodeWrong(CodeWrong):
    code = "mobile-code-wrong"


class RegistrationExpired(Problem):
    status, code = 410, "registration-expired"
    title = Text("ثبت‌نام پایان یافته است", "Registration ended")
    detail = Text(
        "مهلت این ثبت‌نام پایان یافته است. دوباره ثبت‌نام کنید یا اگر حساب دارید وارد شوید.",
        "This registration has ended. Register again, or sign in if you have an account.",
    )


class ResetExpired(Problem):
    status, code = 410, "reset-expired"
    title = Text("مهلت پایان یافته است", "Password reset ended")
    detail = Text(
        "مهلت تغییر گذرواژه پایان یافته است. دوباره درخواست کنید.",
        "This password reset has ended. Ask for a new one.",
    )


class MobileChangeExpired(Problem):
    status, code = 410, "mobile-change-expired"
    title = Text("مهلت پایان یافته است", "Mobile change ended")
    detail = Text(
        "مهلت تغییر شماره همراه پایان یافته است. دوباره درخواست کنید.",
        "This change of mobile has ended. Ask for a new one.",
    )


class CommandRefused(Exception):
    """A command of the operator cannot be carried out; the message says why and what to do."""
