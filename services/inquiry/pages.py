"""The page that a letter's QR code opens in a browser: no image, no external resource, no name.

A browser sends nothing after the # of an address. So the page's one script puts it into a form, and people
without scripts paste the text of the QR code. Called by `routes`. Programs get JSON at the same address.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from flask import Response, render_template

from govah_verify.comparison import Comparison
from govah_verify.traces import Paper
from services.inquiry.actions.verdicts import describe_comparison
from services.inquiry.models import Letter, LetterState, RegisteredKind
from services.kit.jalali import JalaliMonth, format_long_date, to_tehran_date
from services.kit.problems import Problem, Text
from services.kit.text import group_thousands, to_persian_digits

TEMPLATES = Path(__file__).parent / "templates"
STYLE = (TEMPLATES / "letter.css").read_text("utf-8")
SCRIPT = (TEMPLATES / "letter.js").read_text("utf-8")


def _hash_source(text: str) -> str:
    """Return what allows an inline style or script in a policy (CSP Level 3, 2.3.1)."""
    return f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode('ascii')}'"


POLICY = (
    f"default-src 'none'; style-src {_hash_source(STYLE)}; script-src {_hash_source(SCRIPT)}; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

KIND = Text("وضعیت نامه اعلام سابقه", "Status of a letter")
ADDRESS_BEFORE = Text(
    "سایت دروغین را از نشانی بشناسید: نشانی این صفحه باید دقیقاً با",
    "Tell a false site by its address: this page's must begin with exactly",
)
ADDRESS_AFTER = Text(
    "آغاز شود. این صفحه هیچ‌گاه گذرواژه، کد پیامکی یا کد رمز نمی‌پرسد و نام و کد ملی کسی را نشان نمی‌دهد.",
    "and it never asks for a password, a code from a text message or a secret code, and never shows "
    "anybody's name or national code.",
)
UNKNOWN = "unknown"
TITLES: Mapping[str, Text] = {
    # A serial number says nothing of the paper that it is printed on.
    LetterState.VALID: Text(
        "نامه‌ای با این شماره صادر شده و معتبر است", "A letter with this number was issued and is valid"
    ),
    LetterState.SUPERSEDED: Text("این نامه دیگر به‌روز نیست", "This letter is no longer current"),
    LetterState.REVOKED: Text("این نامه باطل شده است", "This letter was revoked"),
    UNKNOWN: Text("نامه‌ای با این شماره سریال نیست", "There is no letter of this serial number"),
}
ADVICE: Mapping[str, Text] = {
    LetterState.VALID: Text(
        "آنچه روی نامه چاپ شده است را با رمزینه آن بسنجید؛ فایل PDF را هم می‌توانید در «اصالت‌سنجی نامه» "
        "بررسی کنید.",
        "Compare what is printed on the letter with its QR code. Its PDF file can be checked, too.",
    ),
    LetterState.SUPERSEDED: Text(
        "نامه اصیل است، ولی نامه تازه‌ای جایگزین آن شده است یا سوابق تغییر کرده است. از متقاضی نامه تازه "
        "بخواهید.",
        "It is genuine, but a newer letter has taken its place or the record has changed. Ask the "
        "applicant for a new one.",
    ),
    LetterState.REVOKED: Text(
        "این نامه را نپذیرید و از متقاضی نامه تازه بخواهید.",
        "Do not accept it, and ask the applicant for a new letter.",
    ),
    UNKNOWN: Text(
        "سیزده رقم شماره سریال را دوباره با نامه بسنجید. اگر درست است، نامه را ما صادر نکرده‌ایم؛ آن را "
        "نپذیرید.",
        "Compare the 13 digits with the letter again. If they are right, the letter is not ours: do not "
        "accept it.",
    ),
}
# Of answers to an institution, which have a serial number and no paper.
ANSWERS_KIND = Text("وضعیت پاسخ به موسسه", "Status of answers to an institution")
ANSWERS_TITLES: Mapping[str, Text] = {
    LetterState.VALID: Text(
        "پاسخی با این شماره داده شده و معتبر است", "Answers with this number were given and are valid"
    ),
    LetterState.SUPERSEDED: Text("این پاسخ دیگر به‌روز نیست", "These answers are no longer current"),
    LetterState.ENDED: Text("اعتبار این پاسخ پایان یافته است", "These answers have ended"),
    LetterState.REVOKED: Text("این پاسخ باطل شده است", "These answers were revoked"),
}
ANSWERS_ADVICE: Mapping[str, Text] = {
    LetterState.VALID: Text(
        "خود پاسخ تنها نزد موسسه‌ای است که آن را خواسته است؛ امضای فایل آن را با govah-verify می‌توان بررسی "
        "کرد.",
        "Only the institution that asked has the answers themselves. The signature of its file can be "
        "checked with govah-verify.",
    ),
    LetterState.SUPERSEDED: Text(
        "پاسخ اصیل بود، ولی دست‌کم یکی از پاسخ‌ها با سوابق امروز یکی نیست. از متقاضی پاسخ تازه بخواهید.",
        "They were genuine, but at least one of them would be another today. Ask the applicant for new ones.",
    ),
    LetterState.ENDED: Text(
        "مدت آن گذشته یا متقاضی آن را پس گرفته است. از متقاضی پاسخ تازه بخواهید.",
        "Their days are over, or the applicant has withdrawn them. Ask the applicant for new ones.",
    ),
    LetterState.REVOKED: Text(
        "این پاسخ را نپذیرید و از متقاضی پاسخ تازه بخواهید.", "Do not accept them, and ask for new ones."
    ),
}
SERIAL = Text("شماره سریال", "Serial number")
STATE = Text("وضعیت", "Status")
STATES = {
    LetterState.VALID: Text("معتبر", "Valid"),
    LetterState.SUPERSEDED: Text("به‌روز نیست", "Not current"),
    LetterState.REVOKED: Text("باطل شده", "Revoked"),
    LetterState.ENDED: Text("پایان‌یافته", "Ended"),
}
MOMENTS = (
    ("issued_at", Text("تاریخ صدور", "Issued on")),
    ("superseded_at", Text("به‌روز نیست از", "Not current since")),
    ("revoked_at", Text("باطل از", "Revoked on")),
    ("ended_at", Text("معتبر تا", "Valid until")),
)
PAPER = Text("رمزینه این نامه چه می‌گوید", "What the letter's QR code says")
INITIALS = Text("نام با این حرف‌ها آغاز می‌شود", "The names begin with")
BIRTH_YEAR = Text("سال تولد", "Year of birth")
TOTAL_DAYS = Text("جمع روزها", "Total days")
FIRST_MONTH, LAST_MONTH = Text("اولین ماه", "First month"), Text("آخرین ماه", "Last month")
PASTE = Text("متن رمزینه را اینجا بچسبانید", "Paste the text of the QR code here")
PASTE_HINT = Text(
    "رمزینه پایین نامه را با دوربین تلفن یا برنامه خواندن QR بخوانید و همه متن آن را بفرستید.",
    "Read the QR code at the foot of the letter with a phone's camera or a QR reader, and send all of its "
    "text.",
)
SHOW = Text("نمایش مشخصات رمزینه", "Show what the QR code says")
TYPE = Text("کد ملی یا نام و نام خانوادگی روی نامه", "National code, or full name, on the letter")
TYPE_HINT = Text(
    "درست همان‌گونه که چاپ شده است. تنها با رمزینه سنجیده می‌شود و جایی نمی‌ماند.",
    "Exactly as it is printed. A national code may be typed in any digits. It is only compared with the QR "
    "code, and stored nowhere.",
)
COMPARE = Text("مقایسه با رمزینه", "Compare with the QR code")
VERDICTS = {
    Comparison.FITS: Text("مطابق است", "It fits"),
    Comparison.DIFFERS: Text("مطابق نیست", "It does not fit"),
    Comparison.NOT_IN_CODE: Text("سنجیده نشد", "Not compared"),
    Comparison.OTHER_SCRIPT: Text("سنجیده نشد", "Not compared"),
}
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


def render_letter_page(
    page: LetterPage,
    letter: Letter | None,
    paper: Paper | None = None,
    comparison: Comparison | None = None,
    problem: Problem | None = None,
) -> Response:
    """Return the page of a letter in `fa` or `en`; for an unknown letter a page with status 404.

    `paper` is a genuine QR code that was sent, `problem` why it or what was typed is not accepted.
    """
    state, language = letter.state if letter else UNKNOWN, page.language
    has_answers = letter is not None and letter.kind is RegisteredKind.ANSWERS
    titles, hints = (ANSWERS_TITLES, ANSWERS_ADVICE) if has_answers else (TITLES, ADVICE)
    title, advice = titles[state].pick(language), hints[state].pick(language)
    verdict = _describe_comparison(letter, paper, comparison, language)
    tone = str(state)
    if comparison == Comparison.DIFFERS and state != LetterState.REVOKED:
        # Above everything else: the letter of this number may be valid, and the paper another person's.
        tone, (title, advice), verdict = "differs", verdict, ("", "")
    other, other_name = OTHER_LANGUAGE[language]
    public_url = page.public_url.rstrip("/")
    words = {name.lower(): globals()[name].pick(language) for name in _WORDS}
    if has_answers:
        words["kind"] = ANSWERS_KIND.pick(language)
    text = render_template(
        "letter.html",
        has_answers=has_answers,
        language=language,
        style=STYLE,
        script=SCRIPT,
        state=tone,
        organisation=page.organisation,
        title=title,
        advice=advice,
        facts=_list_facts(letter, language) if letter else (),
        # The serial of a letter only: a page must not repeat what somebody else put into an address.
        here=f"/l/{letter.serial}" if letter else "",
        other_language=other,
        other_name=other_name,
        check_path=f"{CHECK_PATH}?lang={language}",
        offline=OFFLINE.pick(language),
        address=f"{public_url}/l/",
        token=paper.token if paper else "",
        claims=_list_claims(paper, language) if paper else (),
        verdict=verdict,
        comparison=comparison,
        problem=problem.build_document(language, "")["detail"] if problem and letter else "",
        **words,
    )
    headers = {
        "Content-Security-Policy": POLICY,
        "Referrer-Policy": "no-referrer",
        "Content-Language": language,
        "Vary": "Accept, Accept-Language",
    }
    if paper or problem:
        headers["Cache-Control"] = "no-store"
    status = 404 if letter is None else problem.status if problem else 200
    return Response(text, status, headers, mimetype="text/html")


_WORDS = (
    *("KIND", "PORTAL", "CHECK", "ADDRESS_BEFORE", "ADDRESS_AFTER", "PAPER"),
    *("PASTE", "PASTE_HINT", "SHOW", "TYPE", "TYPE_HINT", "COMPARE"),
)


def _describe_comparison(
    letter: Letter | None, paper: Paper | None, comparison: Comparison | None, language: str
) -> tuple[str, str]:
    """Return the title and the sentence about a comparison; the title is empty before one."""
    if letter is None or paper is None:
        return "", ""
    title = VERDICTS[comparison].pick(language) if comparison else ""
    return title, describe_comparison(comparison, letter, paper).pick(language)


def _list_claims(paper: Paper, language: str) -> list[tuple[str, str]]:
    """Return the name and the value of what a QR code says."""
    claims, person = paper.claims, paper.claims.person
    days = [(TOTAL_DAYS, _format_number(claims.total_days, language))]
    rows = days
    if person:
        initials = " ".join(f"{letter}." for letter in person.initials.upper())
        rows = [
            (INITIALS, initials),
            (BIRTH_YEAR, _format_year(person.birth_year, language)),
            *days,
            (FIRST_MONTH, _format_month(person.first_month, language)),
            (LAST_MONTH, _format_month(person.last_month, language)),
        ]
    return [(label.pick(language), value) for label, value in rows if value]


def _format_number(number: int, language: str) -> str:
    return f"{number:,}" if language == "en" else group_thousands(number)


def _format_year(year: int | None, language: str) -> str:
    """Return a Jalali year, in English with the two years that it lies in."""
    if year is None:
        return ""
    return f"{year} ({year + 621}–{(year + 622) % 100:02})" if language == "en" else to_persian_digits(year)


def _format_month(text: str | None, language: str) -> str:
    """Return a month in words, in English with the two months that it lies in: Mehr 1403 (Sep–Oct 2024)."""
    if text is None:
        return ""
    month = JalaliMonth.parse(text)
    if language != "en":
        return month.words
    first, last = month.first_day, month.last_day
    year = "" if first.year == last.year else f" {first:%Y}"
    return f"{month.words_en} ({first:%b}{year}–{last:%b %Y})"


def _list_facts(letter: Letter, language: str) -> list[tuple[str, str, str]]:
    """Return the name and the value of each fact, and the date in the other calendar beside it."""
    serial = letter.serial if language == "en" else to_persian_digits(letter.serial)
    facts = [
        (SERIAL.pick(language), serial, ""),
        (STATE.pick(language), STATES[letter.state].pick(language), ""),
    ]
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
