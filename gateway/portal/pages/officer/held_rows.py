"""Held rows: rows of lists that count in nobody's record until two officers have decided whose they are."""

import uuid
from collections.abc import Collection, Mapping
from typing import Any, cast

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _
from wtforms import RadioField, SelectChoice, StringField

from gateway.portal import api, sessions
from gateway.portal.forms import Form, open_form, require_input
from gateway.portal.pages.officer.desk import guard
from gateway.portal.pages.officer.proposing import build_proposal_reason, propose
from govah_client.lists import HeldRow, HeldRowStatus
from services.kit.text import fold_name

blueprint = Blueprint("officer_held_rows", __name__, url_prefix="/officer/held-rows")
blueprint.before_request(guard)
STATUSES = ("held", "same-person", "assigned", "rejected")
# What identifies a person, as a row states it and as it is known.
IDENTITY = (
    "first_name", "last_name", "father_name", "birth_date_jalali", "sex", "insurance_number", "national_code",
)  # fmt: skip
SAME_PERSON, ASSIGN, REJECT = "same-person", "assign", "reject"
CHOOSE_ONE = _("یکی را انتخاب کنید.")


class Decision(Form):
    action = RadioField(
        _("این سطر از کیست؟"),
        choices=[
            SelectChoice(SAME_PERSON, _("همان شخصی که سطر نام می‌برد")),
            SelectChoice(REJECT, _("هیچ‌کس: در سابقه‌ای حساب نشود")),
            SelectChoice(ASSIGN, _("شخص دیگری، با این کد ملی")),
        ],
        validators=require_input(CHOOSE_ONE),
    )
    # Checked by the service, and only for the action that needs it.
    national_code = StringField(
        _("کد ملی آن شخص"), render_kw={"inputmode": "numeric", "dir": "ltr", "autocomplete": "off"}
    )
    reason = build_proposal_reason()


class BulkDecision(Form):
    action = RadioField(
        _("سطرهای نگه‌داشته این لیست از کیست؟"),
        choices=[
            SelectChoice(SAME_PERSON, _("هر سطر از همان شخصی که نام می‌برد")),
            SelectChoice(REJECT, _("هیچ‌کس: هیچ‌یک در سابقه‌ای حساب نشود")),
        ],
        validators=require_input(CHOOSE_ONE),
    )
    reason = build_proposal_reason()


class Merger(Form):
    reason = build_proposal_reason()


@blueprint.get("")
def list_held_rows() -> str:
    status = request.args.get("status")
    status = status if status in STATUSES else STATUSES[0]
    list_id = request.args.get("list_id")
    oldest_first = status == "held"
    page = sessions.get_client().records.list_held_rows(
        status=cast("HeldRowStatus", status),
        list_id=list_id,
        order="oldest" if oldest_first else "newest",
        **api.read_page_query(),
    )
    return render_template(
        "officer/held_rows.html",
        items=page["items"],
        next_cursor=page["next_cursor"],
        status=status,
        list_id=list_id,
        oldest_first=oldest_first,
    )


@blueprint.route("/<uuid:held_row_id>", methods=["GET", "POST"])
def show_held_row(held_row_id: uuid.UUID) -> ResponseReturnValue:
    form = open_form(Decision)
    if form.validate_on_submit():
        change = {"action": form.action.data}
        if form.action.data == ASSIGN:
            change["national_code"] = form.national_code.data or ""
        if proposed := propose(form, "held-row", held_row_id, change, form.reason.data):
            return proposed
    held_row = sessions.get_client().records.get_held_row(str(held_row_id))
    return render_template(
        "officer/held_row.html",
        form=form,
        held=held_row,
        identity=IDENTITY,
        differing=list_differing(held_row),
    )


@blueprint.route("/<uuid:held_row_id>/merger", methods=["GET", "POST"])
def merge_owners(held_row_id: uuid.UUID) -> ResponseReturnValue:
    """Return the form to merge the owner of the row's insurance number into the person whom it names."""
    records = sessions.get_client().records
    held_row, form = records.get_held_row(str(held_row_id)), open_form(Merger)
    person, owner = held_row["known"], held_row["number_owner"]
    if person and owner and form.validate_on_submit():
        proposed = propose(form, "person-merger", owner["id"], {"into": person["id"]}, form.reason.data)
        if proposed:
            return proposed
    return render_template("officer/owners_merger.html", form=form, held=held_row, identity=IDENTITY)


@blueprint.route("/of-list/<uuid:list_id>", methods=["GET", "POST"])
def decide_all_rows(list_id: uuid.UUID) -> ResponseReturnValue:
    """Return the form that decides about all rows of a list that are held."""
    form = open_form(BulkDecision)
    if form.validate_on_submit():
        change = {"action": form.action.data}
        if proposed := propose(form, "held-row", list_id, change, form.reason.data):
            return proposed
    records = sessions.get_client().records
    imported = records.get_list(str(list_id))
    page = records.list_held_rows(status="held", list_id=str(list_id), limit=api.PAGE_SIZE)
    return render_template("officer/bulk_decision.html", form=form, list=imported, items=page["items"])


def list_differing(held_row: HeldRow) -> Collection[str]:
    """Return the fields that the row states and that are known otherwise."""
    person: Mapping[str, Any] = held_row["known"] or {}
    row = cast("Mapping[str, Any]", held_row["listed"])
    return {
        name
        for name in IDENTITY
        if row[name] and person.get(name) and fold_name(row[name]) != fold_name(person[name])
    }
