"""«تامین اجتماعی من»: every interaction with its state, newest first."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from gateway.portal import api, sessions
from gateway.portal.pages.representative_names import name_representatives
from govah_client.errors import ServiceUnavailable
from govah_client.inquiry import DiscrepancyReport
from govah_client.representatives import Mandate
from services.kit.jalali import JalaliMonth, to_tehran_date
from services.kit.text import normalise_digits

blueprint = Blueprint("home", __name__, url_prefix="/home")
blueprint.before_request(sessions.require_role(sessions.CITIZEN))
# The page of an item by its references; of several references the first counts.
PAGES = {
    "discrepancy_id": "reports.show_report",
    "mandate_id": "representatives.list_representatives",
    "permit_id": "permits.show_permit",
    "letter_id": "inbox.show_letter",
    "disclosure_request_id": "disclosure.show_status",
    "objection_id": "objections.show_objection",
}
ARGUMENTS = {"disclosure_request_id": "disclosure_id", "discrepancy_id": "report_id"}
# The latest reports of institutions, among which those without an answer are looked for.
LATEST_REPORTS = 50
# The latest mandates, among which the invitations are looked for.
LATEST_MANDATES = 50
# The page of an item by its kind: whatever it refers to, or if it refers to nothing.
OTHER_PAGES = {"record.changed": "record.show_months"}
WITHOUT_REFERENCES = {"inquiry.refused": "permits.list_permits"}


# What the filter offers, by its value in the address: the first words of the kinds.
GROUPS: Mapping[str, tuple[LazyString, Sequence[str]]] = {
    "letters": (_("نامه‌ها"), ("request", "letter")),
    "permits": (_("مجوزها"), ("permit",)),
    "inquiries": (_("استعلام‌ها"), ("inquiry", "discrepancy", "answer")),
    "record": (_("سوابق و مشخصات"), ("record", "person")),
    "objections": (_("اعتراض‌ها"), ("objection",)),
    "account": (
        _("حساب کاربری"),
        ("account", "sessions", "password", "mobile", "mandate", "identification"),
    ),
}
MONTHS_OFFERED = 24
LONGEST_WORDS = 100


@blueprint.get("")
def list_activity() -> str:
    chosen = _read_choice()
    page = sessions.get_client().disclosure.list_activity(
        kind=GROUPS[chosen["kind"]][1] if "kind" in chosen else (),
        month=chosen.get("month"),
        q=chosen.get("q"),
        grouped=True,
        **api.read_page_query(),
    )
    names = name_representatives(item["references"].get("actor") for item in page["items"])
    is_first = "cursor" not in request.args
    items = [
        {**item, "page": _find_page(item), "actor": names.get(item["references"].get("actor", ""))}
        for item in page["items"]
    ]
    return render_template(
        "home/activity.html",
        items=items,
        # disclosure of the previous release names none.
        gaps=page.get("gaps", []),
        next_cursor=page["next_cursor"],
        chosen=chosen,
        kinds=[(name, label) for name, (label, _kinds) in GROUPS.items()],
        months=_list_months(),
        invitations=_list_invitations() if is_first else [],
        reports=_list_unanswered_reports() if is_first else [],
    )


def _list_invitations() -> list[Mandate]:
    """Return the invitations that the person has not answered; none while auth is unavailable."""
    try:
        latest = sessions.get_client().auth.list_mandates(limit=LATEST_MANDATES)["items"]
    except ServiceUnavailable:
        return []
    return [mandate for mandate in latest if mandate["status"] == "invited"]


def _list_unanswered_reports() -> list[DiscrepancyReport]:
    """Return the reports of institutions that wait for the person; none while inquiry is unavailable."""
    try:
        latest = sessions.get_client().inquiry.list_discrepancies(limit=LATEST_REPORTS)["items"]
    except ServiceUnavailable:
        return []
    return [report for report in latest if report["status"] == "reported"]


def _list_months() -> list[str]:
    """Return the present month in Tehran and those before it."""
    present = JalaliMonth.from_date(to_tehran_date(datetime.now(UTC)))
    return [str(present.add_months(-back)) for back in range(MONTHS_OFFERED)]


def _read_choice() -> dict[str, str]:
    """Return the filters that the address names, without those that are empty or invalid."""
    typed = {name: request.args.get(name, "").strip() for name in ("kind", "month", "q")}
    try:
        month = str(JalaliMonth.parse(normalise_digits(typed["month"])))
    except ValueError:
        month = ""
    kind = typed["kind"] if typed["kind"] in GROUPS else ""
    chosen = {"kind": kind, "month": month, "q": normalise_digits(typed["q"])[:LONGEST_WORDS]}
    return {name: value for name, value in chosen.items() if value}


def _find_page(item: Mapping[str, Any]) -> str | None:
    """Return the page with the details of an item, None without one."""
    references = item["references"]
    # A corrected record refers to the objection too, but its page is the record.
    if item["kind"] in OTHER_PAGES:
        return url_for(OTHER_PAGES[item["kind"]])
    for name, endpoint in PAGES.items():
        if name in references:
            if name == "mandate_id":
                return url_for(endpoint)
            return url_for(endpoint, **{ARGUMENTS.get(name, name): references[name]})
    endpoint_of_kind = WITHOUT_REFERENCES.get(item["kind"])
    return endpoint_of_kind and url_for(endpoint_of_kind)
