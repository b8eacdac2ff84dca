"""Lists, people and one's own record as the OpenAPI document tells of them; the people are invented."""

from collections.abc import Mapping
from typing import Any

from services.kit.http.documentation import Documented
from services.kit.problems import Text
from services.records import errors

LIST_ID = "0199c2a0-1234-7abc-8def-0123456789ab"
WORKSHOP = {"workshop_code": "0099000001", "workshop_name": "کارگاه نمونه"}
SHA256 = "9f2c4e1ab07d53864f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a6978"
DURATION = {"years": 0, "months": 2, "days": 1}
SPAN = {"first_month_jalali": "1403-06", "last_month_jalali": "1403-07"}
PERSON: Mapping[str, Any] = {
    "national_code": "0440000017",
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
    "summary": {"total_days": 61, "duration": DURATION, **SPAN, "workshop_count": 1},
    "tables": {
        "all": {
            "years": [{"year": 1403, "months": [None] * 5 + [31, 30] + [None] * 5, "total_days": 61}],
            "total_days": 61,
        }
    },
    "disputed_months": [],
    "corrections": [],
}
WARNING: Mapping[str, Any] = {
    "file": "DSKWOR00.DBF",
    "row": 12,
    "field": "DSW_BIME",
    "value": "2450000",
    "severity": "warning",
    "code": "premium-differs",
    "message": "حق بیمه سهم بیمه‌شده با ۷ درصد دستمزد و مزایای مشمول یکی نیست. آن را بررسی کنید.",
}
REFUSAL: Mapping[str, Any] = {
    "file": "DSKWOR00.DBF",
    "row": 3,
    "field": "DSW_DD",
    "value": "32",
    "severity": "error",
    "code": "days-out-of-range",
    "message_fa": "روزهای کارکرد بیش از طول این ماه است. آن را اصلاح کنید.",
    "message_en": "The days are more than the month has. Correct them.",
}
LIST: Mapping[str, Any] = {
    "id": LIST_ID,
    **WORKSHOP,
    "month_jalali": "1403-07",
    "list_number": "01",
    "workers": 40,
    "total_days": 1180,
    "total_wage": 5_900_000_000,
    "total_premium": 413_000_000,
    "header_sha256": SHA256,
    "workers_sha256": SHA256[::-1],
    "imported_by": "0199b111-2233-7444-8555-66778899aabb",
    "imported_at": "2026-11-20T06:30:00+00:00",
    "findings_total": 1,
}

DOCUMENTED: dict[str, Documented] = {
    "records.show_record": Documented(
        summary=Text("سوابق من در یک نگاه", "One's own record at a glance"),
        detail=Text(
            "جمع روزها و دستمزد، نخستین و واپسین ماه، اعتراض‌های باز، و هشدار درباره ماه‌های بی‌لیست یا هم‌زمان.",
            "Totals, first and last month, open objections, and warnings about months without a list (`gap`) "
            "or "
            "with more days than the month has (`overlap`).",
        ),
        reply={
            "person": PERSON,
            "insurance_number": "12345678",
            "totals": {
                "total_days": 61,
                "duration": DURATION,
                "total_wage": 305_000_000,
                "workshop_count": 1,
            },
            **SPAN,
            "open_objections": [],
            "warnings": [
                {
                    "code": "gap",
                    "first_month_jalali": "1403-01",
                    "last_month_jalali": "1403-02",
                    "message": "از فروردین ۱۴۰۳ تا اردیبهشت ۱۴۰۳ (۲ ماه) لیستی دریافت نشده است. اگر کار "
                    "کرده‌اید، "
                    "اعتراض کنید.",
                }
            ],
        },
        problems=(errors.PersonUnknown(),),
    ),
    "records.show_contributions": Documented(
        summary=Text("سوابق ماهانه من", "One's own months"),
        detail=Text(
            "هر ردیف با منبع آن: کارگاه، شماره لیست، چکیده پرونده و شماره سطر، یا اعتراضی که اصلاحش کرد. "
            "`from` و `to` هر دو به شمار می‌آید.",
            "One row a contribution, with the list and row it comes from, and the objection that corrected "
            "it. `from` and `to` are both included.",
        ),
        parameters={"from": "1403-06", "to": "1403-07", "workshop": "0099000001"},
        reply={
            "items": [
                {
                    "month_jalali": "1403-07",
                    **WORKSHOP,
                    "list_number": "01",
                    "days": 30,
                    "wage": 150_000_000,
                    "premium": 10_500_000,
                    "gross": 165_000_000,
                    "source": {
                        "kind": "list",
                        "workshop_code": "0099000001",
                        "list_id": LIST_ID,
                        "list_number": "01",
                        "file_sha256": SHA256,
                        "row": 12,
                        "listed_days": 30,
                        "objection_id": None,
                        "tracking_number": None,
                    },
                }
            ],
            "next_cursor": None,
        },
        problems=(errors.PersonUnknown(),),
    ),
    "records.show_statement": Documented(
        summary=Text("صورت سوابق", "The statement"),
        detail=Text(
            "صورت سوابق همان‌گونه که در نامه چاپ می‌شود. `null` یعنی لیستی نرسیده و ۰ یعنی کارکرد صفر است.",
            "The statement as it would be printed now. In tables null is no list received, 0 a list with no "
            "days. "
            "contracts/statement.schema.json has its rules.",
        ),
        reply=STATEMENT,
        problems=(errors.PersonUnknown(),),
    ),
    "records.import_list": Documented(
        summary=Text("ورود لیست کارفرما", "Import an employer's list"),
        detail=Text(
            "دو پرونده dBase یک ماه یک کارگاه: DSKKAR00.DBF و DSKWOR00.DBF. یا همه لیست ثبت می‌شود یا هیچ. "
            "لیستی که "
            "پیش‌تر با همین محتوا آمده باشد ۲۰۰ می‌گیرد.",
            "The two dBase files of one workshop's month: DSKKAR00.DBF and DSKWOR00.DBF, up to 20 MiB. All "
            "of the "
            "list is imported or, with an error among its findings, nothing. 200 if the same is already "
            "there.",
        ),
        body={"header": "DSKKAR00.DBF", "workers": "DSKWOR00.DBF"},
        reply={**LIST, "findings": [WARNING]},
        problems=(errors.ListRefused([REFUSAL], 1),),
        once=True,
    ),
    "records.show_lists": Documented(
        summary=Text("لیست‌های واردشده", "Accepted lists"),
        detail=Text("لیست‌های پذیرفته‌شده؛ تازه‌ترین نخست.", "Accepted lists, newest first."),
        reply={"items": [LIST], "next_cursor": None},
    ),
    "records.show_list": Documented(
        summary=Text("یک لیست", "One list"),
        detail=Text("لیست پذیرفته‌شده با یافته‌های آن.", "An accepted list with its findings."),
        parameters={"list_id": LIST_ID},
        reply={**LIST, "findings": [WARNING]},
        problems=(errors.ListUnknown(),),
    ),
    "records.search_people": Documented(
        summary=Text("جستجوی شخص", "Look a person up"),
        detail=Text(
            "برای میز خدمت. `reason` (حداکثر ۲۰۰ نویسه) با نام کارشناس ثبت می‌شود و شخص آن را در «تامین "
            "اجتماعی من» می‌خواند.",
            "For the help desk. `reason` (at most 200 characters) is written down with the officer, and the "
            "person reads it among their activity.",
        ),
        body={"national_code": "0440000017", "reason": "درخواست حضوری بیمه‌شده"},
        reply={"person": PERSON, "statement": STATEMENT},
        problems=(errors.NationalCodeUnknown(),),
    ),
}
