"""Objections as the OpenAPI document tells of them; the people in its examples are invented."""

from collections.abc import Mapping
from typing import Any

from services.kit.http.documentation import Documented
from services.kit.problems import Text
from services.records import errors
from services.records.documentation.record import STATEMENT

OBJECTION_ID = "0199c2f0-4455-7c66-8d77-112233445566"
OFFICER, OTHER_OFFICER = "0199b111-2233-7444-8555-66778899aabb", "0199b111-2233-7444-8555-ccddeeff0011"
WORDS = "در مهر همه ماه را کار کرده‌ام؛ فیش حقوق را دارم."
REASON = "فیش حقوق با لیست اصلاحی کارفرما یکی است."
CLAIM: Mapping[str, Any] = {
    "kind": "days",
    "months": [{"month_jalali": "1403-07", "workshop_code": "0099000001", "days": 30}],
    "text": WORDS,
}
DRAFT: Mapping[str, Any] = {
    "id": OBJECTION_ID,
    "kind": "days",
    "status": "draft",
    "tracking_number": None,
    "text": WORDS,
    "months": [{"month_jalali": "1403-07", "workshop_code": "0099000001", "days": 30, "recorded_days": 12}],
    "workshop_name": None,
    "workshop_code": None,
    "city": None,
    "start_jalali": None,
    "end_jalali": None,
    "days": None,
    "created_at": "2026-11-22T10:00:00+00:00",
    "submitted_at": None,
    "decided_at": None,
    "reason": None,
    "corrections": [],
}
SUBMITTED: Mapping[str, Any] = {
    **DRAFT,
    "status": "submitted",
    "tracking_number": "518203746195",
    "submitted_at": "2026-11-22T10:02:00+00:00",
}
FOR_OFFICERS: Mapping[str, Any] = {
    **SUBMITTED,
    "person": {
        "id": "0199a000-1111-7222-8333-444455556666",
        "national_code": "0440000017",
        "first_name": "علی",
        "last_name": "محمدی",
    },
    "accept": None,
    "proposed_by": None,
    "proposed_at": None,
    "confirmed_by": None,
}
WAITING: Mapping[str, Any] = {
    "id": OBJECTION_ID,
    "kind": "days",
    "status": "submitted",
    "tracking_number": "518203746195",
    "submitted_at": "2026-11-22T10:02:00+00:00",
    "accept": None,
    "proposed_by": None,
    "proposed_at": None,
    "confirmed_by": None,
    "decided_at": None,
}
PROPOSED: Mapping[str, Any] = {
    **FOR_OFFICERS,
    "status": "proposed",
    "accept": True,
    "reason": REASON,
    "proposed_by": OFFICER,
    "proposed_at": "2026-11-23T06:10:00+00:00",
}
ACCEPTED: Mapping[str, Any] = {
    **PROPOSED,
    "status": "accepted",
    "confirmed_by": OTHER_OFFICER,
    "decided_at": "2026-11-23T08:00:00+00:00",
    "corrections": [
        {"month_jalali": "1403-07", "workshop_code": "0099000001", "old_days": 12, "new_days": 30}
    ],
}
OF_OBJECTION = {"objection_id": OBJECTION_ID}

DOCUMENTED: dict[str, Documented] = {
    "objections.draft_objection": Documented(
        summary=Text("نوشتن اعتراض", "Draft an objection"),
        detail=Text(
            "`days`: روزهای نادرست ماه‌هایی که در سوابق هست. `missing-period`: دوره‌ای که در سوابق نیست، با "
            "`workshop_name`، `city`، `start_jalali`، `end_jalali` و `days`. پیش‌نویس تازه جای پیش‌نویس "
            "پیشین همان نوع را "
            "می‌گیرد.",
            "`days`: wrong days of months that are in the record. `missing-period`: a period that is not, "
            "with "
            "`workshop_name`, `city`, `start_jalali`, `end_jalali`, `days`, and `workshop_code` if known. A "
            "new "
            "draft takes the place of an older one of its kind.",
        ),
        body=CLAIM,
        reply=DRAFT,
        problems=(errors.ObjectionOpen(),),
        once=True,
    ),
    "objections.show_objections": Documented(
        summary=Text("اعتراض‌های من", "One's own objections"),
        detail=Text("تازه‌ترین نخست.", "Newest first, with status and, once decided, the reason."),
        reply={"items": [SUBMITTED], "next_cursor": None},
    ),
    "objections.show_objection": Documented(
        summary=Text("یک اعتراض", "One objection"),
        detail=Text(
            "پیش‌نویس، ثبت‌شده، در دست تصمیم، پذیرفته یا رد شده.",
            "Its status is draft, submitted, proposed, accepted or rejected.",
        ),
        parameters=OF_OBJECTION,
        reply=SUBMITTED,
    ),
    "objections.rewrite_draft": Documented(
        summary=Text("بازنویسی پیش‌نویس", "Write a draft anew"),
        detail=Text(
            "تا ثبت نشده است، همه آن تازه نوشته می‌شود.", "The whole of a draft that is not submitted."
        ),
        parameters=OF_OBJECTION,
        body=CLAIM,
        reply=DRAFT,
        problems=(errors.ObjectionStatusDiffers("submitted"),),
    ),
    "objections.delete_draft": Documented(
        summary=Text("حذف پیش‌نویس", "Forget a draft"),
        detail=Text("تنها پیش‌نویس حذف می‌شود.", "Only a draft can be forgotten."),
        parameters=OF_OBJECTION,
        problems=(errors.ObjectionStatusDiffers("submitted"),),
    ),
    "objections.submit_draft": Documented(
        summary=Text("ثبت نهایی اعتراض", "Submit a draft"),
        detail=Text(
            "شماره پیگیری می‌گیرد و دیگر تغییر نمی‌کند؛ ماه‌های آن در صورت سوابق مورد اعتراض نشان داده می‌شود.",
            "It gets its tracking number and cannot be changed any more; the statement marks its months as "
            "disputed. One objection of each kind may be undecided.",
        ),
        parameters=OF_OBJECTION,
        reply=SUBMITTED,
        problems=(errors.ObjectionOpen(), errors.ObjectionStatusDiffers("submitted")),
        once=True,
    ),
    "decisions.show_submitted": Documented(
        summary=Text("اعتراض‌های رسیده", "Objections to decide"),
        detail=Text(
            "همه اعتراض‌ها جز پیش‌نویس‌ها؛ تازه‌ترین نخست. از شخص و گفته او چیزی نیست؛ برای دیدن آن اعتراض را "
            "باز کنید.",
            "Everybody's but drafts, newest first, without the people and what they say: that takes opening "
            "an objection.",
        ),
        parameters={"status": "submitted"},
        reply={"items": [WAITING], "next_cursor": None},
    ),
    "decisions.open_objection": Documented(
        summary=Text("باز کردن یک اعتراض", "Open an objection"),
        detail=Text(
            "اعتراض هر کس جز پیش‌نویس، با شخص، گفته او و صورت سوابقش. `reason` (حداکثر ۲۰۰ نویسه) با نام "
            "کارشناس ثبت می‌شود و شخص آن را در «تامین اجتماعی من» می‌خواند.",
            "Anybody's but a draft, with the person, what the person says, and the statement. `reason` (at "
            "most 200 characters) is written down with the officer, and the person reads it among their "
            "activity.",
        ),
        parameters=OF_OBJECTION,
        body={"reason": "بررسی اعتراض در نوبت"},
        reply={"objection": PROPOSED, "statement": STATEMENT},
        problems=(errors.ObjectionUnknown(),),
    ),
    "decisions.propose_decision": Documented(
        summary=Text("پیشنهاد تصمیم", "Propose a decision"),
        detail=Text(
            "پذیرش یا رد، با دلیل؛ کارشناس دیگری باید تایید کند.",
            "To accept or reject, with the reason the person will read; another officer confirms it.",
        ),
        parameters=OF_OBJECTION,
        body={"accept": True, "reason": REASON},
        reply=PROPOSED,
        problems=(errors.OwnDecision(), errors.ObjectionStatusDiffers("submitted")),
    ),
    "decisions.withdraw_decision": Documented(
        summary=Text("پس گرفتن پیشنهاد", "Withdraw a proposal"),
        detail=Text(
            "اعتراض دوباره در انتظار تصمیم می‌ماند.",
            "One's own, or one that one will not confirm; the objection waits for a decision again.",
        ),
        parameters=OF_OBJECTION,
        reply=FOR_OFFICERS,
        problems=(errors.OwnDecision(), errors.ObjectionStatusDiffers("submitted")),
    ),
    "decisions.confirm_decision": Documented(
        summary=Text("تایید تصمیم", "Confirm a decision"),
        detail=Text(
            "کارشناسی جز پیشنهاددهنده. اعتراض پذیرفته سوابق را اصلاح می‌کند و تاریخچه می‌ماند.",
            "By another officer than the one who proposed. An accepted objection corrects the record; what "
            "it "
            "said before is kept.",
        ),
        parameters=OF_OBJECTION,
        reply=ACCEPTED,
        problems=(errors.OwnDecision(), errors.ObjectionStatusDiffers("submitted")),
    ),
}
