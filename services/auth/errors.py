"""The errors of auth: problems for callers of the API, and `CommandRefused` for its commands."""

import uuid
from datetime import datetime
from typing import ClassVar

from services.auth.refusals import (
    ClientIdTaken,
    ClosedAccountUnknown,
    InstitutionDisabled,
    InstitutionNameTaken,
    LimitReached,
    OwnAccount,
    TooManyAdded,
    UsernameTaken,
)
from services.kit.problems import Problem, Text, ValidationFailed
from services.kit.text import to_persian_digits


class CredentialsNotAccepted(Problem):
    """The reply to an unknown user, a wrong password and a disabled account alike."""

    status, code = 401, "credentials-not-accepted"
    title = Text("ورود پذیرفته نشد", "Credentials not accepted")
    detail = Text(
        "کد ملی یا گذرواژه درست نیست. هر دو را بررسی کنید یا گذرواژه تازه بخواهید. "
        "اگر ورود دومرحله‌ای دارید، کد آن را هم بنویسید.",
        "National code or password is wrong. Check both, or ask for a new password. With two-step sign-in, "
        "enter its code too.",
    )


class AccountClosed(Problem):
    """The reply to the right password of a closed account: which account is the person's now.

    `ends` are the last digits of the national code of that one.
    """

    status, code = 401, "account-closed"
    title = Text("این حساب بسته شده است", "Account closed")
    detail = Text(
        "این حساب با حساب دیگر شما یکی شده است. با کد ملی خود که به {ends} پایان می‌یابد وارد شوید. "
        "گذرواژه آن را نمی‌دانید؟ گذرواژه تازه بخواهید.",
        "This account was joined with your other one. Sign in with your national code that ends in {ends}. "
        "Forgot its password? Ask for a new one.",
    )

    def __init__(self, ends: str) -> None:
        super().__init__(ends=ends)

    def _translate_words(self, language: str) -> dict[str, object]:
        return {
            name: word if language == "en" else to_persian_digits(str(word))
            for name, word in self.words.items()
        }


class SignInCodeRequired(Problem):
    """The reply to a right and a wrong password alike; a code goes out only for a right one.

    The second call sends `sign_in_id` with the code, until `expires_at`.
    """

    status, code = 401, "sign-in-code-required"
    title = Text("کد ورود لازم است", "Sign-in code required")
    detail = Text(
        "برای این حساب تلاش‌های ناموفق زیادی ثبت شده است. اگر گذرواژه درست باشد، کد ورود پیامک می‌شود؛ آن را "
        "وارد کنید. نرسید؟ گذرواژه را بررسی کنید و دوباره وارد شوید.",
        "There were many failed attempts at this account. If the password is right, we text you a code; "
        "enter it. Did not get one? Check the password and sign in again.",
    )

    def __init__(self, sign_in_id: uuid.UUID, expires_at: datetime) -> None:
        super().__init__(extra={"sign_in_id": str(sign_in_id), "expires_at": expires_at.isoformat()})


class PasswordTooWeak(ValidationFailed):
    """The new password breaks the rules that `errors` lists."""

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


class SecondFactorRequired(Problem):
    """The reply to a new password without the code of a second factor, or with a wrong one."""

    status, code = 422, "second-factor-required"
    title = Text("کد دومرحله‌ای لازم است", "Second factor required")
    detail = Text(
        "ورود دومرحله‌ای این حساب روشن است. کد برنامه رمزساز یا یکی از کدهای پشتیبان را هم بنویسید.",
        "This account has two-step sign-in. Enter the code of your authenticator app or a backup code too.",
    )


class SecondFactorCodeWrong(CodeWrong):
    """The reply to a wrong first code of a new authenticator."""

    code = "second-factor-code-wrong"
    detail = Text(
        "کد درست نیست. ساعت گوشی را بررسی کنید و کدی را که اکنون برنامه نشان می‌دهد بنویسید.",
        "The code is wrong. Check the clock of your phone, and enter the code that the app shows now.",
    )


class PasskeyNotAccepted(Problem):
    """The reply to an answer of an authenticator that does not fit its request."""

    status, code = 422, "passkey-not-accepted"
    title = Text("کلید عبور پذیرفته نشد", "Passkey not accepted")
    detail = Text("کلید عبور پذیرفته نشد. از نو آغاز کنید.", "The passkey was not accepted. Start again.")


class FactorRequestExpired(Problem):
    status, code = 410, "second-factor-expired"
    title = Text("مهلت پایان یافته است", "Time is over")
    detail = Text(
        "مهلت افزودن ورود دومرحله‌ای پایان یافته است. از نو آغاز کنید.",
        "The time to add this second factor is over. Start again.",
    )


class MobileCodeWrong(CodeWrong):
    code = "mobile-code-wrong"


class SignInCodeWrong(Problem):
    """The reply to a wrong code, to a wrong password with it, and to an expired or unknown sign-in alike."""

    status, code = 422, "sign-in-code-wrong"
    title = Text("کد درست نیست", "Wrong code")
    detail = Text(
        "کد یا گذرواژه درست نیست، یا مهلت آن گذشته است. پیامک را دوباره بررسی کنید یا دوباره وارد شوید.",
        "The code or the password is wrong, or its time has passed. Check the message again, or start the "
        "sign-in again.",
    )


class ReversalCodeWrong(Problem):
    """The reply to a wrong, a malformed and an expired code alike."""

    status, code = 422, "reversal-code-wrong"
    title = Text("کد درست نیست", "Wrong code")
    detail = Text(
        "کد لغو درست نیست یا مهلت ۲۴ ساعته آن گذشته است. ۱۶ رقم پیامک را دوباره بررسی کنید.",
        "The code is wrong, or its 24 hours have passed. Check the 16 digits in the message again.",
    )


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
    """A command cannot be carried out; the message says why and what to do."""


class OwnRepresentative(ValidationFailed):
    """A person has named the own national code."""

    def __init__(self) -> None:
        own = Text(
            "کد ملی خود شماست. کد ملی نماینده را بنویسید.", "This is your own code. Enter your helper's."
        )
        super().__init__(("national_code", own))


class TooManyRepresentatives(Problem):
    status, code = 409, "too-many-representatives"
    title = Text("تعداد نمایندگان بیش از حد است", "Too many representatives")
    detail = Text(
        "حداکثر ده نماینده یا دعوت می‌توانید داشته باشید. یکی را پایان دهید و دوباره تلاش کنید.",
        "You can have ten representatives or invitations at most. End one of them and try again.",
    )


class PersonUnknown(ValidationFailed):
    """Records has no person with these data."""

    code = "person-unknown"
    title = Text("بیمه‌شده پیدا نشد", "Person not found")

    def __init__(self, field: str = "national_code") -> None:
        unknown = Text(
            "با این شماره و تاریخ تولد کسی در سوابق نیست. هر دو را با مدرک شناسایی بررسی کنید.",
            "The records have nobody with this number and birth date. Check both against the document.",
        )
        super().__init__((field, unknown))


class IdentificationOpen(Problem):
    status, code = 409, "identification-open"
    title = Text("شناسایی دیگری در جریان است", "Another identification is open")
    detail = Text(
        "برای این شخص شناسایی دیگری ثبت شده است. نخست آن را تایید یا رد کنید.",
        "This person already has an open identification. Confirm or reject it first.",
    )


class IdentificationDecided(Problem):
    status, code = 409, "identification-decided"
    title = Text("پیش‌تر رسیدگی شده است", "Already decided")
    detail = Text(
        "این شناسایی پیش‌تر تایید یا رد شده، یا مهلت آن گذشته است. صفحه را تازه کنید.",
        "This identification was confirmed or rejected before, or has expired. Reload the page.",
    )


class OwnProposal(Problem):
    status, code = 403, "own-proposal"
    title = Text("پیشنهاد خودتان", "Your own proposal")
    detail = Text(
        "کارشناس دیگری باید این شناسایی را تایید کند.", "Another officer must confirm this identification."
    )


class CounterCodeWrong(Problem):
    """The reply to a wrong, a malformed, a used and an expired code alike."""

    status, code = 422, "activation-code-wrong"
    title = Text("کد درست نیست", "Wrong code")
    detail = Text(
        "کد فعال‌سازی درست نیست یا مهلت سه‌روزه آن گذشته است. ۱۶ رقم پیامک را دوباره بررسی کنید.",
        "The code is wrong, or its three days have passed. Check the 16 digits in the message again.",
    )


class CounterRequired(ValidationFailed):
    """The owner of a mobile can only be found out by an officer at the counter."""

    code = "counter-required"
    title = Text("مراجعه لازم است", "Visit an office")
    detail = Text(
        "مالک این شماره را نمی‌توان از راه دور شناخت. با مدارک شناسایی به یکی از شعبه‌ها یا نمایندگی‌ها بروید.",
        "We cannot check online who owns this number. Bring your identity documents to one of our offices.",
    )

    def __init__(self) -> None:
        super().__init__(("mobile", self.detail))


__all__ = [
    "AccountClosed",
    "ActivationCodeWrong",
    "ClientIdTaken",
    "ClosedAccountUnknown",
    "CodeWrong",
    "CommandRefused",
    "CredentialsNotAccepted",
    "FactorRequestExpired",
    "InstitutionDisabled",
    "InstitutionNameTaken",
    "LimitReached",
    "MobileChangeExpired",
    "MobileCodeWrong",
    "OwnAccount",
    "PasskeyNotAccepted",
    "PasswordTooWeak",
    "RegistrationExpired",
    "ResetCodeWrong",
    "ResetExpired",
    "ReversalCodeWrong",
    "SecondFactorCodeWrong",
    "SecondFactorRequired",
    "SignInCodeRequired",
    "SignInCodeWrong",
    "TooManyAdded",
    "UsernameTaken",
]
