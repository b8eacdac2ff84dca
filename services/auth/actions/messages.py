"""The texts of messages to mobiles: one part of 70 characters, no names, no links.

Codes stand in Latin digits, so that phones fill them in by themselves.
"""

from datetime import datetime

from services.auth.clients import Message
from services.auth.models import CodeKind, NoticeKind
from services.kit.jalali import TEHRAN, date_words, tehran_date
from services.kit.text import persian_digits

_CODES = {
    CodeKind.ACTIVATION: "گواه: کد فعال‌سازی {code}. تا {n} دقیقه معتبر است. به کسی ندهید.",
    CodeKind.PASSWORD_RESET: "گواه: کد تغییر گذرواژه {code}. تا {n} دقیقه معتبر است. به کسی ندهید.",
    CodeKind.MOBILE_CHANGE: "گواه: کد تغییر شماره {code}. تا {n} دقیقه معتبر است. به کسی ندهید.",
}
_NOTICES = {
    NoticeKind.LETTER_READY: "گواه: نامه اعلام سابقه شما آماده است. به «صندوق شخصی من» بروید.",
    NoticeKind.LETTER_VIEWED: "گواه: نامه شما {when} دیده شد. ناآشناست؟ مجوز را لغو کنید.",
    NoticeKind.ATTEMPTS_FAILED: "گواه: برای دیدن نامه شما تلاش‌های ناموفقی شد. وارد سامانه شوید.",
    NoticeKind.LETTER_SUPERSEDED: "گواه: نامه شما دیگر به‌روز نیست. وارد سامانه شوید و نامه تازه بخواهید.",
}


def code_message(kind: CodeKind, mobile: str, code: str, minutes: int) -> Message:
    """The message that carries a code; `minutes` are what is left of its life."""
    text = _CODES[kind].format(code=code, n=persian_digits(minutes))
    return Message(to=mobile, kind=kind.value, text=text, code=code)


def notice_message(kind: NoticeKind, mobile: str, occurred_at: datetime) -> Message:
    """The message of a notice; the moment is told in Tehran's time."""
    return Message(to=mobile, kind=kind.value, text=_NOTICES[kind].format(when=_when(occurred_at)))


def contact_message(mobile: str) -> Message:
    """The message to an institution's contact when most of its inquiries fail."""
    text = "گواه: بیشتر استعلام‌های موسسه شما ناموفق است. کاربران را بررسی کنید."
    return Message(to=mobile, kind="institution-failures", text=text)


def _when(moment: datetime) -> str:
    """«۱۵ مهر ۱۴:۳۰»: more would not fit into one part."""
    day = date_words(tehran_date(moment)).rpartition(" ")[0]
    return f"{day} {persian_digits(moment.astimezone(TEHRAN).strftime('%H:%M'))}"
