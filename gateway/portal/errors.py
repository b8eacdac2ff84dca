"""Pages for what goes wrong: what happened, what to do next, and the request id for support."""

from contextlib import suppress

import structlog
from flask import Flask, Response, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from gunicorn.http.errors import NoMoreData, ParseException
from werkzeug.exceptions import HTTPException

from gateway.portal import acting, addresses, api, entries, sessions
from govah_client.errors import ApiError, ServiceUnavailable
from services.kit import logging

log = structlog.get_logger()


def register_handlers(app: Flask) -> None:
    """Add the handlers that show errors as pages to the app."""
    app.register_error_handler(CSRFError, _answer_csrf_error)
    app.register_error_handler(ApiError, _answer_api_error)
    app.register_error_handler(HTTPException, _answer_http_error)
    # gunicorn notices an unreadable form only when it is read.
    app.register_error_handler(ParseException, _answer_unreadable)
    app.register_error_handler(NoMoreData, _answer_unreadable)
    app.register_error_handler(Exception, _answer_exception)


def _answer_csrf_error(_error: CSRFError) -> ResponseReturnValue:
    """Return the form again as it was typed, if it was typed here.

    The cookie is missing or belongs to another session.
    """
    if request.headers.get("Sec-Fetch-Site") != "same-origin" or not request.form:
        return _render_page(400)
    if not _has_form() or "password" in request.form:
        # A button, whose own address shows no page, or a form that is never saved.
        session["note"] = "page-old"
        back = (
            addresses.get_current_path()
            if _has_form()
            else addresses.find_referring_path(url_for("front.show_first_page"))
        )
        return redirect(back, 303)
    try:
        session["note"] = "form-expired" if entries.save_form_draft() else "page-old"
    except ServiceUnavailable:
        return _render_page(400)
    return redirect(addresses.get_current_path(), 303)


def _answer_api_error(error: ApiError) -> ResponseReturnValue:
    if error.status == 401:
        signed_in = sessions.find_session()
        if signed_in and signed_in.acting:
            return _stop_acting()
        role = signed_in.role if signed_in else sessions.CITIZEN
        if signed_in:
            sessions.close_session()
        return sessions.redirect_to_sign_in(role, ended=True)
    return _render_page(error.status, error, form=_save_form(error))


def _stop_acting() -> ResponseReturnValue:
    """Return a redirect to the reader's mandates: the one of this page has ended."""
    with suppress(ApiError):
        acting.end_acting()
    session["note"] = "acting-ended"
    return redirect(url_for("representatives.list_mandates"), 303)


def _save_form(error: ApiError) -> str | None:
    """Return the path of the form whose service is unavailable, after it was saved; None without a form."""
    if not _has_form() or not isinstance(error, ServiceUnavailable) or error.service == "sessions":
        return None
    try:
        entries.save_form_draft()
    except ServiceUnavailable:
        return None
    return addresses.get_current_path()


def _has_form() -> bool:
    """Return whether this POST came from a form that its address shows."""
    return request.method == "POST" and addresses.is_page()


def _answer_http_error(error: HTTPException) -> ResponseReturnValue:
    if error.code and error.code < 400:
        return error.get_response()
    response = _render_page(error.code or 500)
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    return response


def _answer_unreadable(_error: Exception) -> Response:
    return _render_page(400)


def _answer_exception(error: Exception) -> Response:
    log.error("request.failed", exc_info=error)
    return _render_page(500)


def _render_page(status: int, error: ApiError | None = None, form: str | None = None) -> Response:
    title, advice = _describe_status(status, error.code if error else "")
    error_title, error_detail = api.describe_error(error) if error else ("", "")
    wait = api.find_retry_after(error) if error else None
    page = render_template(
        "errors/error.html",
        status=status,
        title=error_title or title,
        advice=error_detail or advice,
        wait=wait,
        # The page about an unavailable store must not read from it again.
        away=error.service if isinstance(error, ServiceUnavailable) else None,
        form=form,
        request_id=logging.get_request_id(),
    )
    g.pop("signed_in", None)
    response = Response(page, status)
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


def _describe_status(status: int, code: str) -> tuple[str, str]:
    if code == "not-given":
        return (
            gettext("این کار به شما داده نشده است"),
            gettext("به نمایندگی تنها آنچه را بیمه‌شده داده است می‌بینید. به صفحه نمایندگی برگردید."),
        )
    descriptions = {
        400: (
            gettext("این فرم دیگر معتبر نیست"),
            gettext("صفحه فرم را دوباره باز کنید و دوباره بفرستید. چیزی ثبت نشده است."),
        ),
        403: (
            gettext("اجازه این کار را ندارید"),
            gettext("اگر حساب دیگری دارید، با آن وارد شوید."),
        ),
        404: (
            gettext("صفحه پیدا نشد"),
            gettext("نشانی را بررسی کنید یا از صفحه نخست آغاز کنید."),
        ),
        405: (
            gettext("این کار اینجا انجام نمی‌شود"),
            gettext("به صفحه پیش بازگردید و از پیوندهای آن بروید."),
        ),
        413: (
            gettext("فایل یا متن بیش از اندازه بزرگ است"),
            gettext("اندازه فایل حداکثر ۲۰ مگابایت است. فایل کوچک‌تری بفرستید."),
        ),
        429: (
            gettext("درخواست‌ها بیش از حد مجاز است"),
            gettext("کمی صبر کنید و دوباره تلاش کنید."),
        ),
    }
    mistake = (
        gettext("خطایی در سامانه رخ داد"),
        gettext("کمی بعد دوباره تلاش کنید. اگر تکرار شد، شناسه زیر را به پشتیبانی بدهید."),
    )
    return descriptions.get(status, mistake)
