"""The page that a letter's QR code opens in a browser: no script, no image, no external resource, no name.

Called by `routes`. Programs get JSON at the same address.
"""

import base64
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from flask import Response, render_template

from services.inquiry.models import Letter, LetterState
from services.kit.jalali import format_long_date, to_tehran_date
from services.kit.problems import Text
from services.kit.text import to_persian_digits

STYLE = (Path(__file__).parent / "templates" / "letter.css").read_text("utf-8")
POLICY = (
    "default-src 'none'; style-src 'sha256-"
    + base64.b64encode(sha256(STYLE.encode()).digest()).decode("ascii")
    + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

KIND = Text("وضعیت نامه اعلام سابقه", "Status of a letter")
ADDRESS_BEFORE = Text(
    "سایت دروغین را از نشانی بشناسید: نشانی این صفحه باید دقیقاً با",
    "Tell a false site by its address: this page's must begin with exactly",
)
ADDRESS_AFTER = Text(
    "آغاز شود. این صفحه هیچ‌گاه نام، کد ملی یا گذرواژه نمی‌پرسد و نشان نمی‌دهد.",
    "and it never asks for or shows a name, a national code or a password.",
)
UNKNOWN = "unknown"
TITLES = {
    LetterState.VALID: Text("این نامه معتبر است", "This letter is valid"),
    LetterState.SUPERSEDED: Text("این نامه دیگر به‌روز نیست", "This letter is no longer current"),
    LetterState.REVOKED: Text("این نامه باطل شده است", "This letter was revoked"),
    UNKNOWN: Text("نامه‌ای با این شماره سریال نیست", "There is no letter of this serial number"),
}
ADVICE = {
    LetterState.VALID: Text(
        "سازمان این نامه را صادر کرده است. شماره سریال و تاریخ صدور را با نامه‌ای که در دست دارید بسنجید؛ "
        "برای اطمینان از متن آن، فایل PDF را در «اصالت‌سنجی نامه» بررسی کنید.",
        "The organisation issued this letter. Compare the serial number and the date with the letter before "
        "you; to be sure of what it says, have its PDF file checked.",
    ),
    LetterState.SUPERSEDED: Text(
        "نامه اصیل است، ولی نامه تازه‌ای جایگزین آن شده است یا سوابق تغییر کرده است. "
        "از متقاضی نامه تازه بخواهید.",
        "It is genuine, but a newer letter has taken its place or the record has changed. Ask the applicant "
        "for a new one.",
    ),
    LetterState.REVOKED: Text(
        "این نامه را نپذیرید و از متقاضی نامه تازه بخواهید.",
        "Do not accept it, and ask the applicant for a new letter.",
    ),
    UNKNOWN: Text(
        "سیزده رقم شماره سریال را دوباره با نامه بسنجید. اگر درست است، نامه را ما صادر نکرده‌ایم؛ "
        "آن را نپذیرید.",
        "Compare the 13 digits with the letter again. If they are right, the letter is not ours: do not "
        "accept it.",
    ),
}
SERIAL = Text("شماره سریال", "Serial number")
MOMENTS = (
    ("issued_at", Text("تاریخ صدور", "Issued on")),
    ("superseded_at", Text("به‌روز نیست از", "Not current since")),
    ("revoked_at", Text("باطل از", "Revoked on")),
)
PORTAL = Text("درگاه خدمات الکترونیکی", "Electronic services")
CHECK = Text("اصالت‌سنجی نامه", "Check a letter")
OFFLINE = Text("خواندن رمزینه با دوربین، بدون اینترنت", "Read the QR code by camera, without the internet")
# Where the portal is, below the same public address.
CHECK_PATH = "/letter-check"
OTHER_LANGUAGE = {"fa": ("en", "English"), "en": ("fa", "فارسی")}


@dataclass(frozen=True)
class LetterPage:
    """What the page is made for: the public address, the issuer's name, the reader's language."""

    public_url: str
    organisation: str
    language: str


def render_letter_page(letter: Letter | None, page: LetterPage) -> Response:
    """Return the page of a letter in `fa` or `en`; for an unknown letter a page with status 404."""
    state, language = letter.state if letter else UNKNOWN, page.language
    other, other_name = OTHER_LANGUAGE[language]
    public_url = page.public_url.rstrip("/")
    text = render_template(
        "letter.html",
        language=language,
        style=STYLE,
        state=state,
        organisation=page.organisation,
        portal=PORTAL.pick(language),
        kind=KIND.pick(language),
        title=TITLES[state].pick(language),
        advice=ADVICE[state].pick(language),
        facts=_list_facts(letter, language) if letter else (),
        # The serial of a letter only: a page must not repeat what somebody else put into an address.
        other=f"/l/{letter.serial}?lang={other}" if letter else "",
        other_language=other,
        other_name=other_name,
        check=CHECK.pick(language),
        check_path=f"{CHECK_PATH}?lang={language}",
        offline=OFFLINE.pick(language),
        address=f"{public_url}/l/",
        address_before=ADDRESS_BEFORE.pick(language),
        address_after=ADDRESS_AFTER.pick(language),
    )
    headers = {
        "Content-Security-Policy": POLICY,
        "Referrer-Policy": "no-referrer",
        "Content-Language": language,
        "Vary": "Accept, Accept-Language",
    }
    return Response(text, 200 if letter else 404, headers, mimetype="text/html")


def _list_facts(letter: Letter, language: str) -> list[tuple[str, str, str]]:
    """Return the name and the value of each fact, and the date in the other calendar beside it."""
    serial = letter.serial if language == "en" else to_persian_digits(letter.serial)
    facts = [(SERIAL.pick(language), serial, "")]
    for name, label in MOMENTS:
        moment: datetime | None = getattr(letter, name)
        if moment is not None:
            day = to_tehran_date(moment)
            printed, gregorian = format_long_date(day), f"{day.day} {day:%B %Y}"
            facts.append(
                (label.pick(language), gregorian, printed)
                if language == "en"
                else (label.pick(language), printed, gregorian)
            )
    return facts
