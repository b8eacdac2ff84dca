"""Texts of messages to mobiles: one part, without names and links, in the language that a person has chosen.

One part has 70 characters in Persian and 160 in English. Codes are written in Latin digits, so that phones
fill them in automatically. A code of several groups follows a left-to-right mark: between Persian words the
groups would be shown in the other order.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from services.auth.clients import Message
from services.auth.models import (
    SIGN_IN_CODE,
    AccountNoticeKind,
    CodeKind,
    MandateNoticeKind,
    NoticeKind,
    PersonNoticeKind,
    RecordNoticeKind,
    SecurityNoticeKind,
)
from services.auth.models.counter import CounterNoticeKind
from services.kit.identity_fields import ALL, describe_fields
from services.kit.jalali import TEHRAN, format_long_date, to_tehran_date
from services.kit.problems import Text
from services.kit.text import to_persian_digits

PERSIAN, ENGLISH = "fa", "en"
LEFT_TO_RIGHT = "\u200e"
# One part of a text message in Persian.
MAX_LENGTH = 70
SIGN_IN = " وارد سامانه شوید."

_CODES: Mapping[str, Text] = {
    CodeKind.ACTIVATION: Text(
        "گواه: کد فعال‌سازی {code}. تا {n} دقیقه معتبر است. به کسی ندهید.",
        "Govah: activation code {code}, valid for {n} minutes. Do not share it.",
    ),
    CodeKind.PASSWORD_RESET: Text(
        "گواه: کد بازیابی {code}. تا {n} دقیقه معتبر است. به کسی ندهید.",
        "Govah: code for a new password {code}, valid for {n} minutes. Do not share it.",
    ),
    CodeKind.MOBILE_CHANGE: Text(
        "گواه: کد تغییر شماره {code}. تا {n} دقیقه معتبر است. به کسی ندهید.",
        "Govah: code for a change of mobile {code}, valid for {n} minutes. Do not share it.",
    ),
    SIGN_IN_CODE: Text(
        "گواه: کد ورود {code}. تا {n} دقیقه معتبر است. به کسی ندهید.",
        "Govah: sign-in code {code}, valid for {n} minutes. Do not share it.",
    ),
}
_NOTICES: Mapping[NoticeKind | RecordNoticeKind, Text] = {
    NoticeKind.LETTER_READY: Text(
        "گواه: نامه اعلام سابقه شما آماده است. به «صندوق شخصی من» بروید.",
        "Govah: your letter is ready. Open your inbox to see it.",
    ),
    NoticeKind.LETTER_VIEWED: Text(
        "گواه: نامه شما {when} دیده شد. ناآشناست؟ مجوز را لغو کنید.",
        "Govah: your letter was viewed on {when} (Tehran time). Not expected? Revoke the permit.",
    ),
    NoticeKind.ATTEMPTS_FAILED: Text(
        "گواه: برای سابقه شما تلاش ناموفق ثبت شد. مجوزها را در سامانه ببینید.",
        "Govah: somebody tried to see your record and failed. Sign in to check your permits.",
    ),
    NoticeKind.LETTER_SUPERSEDED: Text(
        "گواه: سوابق شما تغییر کرد؛ نامه تازه‌ای درخواست کنید.",
        "Govah: your record has changed. Request a new letter.",
    ),
    RecordNoticeKind.OBJECTION_DECIDED: Text(
        "گواه: درباره اعتراض شما تصمیم گرفته شد. نتیجه در سامانه است.",
        "Govah: your objection was decided. Sign in to read the result.",
    ),
    RecordNoticeKind.OBJECTION_QUESTION: Text(
        "گواه: کارشناس درباره اعتراض شما پرسشی دارد. وارد سامانه شوید.",
        "Govah: an officer has a question about your objection. Sign in to answer it.",
    ),
}
_SECURITY: Mapping[SecurityNoticeKind, Text] = {
    SecurityNoticeKind.MOBILE_CHANGED: Text(
        "گواه: شماره همراهتان عوض شد. کار شما نیست؟ کد لغو {code}",
        "Govah: the mobile of your account was changed. Not you? Undo it with this code: {code}",
    ),
    SecurityNoticeKind.MOBILE_REVERSED: Text(
        "گواه: تغییر شماره همراه لغو شد. برای ورود گذرواژه تازه بخواهید.",
        "Govah: the change of mobile was undone. Ask for a new password to sign in.",
    ),
    SecurityNoticeKind.PASSWORD_CHANGED: Text(
        "گواه: گذرواژه شما تغییر کرد. کار شما نیست؟ گذرواژه تازه بخواهید.",
        "Govah: your password was changed. Not you? Ask for a new password.",
    ),
    SecurityNoticeKind.NEW_SIGN_IN: Text(
        "گواه: ورود تازه‌ای به حسابتان انجام شد. ناآشناست؟ گذرواژه را عوض کنید.",
        "Govah: new sign-in to your account. Not you? Change your password.",
    ),
    SecurityNoticeKind.PERMIT_ISSUED: Text(
        "گواه: مجوز استعلام تازه‌ای صادر شد. کار شما نیست؟ آن را لغو کنید.",
        "Govah: a new permit was issued. Not you? Sign in and revoke it.",
    ),
    SecurityNoticeKind.WRONG_CODES: Text(
        "گواه: کد ورود چند بار اشتباه وارد شد. ناآشناست؟ گذرواژه را عوض کنید.",
        "Govah: a wrong sign-in code was entered several times. Not you? Change your password.",
    ),
}
_PERSON: Mapping[PersonNoticeKind, Text] = {
    PersonNoticeKind.IDENTITY_CORRECTED: Text(
        "گواه: در سوابق بیمه شما {fields} اصلاح شد." + SIGN_IN,
        "Govah: corrected in your insurance record: {fields}. Sign in to see it.",
    ),
    PersonNoticeKind.CODE_CORRECTED: Text(
        "گواه: کد ملی شما در سوابق اصلاح شد. با کد ملی درست وارد شوید.",
        "Govah: your national code was corrected. Sign in with the right one.",
    ),
    PersonNoticeKind.RECORDS_MERGED: Text(
        "گواه: دو سابقه شما یکی شد. با کد ملی درست خود وارد شوید.",
        "Govah: your two records were joined. Sign in with your right national code.",
    ),
    PersonNoticeKind.ACCOUNT_CLOSED: Text(
        "گواه: این حساب با حساب دیگر شما یکی شد. با آن حساب وارد شوید.",
        "Govah: this account was joined with your other one. Sign in with that one.",
    ),
    PersonNoticeKind.ACCOUNT_CHOSEN: Text(
        "گواه: از دو حساب شما این یکی ماند. با کد ملی درست خود وارد شوید.",
        "Govah: of your two accounts this one remains. Sign in with your right national code.",
    ),
}
_ACCOUNT: Mapping[AccountNoticeKind, Text] = {
    AccountNoticeKind.LETTER_REVOKED: Text(
        "گواه: نامه‌ای از شما باطل شد. علت در سامانه است.",
        "Govah: one of your letters was revoked. Sign in to read why.",
    ),
    AccountNoticeKind.DISCREPANCY_REPORTED: Text(
        "گواه: موسسه‌ای مغایرتی گزارش کرد. آن را در سامانه ببینید.",
        "Govah: an institution reported a discrepancy. Sign in to see it.",
    ),
    AccountNoticeKind.PERMIT_ENDING: Text(
        "گواه: اعتبار یک مجوز رو به پایان است.", "Govah: one of your permits is about to end."
    ),
    AccountNoticeKind.VIEWS_OF_DAY: Text(
        "گواه: نامه شما {day} {n} بار دیده شد.", "Govah: views of your letters {day}: {n}."
    ),
    AccountNoticeKind.ACCOUNT_EXISTS: Text(
        "گواه: شما حساب دارید. وارد شوید یا گذرواژه تازه بخواهید.",
        "Govah: you already have an account. Sign in, or ask for a new password.",
    ),
    AccountNoticeKind.SECOND_FACTOR_CHANGED: Text(
        "گواه: ورود دومرحله‌ای شما تغییر کرد. ناآشناست؟ گذرواژه را عوض کنید.",
        "Govah: your two-step sign-in was changed. Not you? Change your password.",
    ),
    AccountNoticeKind.ACCOUNT_ENDED: Text(
        "گواه: حساب شما بسته شد. کار شما نیست؟ گذرواژه تازه بخواهید.",
        "Govah: your account was closed. Not you? Ask for a new password.",
    ),
}
_COUNTER: Mapping[CounterNoticeKind, Text] = {
    CounterNoticeKind.PROPOSED: Text(
        "گواه: در شعبه برای حسابتان شماره تازه خواسته‌اند. ناآشناست؟ خبر دهید.",
        "Govah: somebody asked at an office for a new mobile of your account. Not you? Tell us.",
    ),
    CounterNoticeKind.CONFIRMED: Text(
        "گواه: شماره تازه حسابتان در شعبه تایید شد. کار شما نیست؟ خبر دهید.",
        "Govah: a new mobile of your account was confirmed at an office. Not you? Tell us.",
    ),
    CounterNoticeKind.ACTIVATION: Text(
        "گواه: کد فعال‌سازی {code} تا سه روز. به کسی ندهید.",
        "Govah: activation code {code}, valid for 3 days. Do not share it.",
    ),
}
_MANDATES: Mapping[MandateNoticeKind, Text] = {
    MandateNoticeKind.INVITED: Text(
        "گواه: از شما خواسته‌اند نماینده کسی باشید. پاسخ در «تامین اجتماعی من».",
        "Govah: somebody asks you to be their representative. Answer under My Social Security.",
    ),
    MandateNoticeKind.BEGAN: Text(
        "گواه: نماینده شما پذیرفت. کار شما نیست؟ در سامانه پایانش دهید.",
        "Govah: your representative accepted. Not you? Sign in and end it.",
    ),
    MandateNoticeKind.USED: Text(
        "گواه: نماینده شما امروز به نمایندگی وارد شد. ناآشناست؟ پایانش دهید.",
        "Govah: your representative signed in for you today. Not expected? Sign in and end it.",
    ),
}
CONTACT_KIND = "institution-failures"
# Every kind of message that is sent.
KINDS = frozenset(
    str(kind)
    for kinds in (_CODES, _NOTICES, _SECURITY, _PERSON, _ACCOUNT, _COUNTER, _MANDATES)
    for kind in kinds
) | {CONTACT_KIND}


def build_code_message(kind: str, mobile: str, code: str, minutes: int, language: str = PERSIAN) -> Message:
    """Return the message with a code; `minutes` is the time until it expires."""
    n = minutes if language == ENGLISH else to_persian_digits(minutes)
    return Message(
        to=mobile, kind=str(kind), text=_CODES[kind].pick(language).format(code=code, n=n), code=code
    )


def build_notice_message(
    kind: NoticeKind | RecordNoticeKind, mobile: str, occurred_at: datetime, language: str = PERSIAN
) -> Message:
    """Return the message of a notice; the moment is written in Tehran's time."""
    text = _NOTICES[kind].pick(language).format(when=_format_moment(occurred_at, language))
    return Message(to=mobile, kind=kind.value, text=text)


def build_contact_message(mobile: str) -> Message:
    """Return the message to an institution's contact when most of its inquiries fail."""
    text = "گواه: بیشتر استعلام‌های موسسه شما ناموفق است. کاربران را بررسی کنید."
    return Message(to=mobile, kind=CONTACT_KIND, text=text)


def build_security_message(
    kind: SecurityNoticeKind, mobile: str, code: str | None, language: str = PERSIAN
) -> Message:
    """Return a message about an act that a thief would do; `code` is already grouped, or None."""
    mark = "" if language == ENGLISH else LEFT_TO_RIGHT
    text = _SECURITY[kind].pick(language).format(code=f"{mark}{code}")
    return Message(to=mobile, kind=kind.value, text=text, code=code)


def build_person_message(
    kind: PersonNoticeKind, mobile: str, fields: Sequence[str], language: str = PERSIAN
) -> Message:
    """Return a message that a person was corrected or merged; the fields are named if they fit."""
    if language == ENGLISH:
        text = _PERSON[kind].en.format(fields=describe_fields(fields).en)
        return Message(to=mobile, kind=kind.value, text=text)
    text = _PERSON[kind].fa.format(fields=describe_fields(fields).fa)
    if len(text) > MAX_LENGTH:
        text = text.removesuffix(SIGN_IN)
    if len(text) > MAX_LENGTH:
        text = _PERSON[kind].fa.format(fields=ALL.fa)
    return Message(to=mobile, kind=kind.value, text=text)


def build_account_message(kind: AccountNoticeKind, mobile: str, language: str = PERSIAN) -> Message:
    """Return a message about a letter, a permit or the account."""
    return Message(to=mobile, kind=kind.value, text=_ACCOUNT[kind].pick(language))


def build_views_message(mobile: str, count: int, day: date, today: date, language: str = PERSIAN) -> Message:
    """Return the digest of the views of a day; it is mostly sent on that day or on the next one."""
    kind = AccountNoticeKind.VIEWS_OF_DAY
    day_text = {0: Text("امروز", "today"), 1: Text("دیروز", "yesterday")}.get(
        (today - day).days, Text(_format_day(day, PERSIAN), f"on {_format_day(day, ENGLISH)}")
    )
    n = str(count) if language == ENGLISH else to_persian_digits(count)
    text = _ACCOUNT[kind].pick(language).format(day=day_text.pick(language), n=n)
    return Message(to=mobile, kind=kind.value, text=text)


def build_counter_message(
    kind: CounterNoticeKind, mobile: str, code: str | None, language: str = PERSIAN
) -> Message:
    """Return a message about an identification; `code` is already grouped, or None."""
    mark = LEFT_TO_RIGHT if language == PERSIAN else ""
    text = _COUNTER[kind].pick(language).format(code=f"{mark}{code}")
    return Message(to=mobile, kind=kind.value, text=text, code=code)


def build_mandate_message(kind: MandateNoticeKind, mobile: str, language: str = PERSIAN) -> Message:
    """Return a message about a mandate."""
    return Message(to=mobile, kind=kind.value, text=_MANDATES[kind].pick(language))


def _format_moment(moment: datetime, language: str) -> str:
    """Return «۱۵ مهر ۱۴:۳۰»: a longer form would not fit into one part."""
    time = moment.astimezone(TEHRAN).strftime("%H:%M")
    day = _format_day(to_tehran_date(moment), language)
    return f"{day} {time if language == ENGLISH else to_persian_digits(time)}"


def _format_day(day: date, language: str) -> str:
    if language == ENGLISH:
        return f"{day.day} {day:%B}"
    return format_long_date(day).rpartition(" ")[0]
