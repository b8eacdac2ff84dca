"""The pages, one blueprint an area; each module's functions are its routes."""

from gateway.portal.pages import account, front, home, registration

BLUEPRINTS = (front.blueprint, registration.blueprint, account.blueprint, home.blueprint)
