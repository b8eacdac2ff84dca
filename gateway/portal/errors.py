"""Pages for what goes wrong: what happened, what to do next, and the request's id for whoever helps."""

import structlog
from flask import Flask, Response, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from gunicorn.http.errors import NoMoreData, ParseException
from werkzeug.exceptions import HTTPException

from gateway.portal import addresses, sessions
from gateway.portal.api import Problem, Unavailable
from services.kit import logging

log = structlog.get_logger()


def answer(app: Flask) -> None:
    """Let the app show its errors as pages."""
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(Problem, _problem)
    app.register_error_handler(HTTPException, _http)
    # gunicorn finds only while a form is read that it cannot be read.
    app.register_error_handler(ParseException, _unreadable)
    app.register_error_handler(NoMoreData, _unreadable)
    app.register_error_handler(Exception, _mistake)


def _csrf(_error: CSRFError) -> ResponseReturnValue:
    """The cookie is gone or of another session: show the form again as it was typed, if it was typed here."""
    if request.headers.get("Sec-Fetch-Site") != "same-origin" or not request.form:
        return _page(400)
    if not _has_form() or "password" in request.form:
        # A button, whose own address shows nothing, or a form of which nothing is kept.
        session["note"] = "page-old"
        back = addresses.here() if _has_form() else addresses.came_from(url_for("front.first"))
        return redirect(back, 303)
    try:
        session["note"] = "form-expired" if sessions.keep_typed() else "page-old"
    except Unavailable:
        return _page(400)
    return redirect(addresses.here(), 303)


def _problem(problem: Problem) -> ResponseReturnValue:
    if problem.status == 401:
        signed_in = sessions.current()
        role = signed_in.role if signed_in else sessions.CITIZEN
        if signed_in:
            sessions.end()
        return sessions.to_sign_in(role, ended=True)
    return _page(problem.status, problem, form=_kept_form(problem))


def _kept_form(problem: Problem) -> str | None:
    """Where the form is whose service is away, with what was typed into it; None when there is none."""
    if not _has_form() or not isinstance(problem, Unavailable) or problem.service == "sessions":
        return None
    try:
        sessions.keep_typed()
    except Unavailable:
        return None
    return addresses.here()


def _has_form() -> bool:
    """Whether this POST came from a form that its address shows."""
    return request.method == "POST" and addresses.is_shown()


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code and error.code < 400:
        return error.get_response()
    response = _page(error.code or 500)
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    return response


def _unreadable(_error: Exception) -> Response:
    return _page(400)


def _mistake(error: Exception) -> Response:
    log.error("request.failed", exc_info=error)
    return _page(500)


def _page(status: int, problem: Problem | None = None, form: str | None = None) -> Response:
    title, advice = _words(status)
    page = render_template(
        "errors/error.html",
        status=status,
        title=problem.title if problem and problem.title else title,
        advice=problem.detail if problem and problem.detail else advice,
        wait=problem.retry_after if problem else None,
        # A store that is away must not be asked again for the page that says so.
        away=problem.service if isinstance(problem, Unavailable) else None,
        form=form,
        request_id=logging.current_request_id(),
    )
    g.pop("signed_in", None)
    response = Response(page, status)
    if problem and problem.retry_after:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


def _words(status: int) -> tuple[str, str]:
    words = {
        400: (
            gettext("این فرم دیگر معتبر نیست"),
            gettext("صفحه فرم را دوباره باز کنید و از نو بفرستید. چیزی ثبت نشده است."),
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
            gettext("به صفحه پیش برگردید و از پیوندهای آن بروید."),
        ),
        413: (
            gettext("فایل یا متن بیش از اندازه بزرگ است"),
            gettext("اندازه پرونده حداکثر ۲۰ مگابایت است. پرونده کوچک‌تری بفرستید."),
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
    return words.get(status, mistake)
