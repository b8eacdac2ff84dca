"""«بیمه‌شدگان», «خدمات سابقه», «مشاهده سوابق» and «ریز دستمزدها»: a person's record in the lists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext
from werkzeug.exceptions import NotFound

from gateway.portal import sessions, spreadsheets
from gateway.portal.pages.month_details import MONTH, select_month
from gateway.portal.pages.record_picture import build_years, name_workshops, parse_year
from gateway.portal.pages.record_warnings import group_warnings
from govah_client.own_records import Record
from govah_client.pages import iterate
from services.kit.statement_types import StatementType

blueprint = Blueprint("record", __name__)
blueprint.before_request(sessions.require_role(sessions.CITIZEN))


@dataclass(frozen=True)
class View:
    """The filter of a record; `mistake` says why it is invalid."""

    workshop: str | None
    first: int | None
    last: int | None
    mistake: str = ""

    @property
    def is_all(self) -> bool:
        return not (self.workshop or self.first or self.last)


@blueprint.get("/insured")
def show_insured() -> str:
    return render_template("record/insured.html")


@blueprint.get("/record")
def show_services() -> str:
    return render_template("record/services.html")


@blueprint.get("/record/months")
def show_months() -> str:
    records = sessions.get_client().records
    record, rows = records.get_me(), list(iterate(records.list_my_contributions))
    statement = records.get_my_statement("all")
    names, spanned = name_workshops(rows), _find_years(record)
    view = _read_view(names, spanned)
    chosen = [row for row in rows if view.workshop in {None, row["workshop_code"]}]
    years = [] if view.mistake else build_years(chosen, statement["disputed_months"], view.first, view.last)
    return render_template(
        "record/months.html",
        record=record,
        years=years,
        statement=statement,
        warnings=group_warnings(record["warnings"], rows),
        workshops=names,
        spanned=spanned,
        view=view,
    )


@blueprint.get("/record/months/<month>")
def show_month(month: str) -> str:
    if not MONTH.fullmatch(month):
        raise NotFound
    records = sessions.get_client().records
    rows = iterate(records.list_my_contributions, first_month=month, last_month=month)
    return render_template("record/month.html", month=month, rows=select_month(rows, month))


@blueprint.get("/record/wages")
def show_wages() -> str:
    statement = sessions.get_client().records.get_my_statement("wages")
    rows = statement["tables"]["wages"]["rows"]
    names = name_workshops(rows)
    workshop = _select_known(request.args.get("workshop"), names)
    chosen = [row for row in rows if workshop in {None, row["workshop_code"]}]
    years = {int(row["month_jalali"][:4]) for row in chosen}
    year_text = request.args.get("year", "")
    year = parse_year(year_text)
    return render_template(
        "record/wages.html",
        statement={**statement, "tables": {"wages": {"rows": chosen}}},
        opened="all" if year_text == "all" else year if year in years else max(years, default=None),
        workshops=names,
        workshop=workshop,
    )


@blueprint.get("/record/statement.<any(csv, xlsx):kind>")
def download_statement(kind: str) -> Response:
    """Return the own record with all tables as a file for spreadsheets."""
    records = sessions.get_client().records
    statements = [records.get_my_statement(one.value) for one in StatementType]
    tables = {name: table for one in statements for name, table in one["tables"].items()}
    return spreadsheets.build_download({**statements[0], "tables": tables}, kind, "govah-record")


def _read_view(names: Mapping[str, str], spanned: Sequence[int]) -> View:
    first, last = (parse_year(request.args.get(name, "")) for name in ("from", "to"))
    view = View(
        _select_known(request.args.get("workshop"), names),
        first if first in spanned else None,
        last if last in spanned else None,
    )
    if view.first and view.last and view.first > view.last:
        wrong = gettext("سال آغاز پس از سال پایان است. یکی را تغییر دهید.")
        return View(view.workshop, view.first, view.last, wrong)
    return view


def _find_years(record: Record) -> Sequence[int]:
    first, last = record["first_month_jalali"], record["last_month_jalali"]
    return range(int(first[:4]), int(last[:4]) + 1) if first and last else range(0)


def _select_known(code: str | None, names: Mapping[str, str]) -> str | None:
    return code if code in names else None
