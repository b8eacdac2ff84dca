"""The reasons why a file or a text proves nothing, in both languages. Called by `letters`."""

from collections.abc import Mapping

from govah_verify.examination import Cause, Result
from govah_verify.texts import Text

NOT_SIGNED = Text(
    "این فایل امضای نامه را ندارد و رمزینه یا نشانه دیگری از نامه ما در آن خوانده نشد.",
    "The file has no signature of a letter, and no QR code or other trace of our letters was read in it.",
)
NOT_WHOLE = Text(
    "امضا همه فایل را در بر نمی‌گیرد: پس از امضا چیزی افزوده یا بریده شده است.",
    "The signature does not cover the whole file: bytes were added after it, or cut off.",
)
MALFORMED = Text(
    "امضا به شکل امضای نامه‌های ما نیست: دست‌کاری شده یا ساخته دیگری است.",
    "The signature does not have our layout: it was tampered with, or made by another program.",
)
CHANGED = Text(
    "نامه پس از امضا تغییر کرده است.",
    "The letter was changed after it was signed.",
)
NOT_TRUSTED = Text(
    "امضا از سازمان نیست: گواهی آن برای امضای نامه نیست یا در زمان امضا معتبر نبوده است.",
    "The signature is not the organisation's: its certificate is not for letters, or was not valid when "
    "the letter was signed.",
)
SIGNER_UNKNOWN = Text(
    "امضا با گواهی‌ای است که کلیدهای مورد اعتماد آن را نمی‌شناسند یا در زمان امضا معتبر نبوده است.",
    "The trusted keys do not include the certificate that signed the letter, or it was not valid then.",
)
OLD_TRUST = Text(
    "رمزینه نامه از سازمان است، ولی گواهی امضا میان کلیدهای مورد اعتماد نیست یا در زمان امضا معتبر نبوده "
    "است. فایل تازه کلیدهای عمومی را از سازمان بگیرید و دوباره بررسی کنید.",
    "The QR code is the organisation's, but the trusted keys do not include the certificate that signed "
    "the letter, or it was not valid then. Get the current file of public keys from the organisation and "
    "check again.",
)
STAMP_WRONG = Text(
    "مهر زمانی نامه از آن این امضا نیست: پس از امضا تغییر کرده است.",
    "The time stamp does not belong to this signature: it was changed after the letter was signed.",
)
STAMP_NOT_TRUSTED = Text(
    "امضا از سازمان است، ولی مهر زمانی آن از مرجعی است که میان کلیدهای مورد اعتماد نیست. فایل تازه کلیدهای "
    "عمومی را از سازمان بگیرید و دوباره بررسی کنید.",
    "The signature is the organisation's, but its time stamp is by an authority that is not trusted. Get "
    "the current file of public keys from the organisation and check again.",
)
SIGNED_LATE = Text(
    "به گفته مهر زمانی، نامه پس از پایان اعتبار گواهی امضا شده است.",
    "According to its time stamp, the letter was signed after its certificate had expired.",
)
TRACES = Text(
    "نشانه‌هایی از نامه ما در فایل هست، ولی امضایی از ما در آن خوانده نمی‌شود: دوباره چاپ یا ذخیره شده یا "
    "ساختگی است، و از فایل نمی‌توان گفت کدام. فایل اصلی را از متقاضی بخواهید.",
    "The file has traces of our letter but no readable signature of the organisation: it was printed or "
    "saved again, or is a forgery, and the file does not show which. Ask the applicant for the original "
    "file.",
)
TOKEN_MALFORMED = Text(
    "این متن، متن رمزینه نامه نیست یا نسخه آن شناخته نیست. همه متن پس از # لازم است.",
    "The text is not from a letter's QR code, or its version is unknown. All of the text after the # is "
    "needed.",
)
KEY_UNKNOWN = Text(
    "کلیدی که رمزینه با آن امضا شده است میان کلیدهای مورد اعتماد نیست.",
    "The trusted keys do not include the key that signed the QR code.",
)
TOKEN_CHANGED = Text("متن رمزینه تغییر کرده است.", "The text of the QR code was changed.")
OTHER_SERIAL = Text(
    "نشانی رمزینه، نشانی نامه‌ای با شماره سریال امضاشده نیست.",
    "The address is not that of the letter whose serial number was signed.",
)
OTHER_ADDRESS = Text(
    "نشانی رمزینه از سازمان نیست؛ آن را باز نکنید. نامه را در سامانه خود سازمان بررسی کنید.",
    "The address in the QR code is not the organisation's; do not open it. Check the letter at the "
    "organisation's own address.",
)
ADDRESS_UNKNOWN = Text(
    "نشانی عمومی سازمان دانسته نیست، پس نشانی رمزینه سنجیده نمی‌شود. آن را با ‎--public-url بدهید یا فایل "
    "تازه کلیدهای عمومی را بگیرید.",
    "The organisation's public address is not known, so the one in the QR code cannot be compared. Give it "
    "with --public-url, or get the current file of public keys.",
)
STATEMENT_DIFFERS = Text(
    "داده ماشین‌خوان نامه با رمزینه آن یکی نیست.",
    "The statement inside the letter is not the one that its QR code is about.",
)

_BY_CAUSE: Mapping[Cause, Text] = {
    Cause.NOT_SIGNED: NOT_SIGNED,
    Cause.NOT_WHOLE: NOT_WHOLE,
    Cause.MALFORMED: MALFORMED,
    Cause.CHANGED: CHANGED,
    Cause.NOT_TRUSTED: NOT_TRUSTED,
    Cause.SIGNER_UNKNOWN: SIGNER_UNKNOWN,
    Cause.STAMP_WRONG: STAMP_WRONG,
    Cause.STAMP_NOT_TRUSTED: STAMP_NOT_TRUSTED,
    Cause.SIGNED_LATE: SIGNED_LATE,
}


def describe_cause(cause: Cause, result: Result) -> Text:
    """Return what is wrong with a file that is not genuine."""
    if result == Result.CANNOT_TELL and cause == Cause.SIGNER_UNKNOWN:
        return OLD_TRUST
    if result == Result.CANNOT_TELL and cause not in (Cause.STAMP_NOT_TRUSTED, Cause.SIGNED_LATE):
        return TRACES
    return _BY_CAUSE[cause]
