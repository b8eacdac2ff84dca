"""What holds for every operation, as text and as parts of the OpenAPI document. Used by `openapi`."""

from typing import Any

from services.kit.idempotency import MAX_KEY
from services.kit.problems import Text

Json = dict[str, Any]
REQUEST_ID = "0199c2d5-6c1e-7c41-9b1e-3f0d5a7e2b10"

CONVENTIONS = Text(
    "زمان‌ها به وقت جهانی (RFC 3339) و تاریخ‌های جلالی مانند `1403-07-15` است. مبلغ‌ها ریال و عدد صحیح است. "
    "رقم‌های فارسی، عربی و لاتین در کد ملی و کد رمز پذیرفته می‌شود. هر خطا سندی بر پایه RFC 9457 است و `code` "
    "آن تغییر نمی‌کند.",
    "Times are UTC (RFC 3339), Jalali dates are written like `1403-07-15`. Money is whole rials. Persian, "
    "Arabic-Indic and Latin digits are accepted in national and secret codes. Every error is a document of "
    "RFC 9457 whose `code` never changes.",
)
LANGUAGE = Text("زبان متن‌ها؛ پیش‌فرض `fa`.", "Language of the words; `fa` by default.")
FOLLOWED = Text(
    "شناسه‌ای برای پیگیری؛ در پاسخ، صف و گزارش‌ها می‌آید.",
    "An id to follow the call by; it is in the reply, the queue and the logs.",
)
KEY = Text(
    "کلید درخواست: همان کلید با همان محتوا تا ۲۴ ساعت همان پاسخ را می‌گیرد.",
    "The same key with the same content gets the same reply for 24 hours.",
)
RETRY_AFTER = Text("ثانیه تا تلاش بعدی.", "Seconds until the next try.")
SIGN_IN = Text(
    "توکنی که ورود یا `/api/v1/auth/token` می‌دهد.", "The token that signing in or `/api/v1/auth/token` gives."
)
DATE = Text("تاریخ جلالی، مانند `1403-07-15`.", "A Jalali date like `1403-07-15`.")
MONTH = Text("ماه جلالی، مانند `1403-07`.", "A Jalali month like `1403-07`.")
# What these names mean in every service.
FIELDS = {
    "national_code": Text("کد ملی: ده رقم.", "The national code: ten digits."),
    "limit": Text("تعداد ردیف‌های هر صفحه.", "How many items a page has."),
    "cursor": Text("`next_cursor` صفحه پیشین.", "The `next_cursor` of the page before."),
    "next_cursor": Text(
        "نشانگر صفحه بعد، یا null در صفحه پایانی.", "The next cursor; null on the last page."
    ),
}


def format_both(text: Text) -> str:
    """Return a text in both languages, a line each."""
    return f"{text.fa}\n{text.en}"


def find_field_text(name: str) -> Text | None:
    """Return the description of a field, if its name implies one."""
    if name.endswith("_jalali"):
        return MONTH if "month" in name else DATE
    return FIELDS.get(name)


def build_shared_parameters() -> Json:
    """Return the headers that callers may send."""

    def build_header(name: str, text: Text, example: str, **schema: Any) -> Json:
        return {
            "name": name,
            "in": "header",
            "description": format_both(text),
            "schema": {"type": "string", **schema},
            "example": example,
        }

    return {
        "AcceptLanguage": build_header("Accept-Language", LANGUAGE, "fa"),
        "RequestId": build_header("X-Request-ID", FOLLOWED, REQUEST_ID),
        "IdempotencyKey": build_header(
            "Idempotency-Key", KEY, "order-1403-0715-1", minLength=1, maxLength=MAX_KEY
        ),
    }


def build_shared_headers() -> Json:
    """Return the headers of replies."""
    return {
        "RequestId": {
            "description": format_both(FOLLOWED),
            "schema": {"type": "string"},
            "example": REQUEST_ID,
        },
        "RetryAfter": {
            "description": format_both(RETRY_AFTER),
            "schema": {"type": "integer", "minimum": 1},
            "example": 5,
        },
    }
