"""«اعتراض به سوابق»: drafts about wrong days and missing periods, their submission and their state."""

import uuid

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import NotFound

from gateway.portal import sessions
from gateway.portal.forms import Form, open_form
from gateway.portal.pages.objection_forms import (
    Identity,
    MissingPeriod,
    build_days_claim,
    build_days_form,
    name_fields,
    name_identity_fields,
)
from gateway.portal.pages.objection_reports import find_report, name_reports, quote_report
from gateway.portal.pages.record_picture import name_workshops, parse_year
from govah_client.errors import ApiError
from govah_client.objections import NewObjection, Objection
from govah_client.own_records import Contribution
from govah_client.pages import iterate
from services.kit.jalali import JalaliInvalid, JalaliMonth, format_jalali_date

blueprint = Blueprint("objections", __name__, url_prefix="/record/objections")
blueprint.before_request(sessions.require_role(sessions.CITIZEN))
DAYS, MISSING, IDENTITY = "days", "missing-period", "identity"
UNDECIDED = {"draft", "submitted", "proposed"}
# The code of workshops with an unknown code; their months cannot be objected to.
UNNAMED = "-"


class Confirmation(Form):
    """«تایید نهایی» and «حذف پیش‌نویس»: nothing to fill in."""


@blueprint.get("")
def list_objections() -> str:
    objections = _list_objections()
    undecided = {kind: _find_undecided(kind, objections) for kind in (DAYS, MISSING, IDENTITY)}
    return render_template("objections/overview.html", objections=objections, undecided=undecided)


@blueprint.get("/guide")
def show_guide() -> str:
    return render_template("objections/guide.html")


@blueprint.get("/days")
def choose_year() -> str:
    """Return the page on which a person chooses the workshop and the year with wrong days."""
    undecided = _find_undecided(DAYS, _list_objections())
    if undecided and undecided["status"] != "draft":
        return render_template("objections/open.html", objection=undecided)
    rows = list_rows()
    years: dict[str, dict[int, None]] = {}
    for row in rows:
        years.setdefault(row["workshop_code"], {})[int(row["month_jalali"][:4])] = None
    drafted = undecided["months"] if undecided else []
    claimed = {(month["workshop_code"], int(month["month_jalali"][:4])) for month in drafted}
    return render_template(
        "objections/days.html", years=years, workshops=name_workshops(rows), claimed=claimed
    )


@blueprint.route("/days/year", methods=["GET", "POST"])
def edit_days() -> ResponseReturnValue:
    workshop, year = request.args.get("workshop", ""), parse_year(request.args.get("year", ""))
    rows = [row for row in list_rows() if row["workshop_code"] == workshop]
    recorded: dict[JalaliMonth, int] = {}
    for row in rows:
        month = JalaliMonth.parse(row["month_jalali"])
        if month.year == year:
            recorded[month] = recorded.get(month, 0) + row["days"]
    if not recorded or year is None:
        raise NotFound
    undecided = _find_undecided(DAYS, _list_objections())
    if undecided and undecided["status"] != "draft" and request.method == "GET":
        return render_template("objections/open.html", objection=undecided)
    claimed = undecided["months"] if undecided else []
    of_workshop = {
        month["month_jalali"]: month["days"] for month in claimed if month["workshop_code"] == workshop
    }
    defaults = {f"days_{month.month}": of_workshop.get(str(month), days) for month, days in recorded.items()}
    report = find_report()
    text = quote_report(report, undecided["text"] if undecided else None)
    form = open_form(build_days_form(recorded), **defaults, text=text)
    if form.validate_on_submit():
        claim = build_days_claim(form, workshop, year, claimed)
        if not claim["months"]:
            form.form_errors.append(gettext("روزهای هیچ ماهی را تغییر نداده‌اید. روزهای درست را بنویسید."))
        else:
            try:
                saved = _save(name_reports(claim, report, undecided), form.key, undecided)
            except ApiError as problem:
                form.refuse(name_fields(problem, form), 409, 422)
            else:
                return redirect(url_for(".show_objection", objection_id=saved["id"]), 303)
    name = name_workshops(rows)[workshop]
    return render_template("objections/days_of_year.html", form=form, year=year, name=name, report=report)


@blueprint.route("/missing", methods=["GET", "POST"])
def edit_missing_period() -> ResponseReturnValue:
    undecided = _find_undecided(MISSING, _list_objections())
    if undecided and undecided["status"] != "draft" and request.method == "GET":
        return render_template("objections/open.html", objection=undecided)
    defaults = (
        _read_gap() if undecided is None else {name: dict(undecided)[name] for name in MissingPeriod.FIELDS}
    )
    report = find_report()
    text = quote_report(report, undecided["text"] if undecided else None)
    form = open_form(MissingPeriod, **{**defaults, "text": text})
    if form.validate_on_submit():
        try:
            saved = _save(name_reports(form.claim, report, undecided), form.key, undecided)
        except ApiError as problem:
            form.refuse(problem, 409, 422)
        else:
            return redirect(url_for(".show_objection", objection_id=saved["id"]), 303)
    return render_template("objections/missing.html", form=form, report=report)


@blueprint.route("/identity", methods=["GET", "POST"])
def edit_identity() -> ResponseReturnValue:
    undecided = _find_undecided(IDENTITY, _list_objections())
    if undecided and undecided["status"] != "draft" and request.method == "GET":
        return render_template("objections/open.html", objection=undecided)
    claimed = dict(undecided["fields"] or {}) if undecided else {}
    defaults = claimed | {"text": undecided["text"] if undecided else None}
    record = sessions.get_client().records.get_me()
    form = open_form(Identity, **defaults)
    if form.validate_on_submit():
        if not form.fields:
            form.form_errors.append(gettext("دست‌کم یکی از مشخصات را که نادرست ثبت شده است بنویسید."))
        else:
            try:
                saved = _save(form.claim, form.key, undecided)
            except ApiError as problem:
                form.refuse(name_identity_fields(problem), 409, 422)
            else:
                return redirect(url_for(".show_objection", objection_id=saved["id"]), 303)
    return render_template("objections/identity.html", form=form, person=record["person"])


@blueprint.route("/<uuid:objection_id>", methods=["GET", "POST"])
def show_objection(objection_id: uuid.UUID) -> ResponseReturnValue:
    """Return an objection and its state; sending the form is «تایید نهایی»."""
    form = Confirmation()
    if form.validate_on_submit():
        try:
            sessions.get_client().records.submit_my_objection(str(objection_id), idempotency_key=form.key)
        except ApiError as problem:
            # A double click, or a second window: the page itself shows the objection's state.
            if problem.code != "objection-status-differs":
                raise
        return redirect(url_for(".show_objection", objection_id=objection_id), 303)
    objection = sessions.get_client().records.get_my_objection(str(objection_id))
    names = name_workshops(list_rows())
    return render_template("objections/objection.html", objection=objection, workshops=names, form=form)


@blueprint.route("/<uuid:objection_id>/deletion", methods=["GET", "POST"])
def delete_draft(objection_id: uuid.UUID) -> ResponseReturnValue:
    form = Confirmation()
    if form.validate_on_submit():
        try:
            sessions.get_client().records.delete_my_objection(str(objection_id))
        except ApiError as problem:
            if problem.code == "objection-status-differs":
                return redirect(url_for(".show_objection", objection_id=objection_id), 303)
            # A double click: it is deleted already.
            if problem.status != 404:
                raise
        session["note"] = "draft-deleted"
        return redirect(url_for(".list_objections"), 303)
    if sessions.get_client().records.get_my_objection(str(objection_id))["status"] != "draft":
        return redirect(url_for(".show_objection", objection_id=objection_id), 303)
    return render_template("objections/deletion.html", form=form, objection_id=objection_id)


def _list_objections() -> list[Objection]:
    return list(iterate(sessions.get_client().records.list_my_objections))


def list_rows() -> list[Contribution]:
    """Return the months that can be objected to."""
    rows = iterate(sessions.get_client().records.list_my_contributions)
    return [row for row in rows if row["workshop_code"] != UNNAMED]


def _find_undecided(kind: str, objections: list[Objection]) -> Objection | None:
    """Return the draft or the undecided objection of a kind; there is one at most."""
    return next(
        (
            objection
            for objection in objections
            if objection["kind"] == kind and objection["status"] in UNDECIDED
        ),
        None,
    )


def _save(claim: NewObjection, key: str, undecided: Objection | None) -> Objection:
    """Return the draft, updated if there is one already. Raises ApiError."""
    records = sessions.get_client().records
    if undecided and undecided["status"] == "draft":
        return records.update_my_objection(undecided["id"], claim)
    return records.create_my_objection(claim, idempotency_key=key)


def _read_gap() -> dict[str, str]:
    """Return the first and the last day of the months in a link of «مشاهده سوابق»."""
    try:
        start, end = (JalaliMonth.parse(request.args.get(name, "")) for name in ("start", "end"))
    except JalaliInvalid:
        return {}
    days = {"start_jalali": start.first_day, "end_jalali": end.last_day}
    return {name: format_jalali_date(day) for name, day in days.items()}
