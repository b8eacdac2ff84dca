"""The problems of permits and inquiries, with their texts for people and codes for programs."""

from datetime import datetime

from services.kit.jalali import format_long_date, to_tehran_date
from services.kit.problems import Problem, Text, TooManyAttempts


class CodeMistyped(Problem):
    """The check digit is wrong. The reply is immediate and does not count as an attempt."""

    status, code = 422, "code-mistyped"
    title = Text("کد رمز اشتباه تایپ شده است", "Code mistyped")
    detail = Text(
        "کد رمز اشتباه تایپ شده است. ۱۶ رقم را دوباره بررسی کنید.", "Code mistyped. Check the 16 digits."
    )


class SerialInsteadOfCode(CodeMistyped):
    """A letter's serial number was typed in the place of the code."""

    detail = Text(
        "این شماره سریال است، نه کد رمز. کد رمز ۱۶ رقم دارد؛ آن را از متقاضی بخواهید.",
        "That is a letter's serial number, not a secret code. The code has 16 digits; ask the applicant.",
    )


class NationalCodeInsteadOfCode(CodeMistyped):
    """A national code was typed in the place of the secret code."""

    detail = Text(
        "این کد ملی است، نه کد رمز. کد رمز ۱۶ رقم دارد؛ آن را از متقاضی بخواهید.",
        "That is a national code, not a secret code. The code has 16 digits; ask the applicant.",
    )


class CodeNotAccepted(Problem):
    """The one reply for a wrong national code, a wrong or unknown code and another institution's permit."""

    status, code = 404, "code-not-accepted"
    title = Text("پذیرفته نشد", "Not accepted")
    detail = Text(
        "با این شناسه و کد رمز نامه‌ای در دسترس نیست. هر دو را با متقاضی بررسی کنید؛ "
        "مجوز ممکن است ویژه موسسه دیگری باشد.",
        "Not accepted. Check both with the applicant; the permit may be for another institution.",
    )


class PermitEnded(Problem):
    """The pair is right, but the permit has ended or is paused. `code` is also the inquiry's result."""

    status = 410


class PermitExpired(PermitEnded):
    code = "permit-expired"
    title = Text("اعتبار مجوز پایان یافته است", "Permit expired")
    detail = Text(
        "اعتبار این مجوز در {fa} پایان یافته است. از متقاضی بخواهید مجوز تازه صادر کند.",
        "Permit expired on {en}. Ask for a new one.",
    )

    def __init__(self, expired_at: datetime) -> None:
        day = to_tehran_date(expired_at)
        super().__init__(fa=format_long_date(day), en=day.isoformat())


class PermitRevoked(PermitEnded):
    code = "permit-revoked"
    title = Text("مجوز لغو شده است", "Permit revoked")
    detail = Text(
        "متقاضی این مجوز را لغو کرده است. از متقاضی بخواهید مجوز تازه صادر کند.",
        "The applicant revoked this permit. Ask for a new one.",
    )


class PermitUsedUp(PermitEnded):
    code = "permit-used-up"
    title = Text("تعداد مشاهده پایان یافته است", "Permit used up")
    detail = Text(
        "تعداد مشاهده مجاز این مجوز به پایان رسیده است. از متقاضی بخواهید مجوز تازه صادر کند.",
        "All permitted views are used. Ask for a new permit.",
    )


class PermitPaused(PermitEnded):
    code = "permit-paused"
    title = Text("مجوز متوقف است", "Permit paused")
    detail = Text(
        "این مجوز موقتاً متوقف است. متقاضی می‌تواند آن را دوباره فعال کند.",
        "This permit is paused. The applicant can resume it.",
    )


class PermitLetterRevoked(PermitEnded):
    """The organisation has revoked the letter behind the permit."""

    code = "letter-revoked"
    title = Text("نامه باطل شده است", "Letter revoked")
    detail = Text(
        "سازمان این نامه را باطل کرده است و دیگر نمایش داده نمی‌شود. از متقاضی نامه و مجوز تازه بخواهید.",
        "The organisation revoked this letter, so it is no longer shown. Ask for a new letter and permit.",
    )


class PermitOver(Problem):
    """The owner pauses or resumes a permit that has ended."""

    status, code = 409, "permit-over"
    title = Text("مجوز پایان یافته است", "Permit is over")
    detail = Text(
        "این مجوز پایان یافته است. اگر لازم است مجوز تازه‌ای صادر کنید.",
        "This permit has ended. Issue a new one if it is needed.",
    )


class CodeAlreadyShown(Problem):
    """A repeated request for a permit. `permit_id` is an extra member of the problem document."""

    status, code = 409, "code-already-shown"
    title = Text("کد رمز پیش‌تر نمایش داده شده است", "Code already shown")
    detail = Text(
        "این مجوز پیش‌تر صادر و کد رمز آن یک بار نمایش داده شده است. اگر کد را ندارید، مجوز را لغو و "
        "مجوز تازه‌ای صادر کنید.",
        "This permit was issued before and its code was shown once. If you do not have it, revoke the "
        "permit and issue a new one.",
    )


class DiscrepancyAnswered(Problem):
    """A person declines a report of which an objection of theirs came."""

    status, code = 409, "discrepancy-answered"
    title = Text("اعتراض شما ثبت شده است", "You have objected")
    detail = Text(
        "به این گزارش با اعتراض به سوابق پاسخ داده‌اید. اگر سوابق درست است، اعتراض را پس بگیرید.",
        "You have answered this report with an objection. If your record is right, withdraw the objection.",
    )

    def __init__(self, discrepancy_status: str) -> None:
        super().__init__(extra={"discrepancy_status": str(discrepancy_status)})


class TooManyReports(TooManyAttempts):
    """Past the number of reports of an institution about one permit a day; `retry_after` in seconds."""

    code = "too-many-reports"
    title = Text("گزارش بیش از حد مجاز", "Too many reports")
    detail = Text(
        "گزارش‌های موسسه شما درباره این مجوز در ۲۴ ساعت به سقف مجاز رسیده است. {wait} دوباره گزارش دهید.",
        "Your institution has sent the most reports about this permit in 24 hours. Report again {wait}.",
    )


class LetterRevoked(Problem):
    status, code = 409, "letter-revoked"
    title = Text("نامه باطل شده است", "Letter revoked")
    detail = Text(
        "این نامه باطل شده است و برای آن مجوز صادر نمی‌شود. نامه تازه‌ای درخواست کنید.",
        "This letter was revoked, so no permit can be issued for it. Request a new letter.",
    )


class InstitutionDisabled(Problem):
    status, code = 403, "institution-disabled"
    title = Text("موسسه غیرفعال است", "Institution disabled")
    detail = Text(
        "دسترسی موسسه شما غیرفعال شده است. با سازمان تماس بگیرید.",
        "Your institution may no longer inquire. Contact the organisation.",
    )


class QrCodeInvalid(Problem):
    """The text is not that of the QR code of the letter with this serial number; the detail says why."""

    status, code = 422, "qr-code-invalid"
    title = Text("رمزینه پذیرفته نشد", "QR code not accepted")
    detail = Text("{fa}", "{en}")

    def __init__(self, fa: str, en: str) -> None:
        super().__init__(fa=fa, en=en)
