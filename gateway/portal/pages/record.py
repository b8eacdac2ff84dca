"""«بیمه‌شدگان», «خدمات سابقه», «مشاهده سوابق» and «ریز دستمزدها»: what the lists say about one person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request
from flask_babel import gettext

from gateway.portal import sessions
from gateway.portal.pages.record_picture import draw, workshops, year_in

blueprint = Blueprint("record", __name__)
blueprint.before_request(sessions.demand(sessions.CITIZEN))
ME = "/api/v1/records/me"


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
    me = sessions.me()
    record, rows = me.get(ME), list(me.items(f"{ME}/contributions"))
    statement = me.get(f"{ME}/statement", type="all")
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
    table = sessions.me().get(f"{ME}/statement", type="wages")["tables"]["wages"]
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


def _years(record: Mapping[str, Any]) -> Sequence[int]:
    if record["first_month_jalali"] is None:
        return range(0)
    return range(int(record["first_month_jalali"][:4]), int(record["last_month_jalali"][:4]) + 1)


def _known(code: str | None, names: Mapping[str, str]) -> str | None:
    return code if code in names else None
