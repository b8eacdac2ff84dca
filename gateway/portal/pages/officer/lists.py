"""Accepted lists, newest first or those that are searched, and the findings of each."""

import uuid
from collections.abc import Mapping

from flask import Blueprint, Response, render_template, request
from flask_babel import lazy_gettext as _
from wtforms import StringField

from gateway.portal import api, sessions
from gateway.portal.forms import Form
from gateway.portal.pages.officer.desk import guard
from gateway.portal.pages.officer.findings import as_csv, build_view
from govah_client.errors import ApiError
from govah_client.lists import ImportedList, ListWithFindings
from govah_client.pages import Page
from services.kit.text import NotDigits, drop_unseen, normalise_code, normalise_figures

blueprint = Blueprint("officer_lists", __name__, url_prefix="/officer/lists")
blueprint.before_request(guard)


class Search(Form):
    """The search of lists. It is part of the address, which no log has."""

    workshop = StringField(
        _("کد یا نام کارگاه"), description=_("بخشی از نام هم کافی است."), render_kw={"dir": "auto"}
    )
    month = StringField(_("ماه"), description=_("مانند ۱۴۰۳/۰۷"), render_kw={"dir": "ltr"})
    number = StringField(_("شماره لیست"), render_kw={"dir": "ltr"})
    file = StringField(
        _("نام فایل یا پوشه"), description=_("آغاز هر واژه هم کافی است."), render_kw={"dir": "auto"}
    )

    @property
    def wanted(self) -> Mapping[str, str]:
        """The fields that are filled in, by their names in the address."""
        typed = {
            field.name: drop_unseen(field.data or "").strip()
            for field in (self.workshop, self.month, self.number, self.file)
        }
        return {name: text for name, text in typed.items() if text}

    @property
    def query(self) -> Mapping[str, str]:
        """The same by the names of the API: what is not a code is a part of a workshop's name."""
        query = dict(self.wanted)
        if workshop := query.pop("workshop", ""):
            try:
                query["workshop"] = normalise_code(workshop)
            except NotDigits:
                query["name"] = workshop
        if "month" in query:
            year, _slash, month = normalise_figures(query["month"]).replace("/", "-").partition("-")
            query["month"] = f"{year}-{month.zfill(2)}"
        return query


@blueprint.get("")
def list_lists() -> str:
    form = Search(request.args, meta={"csrf": False})
    page: Page[ImportedList] = {"items": [], "next_cursor": None}
    try:
        page = sessions.get_client().records.list_lists(**form.query, **api.read_page_query())
    except ApiError as problem:
        for error in problem.errors:
            error["field"] = "workshop" if error["field"] == "name" else error["field"]
        form.refuse(problem, 422)
    return render_template(
        "officer/lists.html",
        form=form,
        items=page["items"],
        next_cursor=page["next_cursor"],
        wanted=form.wanted,
    )


@blueprint.get("/<uuid:list_id>")
def show_list(list_id: uuid.UUID) -> str:
    imported = _get_list(list_id)
    return render_template(
        "officer/list.html", list=imported, me=sessions.get_subject(), **build_view(imported["findings"])
    )


@blueprint.get("/<uuid:list_id>/findings.csv")
def download_findings(list_id: uuid.UUID) -> Response:
    imported = _get_list(list_id)
    return as_csv(imported["findings"], f"findings-{imported['workshop_code']}-{imported['month_jalali']}")


def _get_list(list_id: uuid.UUID) -> ListWithFindings:
    return sessions.get_client().records.get_list(str(list_id))
