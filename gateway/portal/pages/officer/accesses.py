"""«دسترسی‌ها»: which officer has looked at which person, when and why; for officers who audit."""

from collections.abc import Mapping

from flask import Blueprint, render_template, request
from flask_babel import lazy_gettext as _
from wtforms import StringField

from gateway.portal import api, sessions
from gateway.portal.forms import Form
from gateway.portal.pages.officer.desk import guard
from govah_client.errors import ApiError
from govah_client.pages import Page
from govah_client.people import Look
from services.kit.text import drop_unseen

blueprint = Blueprint("officer_accesses", __name__, url_prefix="/officer/accesses")
blueprint.before_request(guard)
# The API's names that Python reserves or the client replaces: the form's attribute, the client's argument.
ATTRIBUTES = {"from": "first", "to": "last"}
ARGUMENTS = {"from": "first_day", "to": "last_day"}


class Filter(Form):
    """The filter of the looks. It is part of the address, so it has no names and no reasons."""

    first = StringField(_("از روز"), name="from", description=_("مانند ۱۴۰۵/۰۹/۰۹"), render_kw={"dir": "ltr"})
    last = StringField(_("تا روز"), name="to", description=_("با خود آن روز"), render_kw={"dir": "ltr"})
    officer = StringField(_("شناسه کارشناس"), render_kw={"dir": "ltr"})
    person = StringField(_("شناسه بیمه‌شده"), render_kw={"dir": "ltr"})

    @property
    def wanted(self) -> Mapping[str, str]:
        """The fields that are filled in, by the names of the API."""
        fields = (self.first, self.last, self.officer, self.person)
        typed = {field.name: drop_unseen(field.data or "").strip() for field in fields}
        return {name: text for name, text in typed.items() if text}


@blueprint.get("")
def list_accesses() -> str:
    form = Filter(request.args, meta={"csrf": False})
    page: Page[Look] = {"items": [], "next_cursor": None}
    try:
        arguments = {ARGUMENTS.get(name, name): text for name, text in form.wanted.items()}
        page = sessions.get_client().records.list_accesses(**arguments, **api.read_page_query())
    except ApiError as problem:
        for error in problem.errors:
            error["field"] = ATTRIBUTES.get(error["field"], error["field"])
        form.refuse(problem, 422)
    return render_template(
        "officer/accesses.html",
        form=form,
        items=page["items"],
        next_cursor=page["next_cursor"],
        wanted=form.wanted,
    )
