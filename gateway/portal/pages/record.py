"""«بیمه‌شدگان», «خدمات سابقه», «مشاهده سوابق» and «ریز دستمزدها»: what the lists say about one person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request
from flask_babel import gettext

from gateway.portal import sessions
from gateway.portal.pages.record_picture import draw, workshops, year_in
from govah_client.pages import iterate
from govah_client.records import Record

blueprint = Blueprint("record", __name__)
blueprint.before_request(sessions.require_role(sessions.CITIZEN))


@dataclass(frozen=True)
class View:
    """What of the record is asked for; `mistake` says why that shows nothing."""

    workshop: str | None
    first: int | None
    last: int | None
    mistake: str = ""

    @property
    def is_all(self) -> bool:
        return not (self.workshop or self.first or self.last)


@blueprint.get("/insured")
def insured() -> str:
    return render_template("record/insured.html")


@blueprint.get("/record")
def services() -> str:
    return render_template("record/services.html")


@blueprint.get("/record/months")
def months() -> str:
    records = sessions.get_client().records
    record, rows = records.get_me(), list(iterate(records.list_my_contributions))
    statement = records.get_my_statement("all")
    names, spanned = workshops(rows), _years(record)
    view = _view(names, spanned)
    chosen = [row for row in rows if view.workshop in {None, row["workshop_code"]}]
    years = [] if view.mistake else draw(chosen, statement["disputed_months"], view.first, view.last)
    return render_template(
        "record/months.html",
        record=record,
        years=years,
        corrections=statement["corrections"],
        workshops=names,
        spanned=spanned,
        view=view,
    )


@blueprint.get("/record/wages")
def wages() -> str:
    table = sessions.get_client().records.get_my_statement("wages")["tables"]["wages"]
    names = workshops(table["rows"])
    workshop = _known(request.args.get("workshop"), names)
    rows = [row for row in table["rows"] if workshop in {None, row["workshop_code"]}]
    by_year = _by_year(rows)
    asked = request.args.get("year", "")
    year = year_in(asked)
    if year not in by_year:
        year = max(by_year, default=None)
    shown = {of: listed for of, listed in by_year.items() if asked == "all" or of == year}
    return render_template(
        "record/wages.html",
        by_year=by_year,
        shown=shown,
        chosen="all" if asked == "all" else year,
        workshops=names,
        workshop=workshop,
    )


def _by_year(rows: Sequence[Mapping[str, Any]]) -> dict[int, list[Mapping[str, Any]]]:
    by_year: dict[int, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_year.setdefault(int(row["month_jalali"][:4]), []).append(row)
    return by_year


def _view(names: Mapping[str, str], spanned: Sequence[int]) -> View:
    first, last = (year_in(request.args.get(name, "")) for name in ("from", "to"))
    view = View(
        _known(request.args.get("workshop"), names),
        first if first in spanned else None,
        last if last in spanned else None,
    )
    if view.first and view.last and view.first > view.last:
        wrong = gettext("سال آغاز پس از سال پایان است. یکی را تغییر دهید.")
        return View(view.workshop, view.first, view.last, wrong)
    return view


def _years(record: Record) -> Sequence[int]:
    first, last = record["first_month_jalali"], record["last_month_jalali"]
    return range(int(first[:4]), int(last[:4]) + 1) if first and last else range(0)


def _known(code: str | None, names: Mapping[str, str]) -> str | None:
    return code if code in names else None
