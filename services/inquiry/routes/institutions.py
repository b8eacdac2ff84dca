"""The institutions that a permit can be bound to."""

from typing import Any

import sqlalchemy as sa
import svcs

from services.inquiry import schemas
from services.inquiry.models import Institution
from services.inquiry.routes.blueprint import blueprint
from services.kit.db import Sessions
from services.kit.paging import PageQuery, fetch_page


@blueprint.route("/institutions", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, schemas.InstitutionPage)
def list_institutions(page: dict[str, Any]) -> dict[str, Any]:
    """List the institutions that a permit can be bound to."""
    query = sa.select(Institution).where(Institution.is_disabled.is_not(True))
    with svcs.flask.get(Sessions).begin() as session:
        rows, cursor = fetch_page(
            session, query, Institution.position, name="institutions", newest_first=False, **page
        )
    return {"items": rows, "next_cursor": cursor}
