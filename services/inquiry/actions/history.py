"""What institutions find again of their inquiries. Called by the route GET /inquiries."""

import uuid
from collections.abc import Sequence

from sqlalchemy.orm import Session

from services.inquiry import store
from services.inquiry.models import InstitutionInquiry, Result
from services.kit.paging import fetch_page


def list_inquiries(
    session: Session,
    institution_id: uuid.UUID,
    subject: str | None,
    *,
    result: str | None,
    reference: str | None,
    limit: int,
    cursor: str | None,
) -> tuple[Sequence[InstitutionInquiry], str | None]:
    """Return one page of an institution's inquiries, newest first, and the next page's cursor.

    With a subject only those of this clerk or client. Result and reference filter, if they are given.
    """
    query = store.select_inquiries_of(institution_id, subject)
    if result is not None:
        query = query.where(InstitutionInquiry.result == Result(result))
    if reference is not None:
        query = query.where(InstitutionInquiry.reference == reference)
    return fetch_page(
        session, query, InstitutionInquiry.position, name="inquiries", limit=limit, cursor=cursor
    )
