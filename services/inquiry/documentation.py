"""What inquiry's OpenAPI document says of each route, with examples of invented people. Used by `app`."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from services.inquiry import errors
from services.kit.http.documentation import Documented
from services.kit.problems import Busy, NotFound, Text, TooManyAttempts

A_QUARTER = 900
NATIONAL_CODE, CODE, SERIAL = "0440000017", "4028 1736 5920 4818", "4729103856177"
LETTER_ID = "0199c2d6-01fe-7d44-9c0a-5b6c7d8e9f01"
PERMIT_ID = "0199c2d7-3344-7c55-8e66-a1b2c3d4e5f6"
INQUIRY_ID = "0199c2e0-5566-7d77-9f88-b2c3d4e5f607"
BANK = {"id": "0199b000-1122-7333-8444-c3d4e5f60718", "name": "بانک نمونه"}
ISSUED_AT, LOOKED_AT = "2026-11-22T09:15:03+00:00", "2026-11-23T07:40:12+00:00"
EXPIRES_AT = datetime(2026, 12, 22, 9, 20, tzinfo=UTC)
SHA256 = "9f2c4e1ab07d53864f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a6978"
PERSON: Mapping[str, Any] = {
    "national_code": NATIONAL_CODE,
    "first_name": "علی",
    "last_name": "محمدی",
    "father_name": "رضا",
    "birth_date_jalali": "1360-05-15",
    "insurance_number": "12345678",
    "sex": "male",
}
STATEMENT: Mapping[str, Any] = {
    "schema_version": 1,
    "as_of": "2026-11-22T09:15:00.250000Z",
    "as_of_jalali": "1405-09-01",
    "types": ["all"],
    "person": PERSON,
    "summary": {
        "total_days": 61,
        "duration": {"years": 0, "months": 2, "days": 1},
        "first_month_jalali": "1403-06",
        "last_month_jalali": "1403-07",
        "workshop_count": 1,
    },
    "tables": {
        "all": {
            "years": [
                {"year": 1403, "months": [None] * 5 + [31, 30] + [None] * 5, "total_days": 61},
            ],
            "total_days": 61,
        }
    },
    "disputed_months": [],
    "corrections": [],
}
PERMIT: Mapping[str, Any] = {
    "id": PERMIT_ID,
    "letter_id": LETTER_ID,
    "serial": SERIAL,
    "state": "active",
    "created_at": "2026-11-22T09:20:00+00:00",
    "expires_at": EXPIRES_AT.isoformat(),
    "max_views": 5,
    "view_count": 1,
    "institution": BANK,
}
LETTER_STATUS = {
    "serial": SERIAL,
    "state": "valid",
    "issued_at": ISSUED_AT,
    "superseded_at": None,
    "revoked_at": None,
}
OF_PERMIT = {"permit_id": PERMIT_ID}

DOCUMENTED: Mapping[str, Documented] = {
    "inquiry.create_permit": Documented(
        summary=Text("صدور مجوز استعلام", "Issue a permit"),
        detail=Text(
            "نسخه‌ای از نامه زیر کد رمز مهر و موم می‌شود. کد رمز تنها در همین پاسخ می‌آید و در جایی نگه "
            "داشته نمی‌شود.",
            "A copy of the letter is sealed under the secret code, which is in this one reply only and kept "
            "nowhere. A replayed permit cannot show it again. `reveal: answers` is not offered yet.",
        ),
        body={"letter_id": LETTER_ID, "valid_days": 30, "max_views": 5, "institution_id": BANK["id"]},
        reply={"id": PERMIT_ID, "code": CODE, "expires_at": EXPIRES_AT.isoformat()},
        problems=(
            NotFound(),
            errors.NotOfferedYet(),
            errors.LetterRevoked(),
            errors.CodeAlreadyShown(extra=OF_PERMIT),
            Busy(),
        ),
        once=True,
    ),
    "inquiry.list_permits": Documented(
        summary=Text("مجوزها", "Permits"),
        detail=Text("مجوزهای شخص؛ تازه‌ترین نخست.", "One's permits, newest first; never with their codes."),
        reply={"items": [PERMIT], "next_cursor": None},
    ),
    "inquiry.get_permit": Documented(
        summary=Text("یک مجوز", "One permit"),
        detail=Text(
            "وضعیت: فعال، متوقف، پایان‌یافته، لغوشده یا مصرف‌شده.",
            "Its state: active, paused, expired, revoked or used-up.",
        ),
        parameters=OF_PERMIT,
        reply=PERMIT,
    ),
    "inquiry.list_views": Documented(
        summary=Text("چه کسی دید", "Who looked"),
        detail=Text(
            "هر استعلام با زمان، موسسه، هدف و نتیجه؛ تلاش‌های ناموفق نیز می‌آید. استعلام بی حساب «by form» "
            "است.",
            "Each inquiry with time, institution, purpose and result, failed attempts as well; newest first. "
            "An "
            "inquiry without an account is `by form`.",
        ),
        parameters=OF_PERMIT,
        reply={
            "items": [
                {
                    "id": INQUIRY_ID,
                    "time": LOOKED_AT,
                    "institution": BANK["name"],
                    "purpose": "وام مسکن",
                    "result": "answered",
                }
            ],
            "next_cursor": None,
        },
    ),
    "inquiry.pause_permit": Documented(
        summary=Text("توقف مجوز", "Pause a permit"),
        detail=Text("تا از سر گرفته نشود، کد کار نمی‌کند.", "Until it is resumed the code opens nothing."),
        parameters=OF_PERMIT,
        reply={**PERMIT, "state": "paused"},
        problems=(errors.PermitOver(),),
    ),
    "inquiry.resume_permit": Documented(
        summary=Text("ادامه مجوز", "Resume a permit"),
        detail=Text("مجوز متوقف دوباره فعال می‌شود.", "A paused permit goes on with the same code."),
        parameters=OF_PERMIT,
        reply=PERMIT,
        problems=(errors.PermitOver(),),
    ),
    "inquiry.revoke_permit": Documented(
        summary=Text("لغو مجوز", "Revoke a permit"),
        detail=Text(
            "بی‌درنگ و برای همیشه؛ کلید نسخه مهر و موم‌شده نابود می‌شود.",
            "At once and for ever: the key of the sealed copy is destroyed.",
        ),
        parameters=OF_PERMIT,
    ),
    "inquiry.list_institutions": Documented(
        summary=Text("موسسه‌ها", "Institutions"),
        detail=Text(
            "موسسه‌هایی که مجوز را می‌توان ویژه آن‌ها کرد.",
            "The institutions that a permit can be bound to (`institution_id`).",
        ),
        reply={"items": [BANK], "next_cursor": None},
    ),
    "inquiry.create_inquiry": Documented(
        summary=Text("استعلام", "Inquire"),
        detail=Text(
            "دیدن نامه با کد ملی و کد رمز صاحب آن؛ حساب لازم نیست. با توکن موسسه، نام آن برای شخص ثبت "
            "می‌شود. کدی که "
            "اشتباه تایپ شده (`code-mistyped`) تلاش به شمار نمی‌آید. `notices` می‌گوید که نامه دیگر "
            "به‌روز نیست یا باطل شده است، و کدام ماه‌های آن مورد اعتراض است.",
            "See a letter with its owner's national code and secret code; no account is needed, and with an "
            "institution's token the person is told its name. A code whose check digit fails "
            "(`code-mistyped`) "
            "counts as no attempt; `busy` says that other inquiries of the same caller or on the same person "
            "are not answered yet. `notices` says whether the letter is over (`letter-superseded`, "
            "`letter-revoked`) and which months it shows are under an open objection (`months-disputed`). "
            "`receipt` is null until receipts are offered.",
        ),
        body={"national_code": NATIONAL_CODE, "code": CODE, "purpose": "وام مسکن"},
        reply={
            "inquiry_id": INQUIRY_ID,
            "letter": {
                "serial": SERIAL,
                "issued_at": ISSUED_AT,
                "types": ["all"],
                "sha256": SHA256,
                "state": "superseded",
            },
            "notices": [
                {
                    "code": "letter-superseded",
                    "message": {
                        "fa": "این نامه دیگر به‌روز نیست؛ از ۵ آذر ۱۴۰۵ نامه تازه‌ای جایگزین آن شده است یا "
                        "سوابق تغییر کرده است. از متقاضی نامه تازه بخواهید.",
                        "en": "This letter is no longer current: since 2026-11-26 a newer one has taken its "
                        "place, or the record has changed. Ask the applicant for a new letter.",
                    },
                    "since": "2026-11-26T08:00:00+00:00",
                    "months": [],
                }
            ],
            "person": PERSON,
            "statement": STATEMENT,
            "receipt": None,
            "document_url": "/api/v1/inquiry/documents/q3Zt0mXw9Kc1vB7nRf5sYh2LdPj8UeGoAiTxQyMkN4E",
        },
        problems=(
            errors.CodeMistyped(),
            errors.CodeNotAccepted(),
            errors.PermitExpired(EXPIRES_AT),
            errors.PermitRevoked(),
            errors.PermitUsedUp(),
            errors.PermitPaused(),
            TooManyAttempts(A_QUARTER),
            Busy(),
        ),
    ),
    "inquiry.get_inquiry": Documented(
        summary=Text("وضعیت مجوز یک استعلام", "State of an inquiry's permit"),
        detail=Text(
            "مجوز استعلامی که پاسخ گرفته است اکنون فعال، متوقف، پایان‌یافته، لغوشده یا مصرف‌شده است. "
            "استعلام یک موسسه تنها با توکن همان موسسه دیده می‌شود.",
            "Whether the permit behind an answered inquiry is active, paused, expired, revoked or used-up "
            "now. An institution's inquiry needs that institution's token; any other is 404.",
        ),
        parameters={"inquiry_id": INQUIRY_ID},
        reply={"inquiry_id": INQUIRY_ID, "permit_state": "revoked"},
    ),
    "inquiry.fetch_document": Documented(
        summary=Text("دریافت نامه", "Fetch the letter"),
        detail=Text(
            "پرونده PDF استعلام، تا پنج دقیقه پس از پاسخ.",
            "The PDF of an answered inquiry at its `document_url`, within five minutes of the answer.",
        ),
        parameters={"token": "q3Zt0mXw9Kc1vB7nRf5sYh2LdPj8UeGoAiTxQyMkN4E"},
        reply="%PDF-1.7",
    ),
    "inquiry.report_discrepancy": Documented(
        summary=Text("گزارش مغایرت", "Report a discrepancy"),
        detail=Text(
            "موسسه می‌گوید که یک ماه از نامه با آنچه می‌داند یکی نیست؛ به شخص خبر داده می‌شود.",
            "An institution says that a month of a letter it was answered with differs from what it knows; "
            "the "
            "person is told.",
        ),
        body={
            "inquiry_id": INQUIRY_ID,
            "month_jalali": "1403-07",
            "text": "در این ماه قراردادی با کارگاه نبوده است.",
        },
        reply={
            "id": "0199c2e1-7788-7e99-8aaa-d4e5f6071829",
            "inquiry_id": INQUIRY_ID,
            "month_jalali": "1403-07",
            "reported_at": "2026-11-23T08:05:00+00:00",
        },
        problems=(NotFound(),),
    ),
    "inquiry.get_letter": Documented(
        summary=Text("وضعیت نامه", "A letter's status"),
        detail=Text(
            "آنچه رمزینه نامه باز می‌کند: صادر شده، معتبر، جایگزین‌شده یا باطل. بی هیچ داده شخصی.",
            "What a letter's QR code opens: when it was issued and whether it is valid, superseded or "
            "revoked. "
            "No personal data. Also at `/l/{serial}`, where browsers get a page (by Accept).",
        ),
        parameters={"serial": SERIAL},
        reply=LETTER_STATUS,
    ),
    "inquiry.get_letter_keys": Documented(
        summary=Text("کلیدهای عمومی نامه‌ها", "Public keys of letters"),
        detail=Text(
            "گواهی‌ها و کلیدهایی که هر کس با آن‌ها نامه و رمزینه را بی پرسیدن از ما بررسی می‌کند.",
            "The certificates and keys by which anybody checks letters and QR codes without asking us: "
            "`govah letter verify --trust`. 404 where none are published.",
        ),
        reply={
            "keys": [
                {
                    "kty": "OKP",
                    "crv": "Ed25519",
                    "use": "sig",
                    "kid": "21fe31dfa154a261",
                    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
                }
            ],
            "pem": "-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----\n",
        },
        problems=(NotFound(),),
    ),
    "inquiry.check_letter": Documented(
        summary=Text("اصالت‌سنجی نامه", "Check a letter"),
        detail=Text(
            "پرونده با نامه‌های صادرشده بایت به بایت سنجیده می‌شود: اصل، جایگزین‌شده، باطل، دست‌کاری‌شده، "
            "نامعلوم یا از جای دیگر؛ و این که مهر زمانی آن معتبر است یا نه.",
            "A file is compared byte for byte with the letters that were issued: genuine, superseded, "
            "revoked, altered (made from a letter of ours: one changed byte is enough), cannot-tell (traces "
            "of a letter, and no signature of ours that can be read) or not-ours, with the reason, and what "
            "its time stamp is worth. At most two files are checked at once; 503 `busy` says when to try "
            "again.",
        ),
        body={"file": "%PDF-1.7"},
        reply={
            "result": "genuine",
            "reason": "as-issued",
            "message": {
                "fa": "این پرونده بایت به بایت همان نامه‌ای است که صادر شده است و اعتبار دارد.",
                "en": "The file is byte for byte the letter that was issued, and it is valid.",
            },
            "serial": SERIAL,
            "time_stamp": {"status": "none", "by": None, "at": None},
        },
        problems=(Busy(),),
    ),
}
