"""Which accepted lists an officer reads."""

from typing import Any

import marshmallow as ma
from marshmallow import validate

from services.kit.fields import JalaliMonth, Line
from services.kit.paging import PageQuery
from services.kit.text import normalise_figures, normalise_text
from services.records.lists.canonical import MAX_LIST_NUMBER_LENGTH, WORKSHOP_CODE_LENGTH
from services.records.models.files import MAX_PATH_LENGTH
from services.records.schemas.claims import MAX_NAME_LENGTH
from services.records.store.lists import ListFilter


class ListQuery(PageQuery):
    """Filters that may be combined: the workshop's code, month, list number, a part of its name, and a file.

    `file` is words that begin words of the files' name or folder.
    """

    workshop = ma.fields.String(load_default=None, validate=validate.Length(1, WORKSHOP_CODE_LENGTH))
    month = JalaliMonth(load_default=None)
    number = ma.fields.String(load_default=None, validate=validate.Length(1, MAX_LIST_NUMBER_LENGTH))
    name = Line(MAX_NAME_LENGTH, shortest=1, load_default=None)
    file = Line(MAX_PATH_LENGTH, shortest=1, load_default=None)

    @ma.post_load
    def _build_filter(self, data: dict[str, Any], **_kw: Any) -> dict[str, Any]:
        workshop, number = (
            data[name] and normalise_text(normalise_figures(data[name])) for name in ("workshop", "number")
        )
        list_filter = ListFilter(workshop, data["month"], number, data["name"], data["file"])
        return {"list_filter": list_filter, "limit": data["limit"], "cursor": data["cursor"]}
