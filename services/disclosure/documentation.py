"""What disclosure's OpenAPI document says of each route, with examples of invented people. Used by `app`."""

from collections.abc import Mapping
from typing import Any

from services.disclosure import errors
from services.kit.http.documentation import Documented
from services.kit.problems import Text

AN_HOUR = 3600
REQUEST_ID = "0199c2d5-8a11-7b02-8f6e-2c1d4e5f6a7b"
LETTER_ID = "0199c2d6-01fe-7d44-9c0a-5b6c7d8e9f01"
SERIAL, TRACKING_NUMBER = "4729103856177", "306518274951"
ASKED_AT, ISSUED_AT = "2026-11-22T09:15:00+00:00", "2026-11-22T09:15:03+00:00"
SHA256 = "9f2c4e1ab07d53864f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a6978"
ACCEPTED = {"id": REQUEST_ID, "tracking_number": TRACKING_NUMBER, "status": "queued"}
REQUEST: Mapping[str, Any] = {
    **ACCEPTED,
    "status": "ready",
    "types": ["all", "wages"],
    "note": "برای وام مسکن",
    "agreement_version": 1,
    "requested_at": ASKED_AT,
    "failure": None,
    "letter_id": LETTER_ID,
}
LETTER: Mapping[str, Any] = {
    "id": LETTER_ID,
    "request_id": REQUEST_ID,
    "serial": SERIAL,
    "types": ["all", "wages"],
    "issued_at": ISSUED_AT,
    "pages": 4,
    "size": 184320,
    "sha256": SHA256,
    "seen_at": None,
    "state": "valid",
    "superseded_at": None,
    "superseded_by": None,
    "offer": None,
    "revoked_at": None,
    "revocation_reason": None,
}

DOCUMENTED: Mapping[str, Documented] = {
    "disclosure.request_types": Documented(
        summary=Text("نوع‌های درخواست", "What a letter can show"),
        detail=Text(
            "کلیه سوابق، سوابق و ریز دستمزدها، سوابق تلفیقی.",
            "All months, months with wages, or one consolidated table.",
        ),
        reply={
            "items": [
                {"type": "all", "title": "کلیه سوابق"},
                {"type": "wages", "title": "سوابق و ریز دستمزدها"},
                {"type": "consolidated", "title": "سوابق تلفیقی"},
            ]
        },
    ),
    "disclosure.agreement": Documented(
        summary=Text("موافقتنامه", "The agreement"),
        detail=Text(
            "متنی که درخواست باید نسخه آن را نام ببرد و بپذیرد. `sha256` چکیده متن فارسی، یک خط تازه و متن "
            "انگلیسی است.",
            "The text whose version a request must name and accept; `version` asks for an older one. "
            "`sha256` is "
            "over the UTF-8 bytes of the Persian text, one line feed and the English text.",
        ),
        parameters={"version": 1},
        reply={
            "version": 1,
            "text_fa": "۱. درخواست می‌کنم سوابق بیمه‌ام، طبق نوع‌های انتخاب‌شده، در قالب نامه تهیه شود.",
            "text_en": "1. I request my record, in the chosen types, as a letter.",
            "sha256": SHA256,
        },
    ),
    "disclosure.create_request": Documented(
        summary=Text("درخواست اعلام سابقه", "Ask for a letter"),
        detail=Text(
            "صورت سوابق در همین لحظه برداشته و نامه در صف تهیه گذاشته می‌شود. بی `agreed: true` چیزی تهیه "
            "نمی‌شود. "
            "ده درخواست در ۲۴ ساعت.",
            "The statement is taken at this moment and the letter queued; it comes to the inbox. Without "
            "`agreed: true` nothing is made. Ten requests in 24 hours.",
        ),
        body={
            "types": ["all", "wages"],
            "agreement_version": 1,
            "agreed": True,
            "note": "برای وام مسکن",
        },
        reply=ACCEPTED,
        problems=(
            errors.AgreementRequired(),
            errors.AgreementOutdated(),
            errors.DailyLimitReached(AN_HOUR),
        ),
        once=True,
    ),
    "disclosure.list_requests": Documented(
        summary=Text("درخواست‌ها", "Requests"),
        detail=Text(
            "درخواست‌های خود شخص، و برای کارشناس درخواست‌های همه؛ تازه‌ترین نخست.",
            "One's own requests, everybody's for an officer; newest first.",
        ),
        parameters={"status": "ready"},
        reply={"items": [REQUEST], "next_cursor": None},
    ),
    "disclosure.get_request": Documented(
        summary=Text("وضعیت یک درخواست", "One request"),
        detail=Text(
            "در صف (`queued`)، در حال تهیه (`rendering`)، آماده (`ready`) یا ناموفق (`failed`).",
            "Where it stands: queued, rendering, ready (with `letter_id`) or failed (with `failure`).",
        ),
        parameters={"request_id": REQUEST_ID},
        reply=REQUEST,
    ),
    "disclosure.retry_request": Documented(
        summary=Text("تلاش دوباره", "Try again"),
        detail=Text(
            "درخواست ناموفق را دوباره در صف می‌گذارد.",
            "Queues a failed request again; its owner or an officer may ask.",
        ),
        parameters={"request_id": REQUEST_ID},
        reply=ACCEPTED,
        problems=(errors.NotFailed(),),
    ),
    "disclosure.list_inbox": Documented(
        summary=Text("صندوق شخصی", "The inbox"),
        detail=Text("نامه‌های شخص؛ تازه‌ترین نخست.", "One's letters, newest first."),
        reply={"items": [LETTER], "next_cursor": None},
    ),
    "disclosure.get_letter": Documented(
        summary=Text("یک نامه", "One letter"),
        detail=Text(
            "شماره سریال، تاریخ صدور، چکیده و وضعیت نامه. `offer`: به جای نامه‌ای که به‌روز نیست چه بخواهید.",
            "Serial, time of issue, hash, and whether it is valid, superseded or revoked. `offer`: what "
            "to ask for in place of a superseded letter.",
        ),
        parameters={"letter_id": LETTER_ID},
        reply=LETTER,
    ),
    "disclosure.get_document": Documented(
        summary=Text("پرونده نامه", "The letter's document"),
        detail=Text(
            "نامه به صورت PDF؛ دیده‌شدن آن ثبت می‌شود.", "The letter as PDF. It counts as seen from then on."
        ),
        parameters={"letter_id": LETTER_ID},
        reply="%PDF-1.7",
    ),
    "disclosure.revoke_letter": Documented(
        summary=Text("ابطال نامه", "Revoke a letter"),
        detail=Text(
            "کارشناس اعلام می‌کند که نامه به اشتباه صادر شده است؛ مجوزهای آن دیگر نامه را معتبر نشان نمی‌دهد.",
            "An officer declares a letter issued in error; whoever checks it from then on is told so.",
        ),
        parameters={"serial": SERIAL},
        body={"reason": "لیست کارفرما نادرست بود."},
        reply={
            **LETTER,
            "state": "revoked",
            "revoked_at": "2026-11-23T06:00:00+00:00",
            "revocation_reason": "لیست کارفرما نادرست بود.",
        },
    ),
    "disclosure.list_activity": Documented(
        summary=Text("تامین اجتماعی من", "My Social Security"),
        detail=Text(
            "هر آنچه رخ داده است، تازه‌ترین نخست. `state` وضعیت کنونی درخواست یا نامه است و در دیگر ردیف‌ها "
            "null.",
            "Everything that happened to the person in all services, newest first. `state` is that of a "
            "request or letter now, and null in all other items.",
        ),
        reply={
            "items": [
                {
                    "id": "0199c2d6-0200-7a11-8d33-7e8f9a0b1c2d",
                    "at": ISSUED_AT,
                    "kind": "letter.ready",
                    "title": "نامه اعلام سابقه آماده شد",
                    "state": "valid",
                    "references": {"letter_id": LETTER_ID, "serial": SERIAL},
                }
            ],
            "next_cursor": None,
        },
    ),
}
