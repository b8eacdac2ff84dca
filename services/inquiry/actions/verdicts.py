"""The reasons for the result of a check, in both languages. Called by routes and `letters`."""

from collections.abc import Mapping
from enum import StrEnum

from govah_verify.examination import Cause
from services.inquiry.models import Letter
from services.kit.jalali import format_long_date, to_tehran_date
from services.kit.problems import Text


class Reason(StrEnum):
    AS_ISSUED = "as-issued"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"
    SIGNATURE_MISSING = "signature-missing"
    NOT_WHOLE = "added-or-cut"
    CHANGED = "changed"
    NOT_REGISTERED = "not-registered"
    NO_SERIAL = "no-serial"


_WORDS: Mapping[Reason, Text] = {
    Reason.AS_ISSUED: Text(
        "این فایل بایت به بایت همان نامه‌ای است که صادر شده است و اعتبار دارد.",
        "The file is byte for byte the letter that was issued, and it is valid.",
    ),
    Reason.SUPERSEDED: Text(
        "نامه اصیل است، ولی دیگر به‌روز نیست؛ از {date} نامه تازه‌ای جایگزین آن شده است یا سوابق تغییر کرده "
        "است. از متقاضی نامه تازه بخواهید.",
        "The letter is genuine but no longer current: since {date} a newer one has taken its place, or the "
        "record has changed. Ask the applicant for a new letter.",
    ),
    Reason.REVOKED: Text(
        "نامه اصیل است، ولی از {date} باطل شده است. آن را نپذیرید و از متقاضی نامه تازه بخواهید.",
        "The letter is genuine but was revoked on {date}. Do not accept it; ask the applicant for a new one.",
    ),
    Reason.SIGNATURE_MISSING: Text(
        "فایل نشانه‌های نامه ما را دارد، ولی امضای نامه در آن نیست یا خوانده نمی‌شود: دوباره چاپ یا "
        "ذخیره شده یا ساختگی است. آن را نپذیرید و فایل اصلی را از متقاضی بخواهید.",
        "The file has traces of one of our letters, but its signature is missing or cannot be read: it was "
        "printed or saved again, or is a forgery. Do not accept it; ask the applicant for the original file.",
    ),
    Reason.NOT_REGISTERED: Text(
        "امضای فایل از ماست، ولی نامه‌ای با این محتوا هنوز در دفتر نامه‌های صادرشده نیست. اگر نامه همین حالا "
        "صادر شده است، چند دقیقه دیگر دوباره بررسی کنید.",
        "The signature is ours, but the register of issued letters does not have this letter yet. If it was "
        "issued just now, check again in a few minutes.",
    ),
    Reason.NOT_WHOLE: Text(
        "پس از امضا چیزی به نامه افزوده یا از آن بریده شده است (یادداشت یا ذخیره دوباره هم چنین می‌کند). "
        "فایل اصلی را از متقاضی بخواهید.",
        "Something was added to the letter after it was signed, or cut off (a note, or saving it again, "
        "does so too). Ask the applicant for the original file.",
    ),
    Reason.CHANGED: Text(
        "محتوای نامه پس از امضا تغییر کرده است. آن را نپذیرید و فایل اصلی را از متقاضی بخواهید.",
        "The letter was changed after it was signed. Do not accept it; ask the applicant for the original.",
    ),
    Reason.NO_SERIAL: Text(
        "این فایل نامه ما نیست: شماره سریال هیچ نامه‌ای که صادر کرده باشیم در آن نیست. تصویر یا اسکن نامه "
        "را با شماره سریال یا رمزینه آن بررسی کنید.",
        "The file is not one of our letters: no serial number in it is of a letter that we issued. Check a "
        "picture or scan of a letter by its serial number or QR code.",
    ),
}


def find_change_reason(cause: Cause) -> Reason:
    """Return the reason for a file that was made from a letter and is not that letter."""
    if cause == Cause.NOT_SIGNED:
        return Reason.SIGNATURE_MISSING
    return Reason.NOT_WHOLE if cause == Cause.NOT_WHOLE else Reason.CHANGED


def describe_reason(reason: Reason, letter: Letter | None) -> Text:
    """Return the reason in both languages, with what to do next."""
    since = (letter.revoked_at if reason == Reason.REVOKED else letter.superseded_at) if letter else None
    if since is None:
        return _WORDS[reason]
    day, text = to_tehran_date(since), _WORDS[reason]
    return Text(text.fa.format(date=format_long_date(day)), text.en.format(date=day.isoformat()))
