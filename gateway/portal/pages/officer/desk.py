"""«ورود کارشناس» and the officer's first page: what waits, and what the last days brought.

Pages that show stored entries without a call to a service call `check_live_session`.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _

from gateway.portal import sessions
from gateway.portal.pages.officer.charts import build_chart
from gateway.portal.pages.officer.upload_entries import list_recent_uploads
from gateway.portal.pages.signing_in import StaffSignIn, build_totp_field, show_staff_door
from govah_client.desk import Day, Queue
from govah_client.errors import ApiError, ServiceUnavailable
from govah_client.pages import LARGEST_PAGE

blueprint = Blueprint("officer", __name__, url_prefix="/officer")
guard = sessions.require_role(sessions.OFFICER)


class OfficerSignIn(StaffSignIn):
    totp = build_totp_field(
        _("کد یک‌بارمصرف (اگر دارید)"),
        _("شش رقمی که برنامه رمزساز نشان می‌دهد؛ اگر برای حساب شما فعال نیست، خالی بگذارید."),
    )


@blueprint.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    return show_staff_door(OfficerSignIn(), sessions.OFFICER, url_for(".show_desk"), "officer/sign_in.html")


@blueprint.get("")
def show_desk() -> ResponseReturnValue:
    if refused := guard():
        return refused
    queues, days, is_down = _read_desk()
    return render_template(
        "officer/desk.html",
        queues=[*queues, *_count_failed_letters()],
        uploads=list(list_recent_uploads()),
        days=days,
        is_down=is_down,
        lists=build_chart(days, ("lists_accepted", "lists_refused")),
        objections=build_chart(days, ("objections_submitted", "objections_decided")),
    )


def _read_desk() -> tuple[Sequence[Mapping[str, Any]], Sequence[Day], bool]:
    """Return the queues that the officer decides about, the last days, and whether records is unavailable."""
    records = sessions.get_client().records
    try:
        return _list_queues(records.list_desk_queues()["items"]), records.get_week()["days"], False
    except ServiceUnavailable:
        return [], [], True
    except ApiError as problem:
        # An officer without the scopes of queues.
        if problem.status != 403:
            raise
        return [], [], False


def _count_failed_letters() -> Sequence[Mapping[str, Any]]:
    """Return the queue of failed letters, counted up to one page; nothing if it cannot be read."""
    try:
        page = sessions.get_client().disclosure.list_requests(status="failed", limit=LARGEST_PAGE)
    except ServiceUnavailable:
        return []
    except ApiError as problem:
        # An officer without the scope of letters.
        if problem.status != 403:
            raise
        return []
    failed, has_more = page["items"], page["next_cursor"] is not None
    oldest_at = failed[-1]["requested_at"] if failed and not has_more else None
    queue = {"queue": "failed-letters", "kind": "", "count": len(failed), "own": 0}
    return [queue | {"oldest_at": oldest_at, "has_more": has_more}]


def _list_queues(items: Sequence[Queue]) -> Sequence[Mapping[str, Any]]:
    """Return the queues that have a page of their own; those of objections without their kinds."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for item in items:
        kind = str(item["kind"]) if item["queue"] == "proposals" else ""
        empty = {"queue": item["queue"], "kind": kind, "count": 0, "own": 0, "oldest_at": None}
        row = rows.setdefault((item["queue"], kind), empty)
        row["count"] += item["count"]
        row["own"] += item["own"]
        # Moments of the API are in UTC, so their texts sort like time.
        row["oldest_at"] = min(filter(None, (row["oldest_at"], item["oldest_at"])), default=None)
    # Kinds of proposals of which none waits are not listed one by one.
    return [row for row in rows.values() if row["count"] or row["queue"] != "proposals"]


def check_live_session() -> None:
    """Raise ApiError 401 if services no longer accept the officer's token, but not while records is down."""
    # Only citizens may read it: records checks an officer's token and answers 403.
    with suppress(ServiceUnavailable):
        try:
            sessions.get_client().records.get_me()
        except ApiError as problem:
            if problem.status != 403:
                raise
