"""«اعتراض به سوابق»: drafts of wrong days and of missing periods, their confirmation and their state."""

import uuid

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import NotFound

from gateway.portal import sessions
from gateway.portal.forms import Form, open_form
from gateway.portal.pages.objection_forms import (
    MissingPeriod,
    days_claim,
    days_form,
    point_out,
)
from gateway.portal.pages.record_picture import workshops, year_in
from govah_client.errors import ApiError
from govah_client.objections import NewObjection, Objection
from govah_client.pages import iterate
from govah_client.records import Contribution
from services.kit.jalali import JalaliInvalid, JalaliMonth, format_jalali_date

blueprint = Blueprint("objections", __name__, url_prefix="/record/objections")
blueprint.before_request(sessions.require_role(sessions.CITIZEN))
DAYS, MISSING = "days", "missing-period"
LIVING = {"draft", "submitted", "proposed"}
# The code of workshops whose code nobody knows; of their months nothing can be claimed.
UNNAMED = "-"


class Confirmation(Form):
    """«تایید نهایی» and «حذف پیش‌نویس»: nothing to fill in."""


@blueprint.get("")
def overview() -> str:
    found = _all()
    living = {kind: _living(kind, found) for kind in (DAYS, MISSING)}
    return render_template("objections/overview.html", objections=found, living=living)


@blueprint.get("/guide")
def guide() -> str:
    return render_template("objections/guide.html")


@blueprint.get("/days")
def days() -> str:
    """Which year of which workshop is wrong?"""
    living = _living(DAYS, _all())
    if living and living["status"] != "draft":
        return render_template("objections/open.html", objection=living)
    rows = _list_rows()
    years: dict[str, dict[int, None]] = {}
    for row in rows:
        years.setdefault(row["workshop_code"], {})[int(row["month_jalali"][:4])] = None
    drafted = living["months"] if living else []
    claimed = {(one["workshop_code"], int(one["month_jalali"][:4])) for one in drafted}
    return render_template("objections/days.html", years=years, workshops=workshops(rows), claimed=claimed)


@blueprint.route("/days/year", methods=["GET", "POST"])
def days_of_year() -> ResponseReturnValue:
    workshop, year = request.args.get("workshop", ""), year_in(request.args.get("year", ""))
    rows = [row for row in _list_rows() if row["workshop_code"] == workshop]
    recorded: dict[JalaliMonth, int] = {}
    for row in rows:
        month = JalaliMonth.parse(row["month_jalali"])
        if month.year == year:
            recorded[month] = recorded.get(month, 0) + row["days"]
    if not recorded or year is None:
        raise NotFound
    living = _living(DAYS, _all())
    if living and living["status"] != "draft" and request.method == "GET":
        return render_template("objections/open.html", objection=living)
    claimed = living["months"] if living else []
    of_workshop = {one["month_jalali"]: one["days"] for one in claimed if one["workshop_code"] == workshop}
    defaults = {f"days_{one.month}": of_workshop.get(str(one), listed) for one, listed in recorded.items()}
    form = open_form(days_form(recorded), **defaults, text=living["text"] if living else None)
    if form.validate_on_submit():
        claim = days_claim(form, workshop, year, claimed)
        if not claim["months"]:
            form.form_errors.append(gettext("روزهای هیچ ماهی را تغییر نداده‌اید. روزهای درست را بنویسید."))
        else:
            try:
                saved = _save(claim, form.key, living)
            except ApiError as problem:
                form.refuse(point_out(problem, form), 409, 422)
            else:
                return redirect(url_for(".objection", objection_id=saved["id"]), 303)
    name = workshops(rows)[workshop]
    return render_template("objections/days_of_year.html", form=form, year=year, name=name)


@blueprint.route("/missing", methods=["GET", "POST"])
def missing() -> ResponseReturnValue:
    living = _living(MISSING, _all())
    if living and living["status"] != "draft" and request.method == "GET":
        return render_template("objections/open.html", objection=living)
    defaults = _gap() if living is None else {name: dict(living)[name] for name in MissingPeriod.FIELDS}
    form = open_form(MissingPeriod, **defaults)
    if form.validate_on_submit():
        try:
            saved = _save(form.claim, form.key, living)
        except ApiError as problem:
            form.refuse(problem, 409, 422)
        else:
            return redirect(url_for(".objection", objection_id=saved["id"]), 303)
    return render_template("objections/missing.html", form=form)


@blueprint.route("/<uuid:objection_id>", methods=["GET", "POST"])
def objection(objection_id: uuid.UUID) -> ResponseReturnValue:
    """An objection and where it stands; sending the form is «تایید نهایی»."""
    form = Confirmation()
    if form.validate_on_submit():
        try:
            sessions.get_client().records.submit_my_objection(str(objection_id), idempotency_key=form.key)
        except ApiError as problem:
            # Pressed twice, or in two windows: the page itself says where the objection stands.
            if problem.code != "objection-status-differs":
                raise
        return redirect(url_for(".objection", objection_id=objection_id), 303)
    found = sessions.get_client().records.get_my_objection(str(objection_id))
    names = workshops(_list_rows())
    return render_template("objections/objection.html", objection=found, workshops=names, form=form)


@blueprint.route("/<uuid:objection_id>/deletion", methods=["GET", "POST"])
def deletion(objection_id: uuid.UUID) -> ResponseReturnValue:
    form = Confirmation()
    if form.validate_on_submit():
        try:
            sessions.get_client().records.delete_my_objection(str(objection_id))
        except ApiError as problem:
            if problem.code == "objection-status-differs":
                return redirect(url_for(".objection", objection_id=objection_id), 303)
            # Pressed twice: it is gone, as was wished.
            if problem.status != 404:
                raise
        session["note"] = "draft-deleted"
        return redirect(url_for(".overview"), 303)
    if sessions.get_client().records.get_my_objection(str(objection_id))["status"] != "draft":
        return redirect(url_for(".objection", objection_id=objection_id), 303)
    return render_template("objections/deletion.html", form=form, objection_id=objection_id)


def _all() -> list[Objection]:
    return list(iterate(sessions.get_client().records.list_my_objections))


def _list_rows() -> list[Contribution]:
    """Return the months that can be objected to."""
    rows = iterate(sessions.get_client().records.list_my_contributions)
    return [row for row in rows if row["workshop_code"] != UNNAMED]


def _living(kind: str, objections: list[Objection]) -> Objection | None:
    """The draft of a kind or the undecided one; there is one at most."""
    return next((one for one in objections if one["kind"] == kind and one["status"] in LIVING), None)


def _save(claim: NewObjection, key: str, living: Objection | None) -> Objection:
    """Return the draft, updated if there is one already. Raises ApiError."""
    records = sessions.get_client().records
    if living and living["status"] == "draft":
        return records.update_my_objection(living["id"], claim)
    return records.create_my_objection(claim, idempotency_key=key)


def _gap() -> dict[str, str]:
    """The first and the last day of the months that a link of «مشاهده سوابق» names."""
    try:
        start, end = (JalaliMonth.parse(request.args.get(name, "")) for name in ("start", "end"))
    except JalaliInvalid:
        return {}
    days = {"start_jalali": start.first_day, "end_jalali": end.last_day}
    return {name: format_jalali_date(day) for name, day in days.items()}
