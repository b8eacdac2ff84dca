"""The routes of inquiry, by noun: they own the transactions, call the actions and return replies."""

from collections.abc import Mapping

# In the order of the API's documentation.
from services.inquiry.routes import permits, institutions, inquiries, discrepancies, letters  # isort: skip
from services.inquiry.routes.blueprint import blueprint
from services.kit.http.access import (
    ANYONE,
    CITIZEN,
    LARGE_BODY,
    MULTIPART_SLACK,
    Rule,
    allow_citizen_or_institution,
    allow_institution,
    allow_service,
)

__all__ = [
    "ACCESS",
    "MAX_CONCURRENT_CHECKS",
    "blueprint",
    "discrepancies",
    "inquiries",
    "institutions",
    "letters",
    "permits",
]

# Of the threads that answer inquiries. Slow uploads can take no more, so the others stay free.
MAX_CONCURRENT_CHECKS = 2

_PERMITS = CITIZEN.allow_representative("self:permits")

ACCESS: Mapping[str, Rule] = {
    "inquiry.create_permit": _PERMITS,
    "inquiry.list_permits": _PERMITS,
    "inquiry.get_permit": _PERMITS,
    "inquiry.list_views": _PERMITS,
    "inquiry.pause_permit": _PERMITS,
    "inquiry.resume_permit": _PERMITS,
    "inquiry.revoke_permit": _PERMITS,
    "inquiry.list_institutions": _PERMITS,
    "inquiry.create_inquiry": allow_institution("inquiry:inquire", token_optional=True),
    "inquiry.list_inquiries": allow_institution("inquiry:inquire"),
    "inquiry.get_inquiry": allow_institution("inquiry:inquire", token_optional=True),
    "inquiry.get_document": ANYONE,
    "inquiry.report_discrepancy": allow_institution("inquiry:report"),
    "inquiry.list_discrepancies": allow_citizen_or_institution("inquiry:report"),
    "inquiry.get_discrepancy": allow_citizen_or_institution("inquiry:report"),
    "inquiry.decline_discrepancy": CITIZEN,
    "inquiry.get_letter": ANYONE,
    "inquiry.compare_letter": ANYONE,
    "inquiry.get_letter_keys": ANYONE,
    "inquiry.get_credential_keys": ANYONE,
    "inquiry.check_letter": ANYONE.allow_body(LARGE_BODY + MULTIPART_SLACK).limit_concurrency(
        MAX_CONCURRENT_CHECKS
    ),
    "feed.events": allow_service("inquiry:events"),
}
