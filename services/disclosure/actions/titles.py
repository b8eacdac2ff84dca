"""The words of a line of the activity page: its title with a reason, in both languages."""

from collections.abc import Mapping

from services.disclosure.models import Activity
from services.kit.events import load_events
from services.kit.identity_fields import describe_fields
from services.kit.problems import Text

TITLES: Mapping[str, Text] = load_events().list_titles()
# The kinds, and the first words of their names: `inquiry` for all inquiries.
KINDS = sorted(TITLES.keys() | {kind.partition(".")[0] for kind in TITLES})
# The reason of a view without one of its own: for a decision, it is in the objection.
REASON_OF_DECISION = Text("تصمیم درباره اعتراض شما", "decision about your objection")
SIGNED_OUT = Text("از سامانه خارج شدید", "You signed out")
ENDS_OF_SESSIONS: Mapping[str, Text] = {
    "password-changed": Text("گذرواژه تغییر کرد", "the password was changed"),
    "password-reset": Text("گذرواژه بازیابی شد", "the password was reset"),
    "token-reused": Text("نشانه ورود دو بار به کار رفت", "a sign-in token was used twice"),
    "disabled": Text("حساب غیرفعال شد", "the account was disabled"),
    "scopes-reduced": Text("دسترسی‌ها کمتر شد", "access rights were reduced"),
    "second-factor-changed": Text("مرحله دوم ورود تغییر کرد", "the second step of sign-in was changed"),
    "mobile-reversed": Text("تغییر شماره همراه لغو شد", "a change of mobile was cancelled"),
    "national-code-corrected": Text("کد ملی اصلاح شد", "the national code was corrected"),
    "records-merged": Text("دو سابقه یکی شد", "two records were joined"),
    "account-closed": Text("حساب بسته شد", "the account was closed"),
    "acting-ended": Text("نمایندگی پایان یافت", "a mandate ended"),
    "identified": Text("شناسایی در شعبه", "identification at the counter"),
    "account-chosen": Text("یکی از دو حساب انتخاب شد", "one of two accounts was chosen"),
}
REFUSALS: Mapping[str, Text] = {
    "code-not-accepted": Text("کد رمز نادرست بود", "the secret code was wrong"),
    "other-institution": Text("مجوز ویژه موسسه دیگری است", "the permit is for another institution"),
    "permit-expired": Text("اعتبار مجوز پایان یافته است", "the permit has expired"),
    "permit-revoked": Text("مجوز لغو شده است", "the permit was revoked"),
    "permit-used-up": Text(
        "تعداد مشاهده مجاز مجوز به پایان رسیده است", "all permitted views of the permit are used"
    ),
    "permit-paused": Text("مجوز متوقف است", "the permit is paused"),
    "letter-revoked": Text("نامه باطل شده است", "the letter was revoked"),
}

BY_REPRESENTATIVE = Text("(به نمایندگی)", "(by your representative)")


def write_title(line: Activity, language: str) -> str:
    """Return the title of a line, with its reason or the names of corrected fields where it has some."""
    title, reason = TITLES[line.kind].pick(language), line.references.get("reason")
    if "actor" in line.references and not line.kind.startswith("mandate."):
        title = f"{title} {BY_REPRESENTATIVE.pick(language)}"
    match line.kind:
        case "sessions.ended" if reason == "signed-out":
            return SIGNED_OUT.pick(language)
        case "sessions.ended":
            return _join(title, ENDS_OF_SESSIONS.get(str(reason)), language)
        case "inquiry.refused":
            return _join(title, REFUSALS.get(str(reason)), language)
        case "person.corrected":
            return _join(title, describe_fields(line.references["fields"].split()), language)
        case "record.viewed":
            return f"{title}: {reason or REASON_OF_DECISION.pick(language)}"
    return title


def find_kinds(words: str) -> frozenset[str]:
    """Return the kinds whose title has these words in a language of the portal, in any case."""
    wanted = words.casefold()
    return frozenset(
        kind
        for kind, title in (*TITLES.items(), ("sessions.ended", SIGNED_OUT))
        if wanted in title.fa.casefold() or wanted in title.en.casefold()
    )


def _join(title: str, reason: Text | None, language: str) -> str:
    # A newer version may send reasons that this one has no words for.
    return f"{title}: {reason.pick(language)}" if reason else title
