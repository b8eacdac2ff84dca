"""The administrators' pages: officers, closed accounts, institutions, agreement, letters, keys, log."""

from gateway.portal.pages.admin import accounts, clerks, clients, desk, institutions, officers, operations

BLUEPRINTS = (
    desk.blueprint,
    officers.blueprint,
    accounts.blueprint,
    institutions.blueprint,
    clerks.blueprint,
    clients.blueprint,
    operations.blueprint,
)
