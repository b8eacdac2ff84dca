"""The reasons for the result of a check, in both languages. Called by routes and `letters`.

People refuse letters because of these sentences, so none calls a copy of a true letter false.
"""

from collections.abc import Mapping
from enum import StrEnum

from govah_verify import paper_messages
from govah_verify.comparison import MESSAGES as COMPARISONS
from govah_verify.comparison import Comparison
from govah_verify.examination import Cause
from govah_verify.traces import Paper
from services.inquiry.models import Letter, LetterState, RegisteredKind
from services.kit.jalali import format_long_date, to_tehran_date
from services.kit.problems import Text


class Reason(StrEnum):
    AS_ISSUED = "as-issued"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"
    ENDED = "ended"
    SIGNATURE_MISSING = "signature-missing"
    NOT_WHOLE = "added-or-cut"
    CHANGED = "changed"
    NOT_REGISTERED = "not-registered"
    NO_SERIAL = "no-serial"
    # Of scans, photos and saved copies; the values are those of `Finding`.
    SCANNED = "scanned"
    SAVED_AGAIN = "saved-again"
    SEVERAL_LETTERS = "several-letters"
    OTHER_ADDRESS = "other-address"
    CODE_INVALID = "code-invalid"
    CODE_INCOMPLETE = "code-incomplete"
    CODE_UNREADABLE = "code-unreadable"
    PICTURE_KIND = "picture-kind"
    TOO_LARGE = "too-large"
    DAMAGED = "damaged"
    ENCRYPTED = "encrypted"
    NOT_OPENED = "not-opened"


_WORDS: Mapping[Reason, Text] = {
    Reason.AS_ISSUED: Text(
        "این فایل بایت به بایت همان نامه‌ای است که صادر شده است و اعتبار دارد.",
        "The file is byte for byte the letter that was issued, and it is valid.",
    ),
    Reason.SUPERSEDED: Text(
        "نامه اصیل است، ولی دیگر به‌روز نیست؛ از {date} نامه تازه‌ای جایگزین آن شده است یا سوابق تغییر "
        "کرده است. از متقاضی نامه تازه بخواهید.",
        "The letter is genuine but no longer current: since {date} a newer one has taken its place, or the "
        "record has changed. Ask the applicant for a new letter.",
    ),
    Reason.REVOKED: Text(
        "نامه اصیل است، ولی از {date} باطل شده است. آن را نپذیرید و از متقاضی نامه تازه بخواهید.",
        "The letter is genuine but was revoked on {date}. Do not accept it; ask the applicant for a new one.",
    ),
    Reason.SIGNATURE_MISSING: Text(
        "فایل نشانه‌های نامه ما را دارد، ولی امضای نامه در آن نیست یا خوانده نمی‌شود: دوباره چاپ یا ذخیره "
        "شده یا ساختگی است، و از فایل نمی‌توان گفت کدام. فایل اصلی را از متقاضی بخواهید، یا با کد رمز "
        "استعلام کنید.",
        "The file has traces of one of our letters, but its signature is missing or cannot be read: it was "
        "printed or saved again, or is a forgery, and the file does not show which. Ask the applicant for "
        "the original file, or inquire with a secret code.",
    ),
    Reason.NOT_REGISTERED: Text(
        "امضا یا رمزینه فایل از ماست، ولی این نامه هنوز در دفتر نامه‌های صادرشده نیست. اگر نامه همین حالا "
        "صادر شده است، چند دقیقه دیگر دوباره بررسی کنید.",
        "The signature or the QR code is ours, but the register of issued letters does not have this "
        "letter yet. If it was issued just now, check again in a few minutes.",
    ),
    Reason.NOT_WHOLE: Text(
        "پس از امضا چیزی به فایل افزوده یا از آن بریده شده است. یادداشت نوشتن یا ذخیره دوباره هم چنین "
        "می‌کند، پس این به تنهایی نشانه جعل نیست. فایل اصلی را از متقاضی بخواهید.",
        "Something was added to the file after it was signed, or cut off. Writing a note or saving it "
        "again does so too, so this alone is not a sign of forgery. Ask the applicant for the original "
        "file.",
    ),
    Reason.CHANGED: Text(
        "محتوای فایل پس از امضا تغییر کرده است. آن را نپذیرید و فایل اصلی را از متقاضی بخواهید.",
        "The file was changed after it was signed. Do not accept it; ask the applicant for the original.",
    ),
    Reason.NO_SERIAL: Text(
        "در این فایل نشانی از نامه‌های ما نیست: نه امضا، نه رمزینه و نه شماره سریال. اگر نامه کاغذی دارید، "
        "آن را اسکن کنید یا شماره سریال آن را بررسی کنید.",
        "The file has no trace of our letters: no signature, no QR code and no serial number. If you have "
        "a letter on paper, scan it or check its serial number.",
    ),
}


# Of signed answers to an institution, which have no letter.
_ANSWER_WORDS: Mapping[Reason, Text] = {
    Reason.AS_ISSUED: Text(
        "این فایل بایت به بایت همان پاسخی است که به موسسه داده شده است و اعتبار دارد.",
        "The file is byte for byte the answers that an institution was given, and they are valid.",
    ),
    Reason.SUPERSEDED: Text(
        "این پاسخ اصیل است، ولی دیگر به‌روز نیست: از {date} دست‌کم یکی از پاسخ‌ها با سوابق امروز یکی نیست. "
        "از متقاضی پاسخ تازه بخواهید.",
        "The answers are genuine but no longer current: since {date} at least one of them would be another "
        "today. Ask the applicant for new ones.",
    ),
    Reason.ENDED: Text(
        "این پاسخ اصیل است، ولی اعتبار آن از {date} پایان یافته است. از متقاضی پاسخ تازه بخواهید.",
        "The answers are genuine, but they ended on {date}. Ask the applicant for new ones.",
    ),
    Reason.REVOKED: Text(
        "این پاسخ اصیل است، ولی از {date} باطل شده است. آن را نپذیرید و از متقاضی پاسخ تازه بخواهید.",
        "The answers are genuine but were revoked on {date}. Do not accept them; ask the applicant for new "
        "ones.",
    ),
}
_WORDS = {Reason.ENDED: _ANSWER_WORDS[Reason.ENDED], **_WORDS}


def find_change_reason(cause: Cause) -> Reason:
    """Return the reason for a file that was made from a letter and is not that letter."""
    if cause == Cause.NOT_SIGNED:
        return Reason.SIGNATURE_MISSING
    return Reason.NOT_WHOLE if cause == Cause.NOT_WHOLE else Reason.CHANGED


def describe_reason(reason: Reason, letter: Letter | None, paper: Paper | None = None) -> Text:
    """Return the reason in both languages, with what to do next; `paper` is a genuine QR code in the file."""
    words = _FINDINGS.get(reason) or _WORDS[reason]
    if letter and letter.kind is RegisteredKind.ANSWERS:
        words = _ANSWER_WORDS.get(reason, words)
    if reason in (Reason.SUPERSEDED, Reason.REVOKED, Reason.ENDED):
        return _format_state(words, letter)
    sentences = [words]
    if paper and letter and letter.state == LetterState.REVOKED:
        sentences = [_format_state(_PAPER_REVOKED, letter)]
    elif paper and letter and letter.state == LetterState.SUPERSEDED:
        sentences.insert(0, _format_state(_PAPER_SUPERSEDED, letter))
    if paper and paper.claims.person is None:
        sentences.append(_OLD_CODE)
    return Text(" ".join(one.fa for one in sentences), " ".join(one.en for one in sentences))


def describe_comparison(comparison: Comparison | None, letter: Letter, paper: Paper) -> Text:
    """Return what a comparison says, after the state of a letter that is not valid; None compared nothing."""
    message = _COMPARE_NOW
    if paper.claims.person is None:
        message = _OLD_CODE
    elif comparison:
        message = Text(COMPARISONS[comparison].fa, COMPARISONS[comparison].en)
    if letter.state == LetterState.REVOKED:
        return _format_state(_PAPER_REVOKED, letter)
    if letter.state == LetterState.SUPERSEDED:
        since = _format_state(_PAPER_SUPERSEDED, letter)
        return Text(f"{since.fa} {message.fa}", f"{since.en} {message.en}")
    return message


def _format_state(words: Text, letter: Letter | None) -> Text:
    """Return a sentence with the day since which a letter is revoked, ended or superseded."""
    since = None
    if letter:
        ended_at = letter.ended_at if letter.state is LetterState.ENDED else None
        since = letter.revoked_at or ended_at or letter.superseded_at
    if since is None:
        return words
    day = to_tehran_date(since)
    return Text(words.fa.format(date=format_long_date(day)), words.en.format(date=day.isoformat()))


_FINDINGS: Mapping[Reason, Text] = {
    Reason(finding): Text(text.fa, text.en) for finding, text in paper_messages.MESSAGES.items()
}
_OLD_CODE = Text(paper_messages.OLD_CODE.fa, paper_messages.OLD_CODE.en)
_COMPARE_NOW = Text(
    "رمزینه اصیل است. مشخصات آن را با نامه بسنجید، و کد ملی یا نام و نام خانوادگی روی نامه را بنویسید.",
    "The QR code is genuine. Compare its details with the letter, and type the letter's national code or "
    "name.",
)
_PAPER_REVOKED = Text(
    "نامه‌ای که این رمزینه از آن است از {date} باطل شده است. آن را نپذیرید و از متقاضی نامه تازه بخواهید.",
    "The letter of this QR code was revoked on {date}. Do not accept it; ask the applicant for a new one.",
)
_PAPER_SUPERSEDED = Text(
    "نامه‌ای که این رمزینه از آن است از {date} دیگر به‌روز نیست؛ از متقاضی نامه تازه بخواهید.",
    "The letter of this QR code is no longer current since {date}: ask the applicant for a new one.",
)
