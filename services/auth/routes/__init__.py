"""HTTP of auth: what callers send becomes calls of actions, and their results replies."""

from collections.abc import Mapping

from services.auth.routes import account, registrations, sessions, token, well_known
from services.kit.http.access import ANYONE, CITIZEN, Rule, service

# Whoever signed in with a password; a program that asks for its tokens itself has no session.
SIGNED_IN = Rule(roles=frozenset({"citizen", "officer", "institution"}))

ACCESS: Mapping[str, Rule] = {
    "registrations.create_registration": ANYONE,
    "registrations.follow_registration_up": ANYONE,
    "registrations.activate": ANYONE,
    "registrations.create_password_reset": ANYONE,
    "registrations.complete_password_reset": ANYONE,
    "sessions.sign_in": ANYONE,
    "sessions.refresh": ANYONE,
    "sessions.sign_out": SIGNED_IN,
    "account.change_password": SIGNED_IN,
    "account.ask_new_mobile": CITIZEN,
    "account.confirm_mobile": CITIZEN,
    "account.reverse_mobile": ANYONE,
    "token.grant_token": ANYONE,
    "well_known.show_keys": ANYONE,
    "well_known.describe_server": ANYONE,
    "feed.events": service("auth:events"),
}

BLUEPRINTS = (
    registrations.blueprint,
    sessions.blueprint,
    account.blueprint,
    token.blueprint,
    well_known.blueprint,
)
