"""One problem shape at the edge (RFC 9457) and the errors that every service can raise.

A service's own `errors.py` subclasses `Problem`; anything raised inside a request becomes the document.
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Self

from services.kit.text import to_persian_digits
from services.kit.waits import describe_wait

CONTENT_TYPE = "application/problem+json"


class Text(str):
    """A text in both languages; as a `str` it is the English one, which marshmallow takes as a message."""

    fa: str
    en: str

    def __new__(cls, fa: str, en: str) -> "Text":
        text = super().__new__(cls, en)
        text.fa, text.en = fa, en
        return text

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]  # what copies are made of
        return self.fa, self.en

    def format(self, *args: object, **values: object) -> "Text":
        """Return both languages with their placeholders filled."""
        return Text(self.fa.format(*args, **values), self.en.format(*args, **values))

    def pick(self, language: str) -> str:
        return self.en if language == "en" else self.fa


class Problem(Exception):
    """A failed request: status and stable code, with text for people in both languages.

    Keyword arguments fill the placeholders of `detail`, and `{wait}` is when to try again, by `retry_after`;
    `extra` adds members to the document.
    """

    # RFC 6750, section 3: what a 401 requires.
    challenge: ClassVar[str] = 'Bearer realm="govah"'
    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal-error"
    title: ClassVar[Text] = Text("خطای داخلی", "Internal error")
    detail: ClassVar[Text] = Text(
        "خطایی در سامانه رخ داد. کمی بعد دوباره تلاش کنید.", "Something failed. Try again later."
    )

    def __init__(
        self,
        *,
        errors: list[dict[str, Any]] | None = None,
        retry_after: int | None = None,
        extra: Mapping[str, Any] | None = None,
        **words: object,
    ) -> None:
        super().__init__(self.code)
        self.errors = errors
        self.retry_after = retry_after
        self.extra = dict(extra or {})
        self.words = words

    @classmethod
    def new_example(cls, **arguments: Any) -> Self:
        """Return a problem for documentation, from arguments as YAML has them."""
        return cls(**arguments)

    def build_headers(self) -> dict[str, str]:
        headers = {"Content-Type": CONTENT_TYPE}
        if self.retry_after is not None:
            headers["Retry-After"] = str(self.retry_after)
        if self.status == 401:
            headers["WWW-Authenticate"] = self.challenge
        return headers

    def _translate_words(self, language: str) -> dict[str, object]:
        wait = {} if self.retry_after is None else {"wait": describe_wait(self.retry_after, language)}
        if language == "en":
            return {**self.words, **wait}
        words = {
            name: to_persian_digits(word) if isinstance(word, int) else word
            for name, word in self.words.items()
        }
        return words | wait

    def build_document(self, language: str, request_id: str) -> dict[str, Any]:
        """Return the members of the problem document in one language."""
        document: dict[str, Any] = {
            "type": "about:blank",
            "title": self.title.pick(language),
            "status": self.status,
            "detail": self.detail.pick(language).format(**self._translate_words(language)),
            "code": self.code,
            "request_id": request_id,
        }
        if self.errors is not None:
            document["errors"] = self.errors
        return document | self.extra


def select_language(accepted: Iterable[tuple[str, float]]) -> str:
    """Return `fa`, or `en` if the caller prefers it; `fa-IR` and `en-GB` count as these two.

    `accepted` are the tags of `Accept-Language` with their quality, the most wanted first.
    """
    for tag, quality in accepted:
        language = tag.partition("-")[0].lower()
        if quality > 0 and language in {"fa", "en"}:
            return language
    return "fa"


class MalformedJson(Problem):
    status, code = 400, "malformed-json"
    title = Text("متن درخواست خوانا نیست", "Malformed request body")
    detail = Text(
        "بدنه درخواست JSON درست نیست. آن را بررسی و دوباره ارسال کنید.",
        "The body is not valid JSON. Check it and send again.",
    )


class BadRequest(Problem):
    status, code = 400, "bad-request"
    title = Text("درخواست نادرست", "Bad request")
    detail = Text(
        "درخواست خوانا نیست. آن را بررسی و دوباره ارسال کنید.",
        "The request cannot be read. Check it and send again.",
    )


class TokenMissing(Problem):
    status, code = 401, "token-missing"
    title = Text("ورود لازم است", "Sign-in required")
    detail = Text("برای این کار وارد سامانه شوید.", "Sign in and send the access token.")


class TokenExpired(Problem):
    status, code = 401, "token-expired"
    challenge = 'Bearer realm="govah", error="invalid_token"'
    title = Text("نشست پایان یافته است", "Session expired")
    detail = Text(
        "زمان نشست شما پایان یافته است. دوباره وارد شوید.",
        "The token has expired. Refresh it or sign in again.",
    )


class TokenInvalid(Problem):
    status, code = 401, "token-invalid"
    challenge = 'Bearer realm="govah", error="invalid_token"'
    title = Text("نشست پذیرفته نشد", "Token not accepted")
    detail = Text("نشست شما پذیرفته نشد. دوباره وارد شوید.", "The token is not accepted. Sign in again.")


class Forbidden(Problem):
    status, code = 403, "forbidden"
    title = Text("اجازه این کار را ندارید", "Forbidden")
    detail = Text(
        "این کار برای نقش شما مجاز نیست. با حساب مناسب وارد شوید.",
        "Your role may not do this. Sign in with the right account.",
    )


class NotFound(Problem):
    status, code = 404, "not-found"
    title = Text("پیدا نشد", "Not found")
    detail = Text("آنچه می‌خواهید پیدا نشد. نشانی را بررسی کنید.", "There is nothing here. Check the address.")


class MethodNotAllowed(Problem):
    status, code = 405, "method-not-allowed"
    title = Text("روش درخواست مجاز نیست", "Method not allowed")
    detail = Text(
        "این نشانی این روش را نمی‌پذیرد. مستندات را ببینید.",
        "This address does not take that method. See the documentation.",
    )


class BodyTooLarge(Problem):
    status, code = 413, "body-too-large"
    title = Text("حجم بیش از حد مجاز است", "Body too large")
    detail = Text(
        "حجم درخواست بیش از {limit} است. فایل کوچک‌تری بفرستید.",
        "The body is larger than {limit}. Send a smaller one.",
    )


class UnsupportedMediaType(Problem):
    status, code = 415, "unsupported-media-type"
    title = Text("نوع محتوا پذیرفته نیست", "Unsupported media type")
    detail = Text(
        "نوع محتوای درخواست پذیرفته نیست. مستندات را ببینید.",
        "That content type is not accepted. See the documentation.",
    )


class ValidationFailed(Problem):
    """`errors` is a list of ``{"field", "message"}`` in the caller's language."""

    status, code = 422, "validation"
    title = Text("اطلاعات درست نیست", "Validation failed")
    detail = Text("خطاهای زیر را برطرف و دوباره ارسال کنید.", "Correct the errors below and send again.")

    def __init__(self, *fields: tuple[str, Text]) -> None:
        super().__init__(errors=[])
        self.fields = fields

    @classmethod
    def new_example(cls, **arguments: Any) -> Self:
        """Return the problem of these fields, each with a mapping of its message in both languages."""
        return cls(*((name, Text(**message)) for name, message in arguments.items()))

    def build_document(self, language: str, request_id: str) -> dict[str, Any]:
        self.errors = [{"field": field, "message": text.pick(language)} for field, text in self.fields]
        return super().build_document(language, request_id)


class IdempotencyKeyReused(Problem):
    status, code = 422, "idempotency-key-reused"
    title = Text("کلید تکراری است", "Idempotency key reused")
    detail = Text(
        "این Idempotency-Key پیش‌تر با محتوای دیگری به کار رفته است. کلید تازه‌ای بفرستید.",
        "This Idempotency-Key was used with other fields. Send a new one.",
    )


class TooManyAttempts(Problem):
    """`retry_after` in seconds."""

    status, code = 429, "too-many-attempts"
    title = Text("تلاش بیش از حد", "Too many attempts")
    detail = Text(
        "تلاش‌های ناموفق بیش از حد مجاز است. {wait} دوباره تلاش کنید.",
        "Too many attempts. Try again {wait}.",
    )

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after=retry_after)


class Unavailable(Problem):
    status, code = 503, "unavailable"
    title = Text("اکنون در دسترس نیست", "Unavailable")
    detail = Text(
        "این بخش اکنون در دسترس نیست. چیزی از دست نرفته است؛ کمی بعد دوباره تلاش کنید.",
        "This part is unavailable now. Nothing is lost; try again shortly.",
    )

    def __init__(self, retry_after: int = 5) -> None:
        super().__init__(retry_after=retry_after)


class Busy(Unavailable):
    """Too many simultaneous requests; `retry_after` in seconds."""

    code = "busy"
    title = Text("سامانه مشغول است", "Busy")
    detail = Text(
        "هم‌اکنون درخواست‌های دیگری در دست بررسی است. چند ثانیه دیگر دوباره تلاش کنید.",
        "Other requests are being handled at this moment. Try again in a few seconds.",
    )

    def __init__(self, retry_after: int = 2) -> None:
        super().__init__(retry_after)
