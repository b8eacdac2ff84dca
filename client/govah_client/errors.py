"""What a call can end with instead of a result. `transport` raises these; every method of the client may."""

from collections.abc import Mapping
from typing import Any

import httpx


class ApiError(Exception):
    """A refusal by the API: a problem document (RFC 9457), or an error of the token endpoint (RFC 6749).

    `code` is stable, `title` and `detail` are text in the language of the call, `errors` names the invalid
    fields. `document` is the whole answer, for members that only one problem has.
    """

    def __init__(
        self,
        status: int,
        code: str,
        title: str = "",
        detail: str = "",
        *,
        errors: list[dict[str, str]] | None = None,
        retry_after: int | None = None,
        request_id: str = "",
        document: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(status, code)
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.errors = errors or []
        self.retry_after = retry_after
        self.request_id = request_id
        self.document = document or {}

    def __str__(self) -> str:
        return f"{self.status} {self.code}: {self.detail or self.title}"


class ServiceUnavailable(ApiError):
    """No usable answer: nothing answers, the service failed, or the answer is not the API's.

    `status` is 503 whatever the server sent. `service` is the first part of the path below `/api/v1`, and
    `url` where the call went.
    """

    def __init__(self, service: str, url: str = "", **details: Any) -> None:
        super().__init__(503, details.pop("code", "unavailable"), **details)
        self.service = service
        self.url = url

    def __str__(self) -> str:
        return f"{self.service} is unavailable at {self.url}"


def read_error(response: httpx.Response, service: str, request_id: str) -> ApiError:
    """Return the error of a response that has been read and has the status 400 or above."""
    try:
        document = response.json()
    except ValueError:
        document = {}
    if not isinstance(document, dict):
        document = {}
    details: dict[str, Any] = {
        "title": str(document.get("title", "")),
        "detail": str(document.get("detail") or document.get("error_description") or ""),
        "errors": list(document.get("errors", [])),
        "request_id": str(document.get("request_id") or response.headers.get("X-Request-ID") or request_id),
        "document": document,
    }
    seconds = response.headers.get("Retry-After", "")
    if seconds.isdigit():
        details["retry_after"] = int(seconds)
    code = document.get("code") or document.get("error")
    if code and response.status_code < 500:
        return ApiError(response.status_code, str(code), **details)
    return ServiceUnavailable(service, str(response.url), code=str(code or "unavailable"), **details)
