"""Texts of messages to mobiles: one part of 70 characters, without names and links.

Codes are written in Latin digits, so that phones fill them in automatically. A code of several groups follows
a left-to-right mark: between Persian words the groups would be shown in the other order.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.auth.clients import Message
from services.auth.models import (
    SIGN_IN_CODE,
    CodeKind,
    NoticeKind,
    PersonNoticeKind,
    RecordNoticeKind,
    SecurityNoticeKind,
)
from services.kit.identity_fields import ALL, describe_fields
from services.kit.jalali import TEHRAN, format_long_date, to_tehran_date
from services.kit.text import to_persian_digits

LEFT_TO_RIGHT = "\u200e"
# One part of a text message in Persian.
MAX_LENGTH = 70
SIGN_IN = " وارد سامانه شوید."

_CODES = {
    CodeKind.ACTIVATION: "گواه: کد فعال‌سازی {code}. تا {n} دقیقه معتبر است. به کسی ندهید.",
    CodeKind.PASSWORD_RESET: "گواه: کد تغییر گذرواژه {code}. تا {n} دقیقه معتبر است. به کسی ندهید.",
    CodeKind.MOBILE_CHANGE: "گواه: کد تغییر شماره {code}. تا {n} دقیقه معتبر است. به کسی ندهید.",
    SIGN_IN_CODE: "گواه: کد ورود {code}. تا {n} دقیقه معتبر است. به کسی ندهید.",
}
_NOTICES: Mapping[NoticeKind | RecordNoticeKind, str] = {
    NoticeKind.LETTER_READY: "گواه: نامه اعلام سابقه شما آماده است. به «صندوق شخصی من» بروید.",
    NoticeKind.LETTER_VIEWED: "گواه: نامه شما {when} دیده شد. ناآشناست؟ مجوز را لغو کنید.",
    NoticeKind.ATTEMPTS_FAILED: "گواه: برای دیدن نامه شما تلاش‌های ناموفقی شد. وارد سامانه شوید.",
    NoticeKind.LETTER_SUPERSEDED: "گواه: نامه شما دیگر به‌روز نیست. وارد سامانه شوید و نامه تازه بخواهید.",
    RecordNoticeKind.OBJECTION_DECIDED: "گواه: به اعتراض شما رسیدگی شد. برای دیدن نتیجه وارد سامانه شوید.",
    RecordNoticeKind.OBJECTION_QUESTION: "گواه: کارشناس درباره اعتراض شما پرسشی دارد. وارد سامانه شوید.",
}
_SECURITY = {
    SecurityNoticeKind.MOBILE_CHANGED: "گواه: شماره همراهتان عوض شد. کار شما نیست؟ کد لغو {code}",
    SecurityNoticeKind.MOBILE_REVERSED: "گواه: تغییر شماره همراه لغو شد. برای ورود گذرواژه تازه بخواهید.",
    SecurityNoticeKind.PASSWORD_CHANGED: "گواه: گذرواژه شما تغییر کرد. کار شما نیست؟ گذرواژه تازه بخواهید.",
    SecurityNoticeKind.NEW_SIGN_IN: "گواه: ورود تازه‌ای به حسابتان انجام شد. ناآشناست؟ گذرواژه را عوض کنید.",
    SecurityNoticeKind.PERMIT_ISSUED: "گواه: مجوز استعلام تازه‌ای صادر شد. کار شما نیست؟ آن را لغو کنید.",
    SecurityNoticeKind.WRONG_CODES: "گواه: کد ورود چند بار اشتباه وارد شد. ناآشناست؟ گذرواژه را عوض کنید.",
}
_PERSON = {
    PersonNoticeKind.IDENTITY_CORRECTED: "گواه: در سوابق بیمه شما {fields} اصلاح شد." + SIGN_IN,
    PersonNoticeKind.CODE_CORRECTED: "گواه: کد ملی شما در سوابق اصلاح شد. با کد ملی درست وارد شوید.",
    PersonNoticeKind.RECORDS_MERGED: "گواه: دو سابقه شما یکی شد. با کد ملی درست خود وارد شوید.",
    PersonNoticeKind.ACCOUNT_CLOSED: "گواه: این حساب با حساب دیگر شما یکی شد. با آن حساب وارد شوید.",
    PersonNoticeKind.ACCOUNT_CHOSEN: "گواه: از دو حساب شما این یکی ماند. با کد ملی درست خود وارد شوید.",
}


def build_code_message(kind: str, mobile: str, code: str, minutes: int) -> Message:
    """Return the message with a code; `minutes` is the time until it expires."""
    text = _CODES[kind].format(code=code, n=to_persian_digits(minutes))
    return Message(to=mobile, kind=str(kind), text=text, code=code)


def build_notice_message(kind: NoticeKind | RecordNoticeKind, mobile: str, occurred_at: datetime) -> Message:
    """Return the message of a notice; the moment is written in Tehran's time."""
    return Message(to=mobile, kind=kind.value, text=_NOTICES[kind].format(when=_format_moment(occurred_at)))


def build_contact_message(mobile: str) -> Message:
    """Return the message to an institution's contact when most of its inquiries fail."""
    text = "گواه: بیشتر استعلام‌های موسسه شما ناموفق است. کاربران را بررسی کنید."
    return Message(to=mobile, kind="institution-failures", text=text)


def build_security_message(kind: SecurityNoticeKind, mobile: str, code: str | None) -> Message:
    """Return a message about an act that a thief would do; `code` is already grouped, or None."""
    text = _SECURITY[kind].format(code=f"{LEFT_TO_RIGHT}{code}")
    return Message(to=mobile, kind=kind.value, text=text, code=code)


def build_person_message(kind: PersonNoticeKind, mobile: str, fields: Sequence[str]) -> Message:
    """Return a message that a person was corrected or merged; the fields are named if they fit."""
    text = _PERSON[kind].format(fields=describe_fields(fields).fa)
    if len(text) > MAX_LENGTH:
        text = text.removesuffix(SIGN_IN)
    if len(text) > MAX_LENGTH:
        text = _PERSON[kind].format(fields=ALL.fa)
    return Message(to=mobile, kind=kind.value, text=text)


def _format_moment(moment: datetime) -> str:
    """Return «۱۵ مهر ۱۴:۳۰»: a longer form would not fit into one part."""
    day = format_long_date(to_tehran_date(moment)).rpartition(" ")[0]
    return f"{day} {to_persian_digits(moment.astimezone(TEHRAN).strftime('%H:%M'))}"
