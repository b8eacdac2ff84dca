"""The administrators' pages: officers, institutions, agreement, letters, keys, counters, log."""

from gateway.portal.pages.admin import clerks, clients, desk, institutions, officers, operations

BLUEPRINTS = (
    desk.blueprint,
    officers.blueprint,
    institutions.blueprint,
    clerks.blueprint,
    clients.blueprint,
    operations.blueprint,
)
